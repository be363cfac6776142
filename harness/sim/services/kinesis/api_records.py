"""The operations on records: writing and reading.

https://docs.aws.amazon.com/streams/latest/dev/developing-producers-with-sdk.html
"""

from __future__ import annotations

from typing import Any

from harness.aws.rules.kinesis import iterators
from harness.aws.rules.kinesis.iterators import ITERATOR_SECONDS_MAX, ShardIterator
from harness.aws.rules.kinesis.limits import MIB
from harness.aws.rules.kinesis.model import StreamState
from harness.aws.rules.kinesis.shards import HASH_KEY_MAX, Shard
from harness.aws.rules.kinesis.shown import children_shown, encryption, record_shown
from harness.sim.services.kinesis.errors import invalid, not_valid, rate_exceeded
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.kinesis.writing import Writing
from harness.sim.services.moments import seconds_of
from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.world import World

PUT_BYTES_MAX, READ_RECORDS_MAX, READ_BYTES_MAX = 10 * MIB, 10_000, 10 * MIB
_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class RecordApi:
    """One method an operation."""

    def __init__(self, world: World, find: Lookups, writing: Writing) -> None:
        self._world = world
        self._find = find
        self._writing = writing

    def put_record(self, params: Params, caller: Caller) -> Params:
        stream = self._find.working(params, caller)
        _check(params, stream)
        shard, record = self._writing.put(stream, params)
        return {"ShardId": shard.id, "SequenceNumber": str(record.number), **encryption(stream)}

    def put_records(self, params: Params, caller: Caller) -> Params:
        """Each entry succeeds or fails on its own; the answer's status is 200 in any case."""
        stream, entries = self._find.working(params, caller), params["Records"]
        for entry in entries:
            _check(entry, stream)
        if sum(len(entry["Data"]) + len(entry["PartitionKey"].encode()) for entry in entries) > PUT_BYTES_MAX:
            raise invalid(f"Records size exceeds {PUT_BYTES_MAX // MIB} MB limit")
        results: list[dict[str, Any]] = []
        for entry in entries:
            try:
                shard, record = self._writing.put(stream, entry)
                results.append({"SequenceNumber": str(record.number), "ShardId": shard.id})
            except ServiceError as error:
                results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedRecordCount": failed, "Records": results, **encryption(stream)}

    def get_shard_iterator(self, params: Params, caller: Caller) -> Params:
        stream = self._find.working(params, caller)
        shard = self._find.shard(stream, params["ShardId"])
        start = _start(stream, shard, self._find.now, params)
        if not stream.used(shard).iterate(self._find.now):
            raise rate_exceeded(shard, stream)
        return {"ShardIterator": ShardIterator(stream.arn, shard.id, start, self._find.now).write()}

    def get_records(self, params: Params, caller: Caller) -> Params:
        now = self._find.now
        iterator = iterators.read(params["ShardIterator"])
        if iterator is None:
            raise invalid("Invalid ShardIterator.")
        stream = self._find.check_works(self._find.by_arn(iterator.stream))
        if params.get("StreamARN") not in (None, stream.arn):
            raise invalid(f"The ShardIterator is not of the stream {params['StreamARN']}.")
        if now > iterator.made_at + ITERATOR_SECONDS_MAX:
            raise ServiceError(
                "ExpiredIteratorException",
                f"Iterator expired. The iterator was created at time {iterator.made_at:.3f} while right now "
                f"it is {now:.3f} which is further in the future than the tolerated delay of "
                f"{ITERATOR_SECONDS_MAX * 1000} milliseconds.",
            )
        shard = self._find.shard(stream, iterator.shard)
        if not stream.used(shard).begin_read(now):
            raise rate_exceeded(shard, stream)
        return self._read(stream, shard, iterator.position, params.get("Limit") or READ_RECORDS_MAX)

    def _read(self, stream: StreamState, shard: Shard, position: int, limit: int) -> Params:
        now = self._find.now
        oldest = stream.oldest(now)
        records = shard.read(position, oldest, limit, READ_BYTES_MAX)
        stream.used(shard).end_read(sum(record.size for record in records), now)
        after = records[-1].position + 1 if records else max(position, shard.horizon(oldest))
        self._record(stream, [str(record.number) for record in records])
        result: dict[str, Any] = {
            "Records": [record_shown(record, stream) for record in records],
            "MillisBehindLatest": behind(shard, after, now),
        }
        if shard.is_open or after < len(shard.records):
            result["NextShardIterator"] = ShardIterator(stream.arn, shard.id, after, now).write()
        else:
            result["ChildShards"] = children_shown(stream, shard)
        return result

    def _record(self, stream: StreamState, numbers: list[str]) -> None:
        if numbers:
            place = self._world.names.of(stream.arn)
            at = round(self._world.kernel.elapsed, 6)
            self._world.recorder.received(place, dict.fromkeys(numbers, 1), visible_at=at)


def behind(shard: Shard, position: int, now: float) -> int:
    """MillisBehindLatest: the age of the record that comes next; 0 where there is none."""
    return round((now - shard.records[position].at) * 1000) if position < len(shard.records) else 0


def position_of(
    stream: StreamState, shard: Shard, now: float, kind: str, number: str, at: float | None
) -> int:
    """The position in a shard that a starting position stands for. Raises InvalidArgumentException."""
    if kind == "TRIM_HORIZON":
        return shard.horizon(stream.oldest(now))
    if kind == "AT_TIMESTAMP":
        if at is None:
            raise invalid("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.")
        if at > now:
            raise invalid(
                f"The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                f"timestampInMillis: {round(at * 1000)}, currentTimestampInMillis: {round(now * 1000)}"
            )
        return shard.since(at)
    if kind in _BY_NUMBER:
        return shard.after(int(number) - (kind == "AT_SEQUENCE_NUMBER"))
    return len(shard.records)


def check_number(stream: StreamState, shard: Shard, number: str) -> None:
    """Raise InvalidArgumentException for a sequence number that isn't one of this shard."""
    value = int(number)
    last = shard.last_number if shard.last_number is not None else shard.number_max(stream.index)
    if value and not shard.first_number <= value <= last:
        raise invalid(
            f"StartingSequenceNumber {number} used in GetShardIterator on shard {shard.id} in stream "
            f"{stream.name} under account {stream.account} is invalid because it did not come from this "
            "stream."
        )


def _start(stream: StreamState, shard: Shard, now: float, params: Params) -> int:
    kind, number = params["ShardIteratorType"], params.get("StartingSequenceNumber")
    if (kind in _BY_NUMBER) != (number is not None):
        raise invalid(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER ShardIteratorType and "
            "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST ShardIteratorType and no "
            f"StartingSequenceNumber. Request specified {kind} and {number or 'no StartingSequenceNumber'}."
        )
    if number is not None:
        check_number(stream, shard, number)
    at = params.get("Timestamp")
    return position_of(stream, shard, now, kind, number or "0", None if at is None else seconds_of(at))


def _check(entry: Params, stream: StreamState) -> None:
    """Raise for a record that the stream can't take, whatever its throughput."""
    if entry.get("PartitionKey") is None:
        raise not_valid(
            "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member "
            "must not be null"
        )
    if len(entry["Data"]) > stream.record_size_max:
        raise not_valid(
            "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have "
            f"length less than or equal to {stream.record_size_max}"
        )
    explicit = entry.get("ExplicitHashKey")
    if explicit is not None and int(explicit) > HASH_KEY_MAX:
        raise invalid(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {explicit}"
        )
