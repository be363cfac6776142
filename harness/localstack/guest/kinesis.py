"""Kinesis in LocalStack's process, instead of a server that wants a download and has a clock of its own.

Chosen by `PROVIDER_OVERRIDE_KINESIS=harness`. Registered consumers are not offered this way.
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.services.plugins import Service, aws_provider

from ...aws import kinesis as facts
from ...aws.rules.kinesis import iterators
from ...aws.rules.kinesis.iterators import ITERATOR_SECONDS_MAX, ShardIterator
from ...aws.rules.kinesis.model import (
    ACTIVE,
    DELETING,
    ON_DEMAND,
    ON_DEMAND_SHARDS,
    PROVISIONED,
    UPDATING,
    StreamState,
)
from ...aws.rules.kinesis.shards import Shard
from ...aws.rules.kinesis.shown import children_shown, record_shown, shard_shown
from . import context, kinesis_streams
from .kinesis_streams import READ_BYTES_MAX, THROTTLED, StreamGone, now_of, shard_of, store

_NOT_FOUND, _IN_USE, _INVALID = (
    "ResourceNotFoundException",
    "ResourceInUseException",
    "InvalidArgumentException",
)
_READ_RECORDS_MAX = 10_000
_PLAIN = {"EncryptionType": "NONE"}
_FROM_NUMBER = {"AT_SEQUENCE_NUMBER": 1, "AFTER_SEQUENCE_NUMBER": 0}

Request = Mapping[str, Any]
Answer = dict[str, Any]


@aws_provider(api="kinesis", name="harness")
def kinesis() -> Service:
    """A provider of the operations below."""
    from localstack.aws.api.kinesis import KinesisApi

    return Service.for_provider(KinesisApi(), dispatch_table_factory=lambda provider: _operations())


def _operations() -> Any:
    table = {
        "CreateStream": _create,
        "DeleteStream": _delete,
        "DescribeStream": _describe,
        "DescribeStreamSummary": _summarize,
        "ListStreams": _list,
        "ListShards": _list_shards,
        "PutRecord": _put_record,
        "PutRecords": _put_records,
        "GetShardIterator": _get_iterator,
        "GetRecords": _get_records,
        "SplitShard": _split,
        "MergeShards": _merge,
        "UpdateShardCount": _scale,
        "IncreaseStreamRetentionPeriod": _keep,
        "DecreaseStreamRetentionPeriod": _keep,
        "StartStreamEncryption": _encrypt,
        "StopStreamEncryption": _encrypt,
    }
    return {name: partial(_alone, operation) for name, operation in table.items()}


def _alone(
    operation: Callable[[Request, RequestContext], Answer], context: RequestContext, request: Request
) -> Answer:
    with kinesis_streams.lock:
        try:
            return operation(request, context)
        except StreamGone as problem:
            raise _error(_NOT_FOUND, str(problem)) from None


def _error(code: str, message: str) -> CommonServiceException:
    return CommonServiceException(code, message, sender_fault=True)


def _arn(request: Request, caller: RequestContext) -> str:
    named = str(request.get("StreamARN") or request.get("StreamName") or "")
    if not named:
        raise _error(_INVALID, "Either StreamName or StreamARN must be provided.")
    return facts.SERVICE.arn(named, region=caller.region, account=caller.account_id)


def _known(request: Request, caller: RequestContext) -> StreamState:
    """A stream, whatever its status."""
    arn = _arn(request, caller)
    found = store.get(arn, now_of(arn))
    if found is None:
        name = arn.rpartition("/")[2]
        raise _error(_NOT_FOUND, f"Stream {name} under account {caller.account_id} not found.")
    return found


def _changeable(request: Request, caller: RequestContext) -> StreamState:
    stream = _known(request, caller)
    status = stream.status(now_of(stream.arn))
    if status != ACTIVE:
        where = f"Stream {stream.name} under account {stream.account}"
        raise _error(_IN_USE, f"{where} not ACTIVE, instead in state {status}")
    return stream


def _create(request: Request, caller: RequestContext) -> Answer:
    arn, shards = _arn(request, caller), request.get("ShardCount")
    now, name = now_of(arn), str(request["StreamName"])
    if store.get(arn, now) is not None:
        raise _error(_IN_USE, f"Stream {name} under account {caller.account_id} already exists.")
    given = (request.get("StreamModeDetails") or {}).get("StreamMode")
    stream = StreamState(name, arn, caller.account_id, now, given or (PROVISIONED if shards else ON_DEMAND))
    stream.tags.update(request.get("Tags") or {})
    stream.create(shards or ON_DEMAND_SHARDS, now)
    store.streams[arn] = stream
    return {}


def _delete(request: Request, caller: RequestContext) -> Answer:
    stream = _known(request, caller)
    stream.change(DELETING, now_of(stream.arn))
    return {}


def _shown(stream: StreamState) -> Answer:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status(now_of(stream.arn)),
        "StreamModeDetails": {"StreamMode": stream.mode},
        "RetentionPeriodHours": stream.retention_hours,
        "StreamCreationTimestamp": datetime.fromtimestamp(stream.created_at, UTC),
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(stream.metrics)}],
        **({"EncryptionType": "KMS", "KeyId": stream.key_id} if stream.key_id else _PLAIN),
    }


def _describe(request: Request, caller: RequestContext) -> Answer:
    stream = _known(request, caller)
    shards = [shard_shown(shard) for shard in stream.known(now_of(stream.arn))]
    return {"StreamDescription": {**_shown(stream), "Shards": shards, "HasMoreShards": False}}


def _summarize(request: Request, caller: RequestContext) -> Answer:
    stream = _known(request, caller)
    counts = {"OpenShardCount": len(stream.open_shards()), "ConsumerCount": 0}
    return {"StreamDescriptionSummary": {**_shown(stream), **counts}}


def _list(request: Request, caller: RequestContext) -> Answer:
    prefix = f"arn:aws:kinesis:{caller.region}:{caller.account_id}:"
    names = [stream.name for stream in store.under(prefix, now_of(f"{prefix}stream/-"))]
    return {"StreamNames": names, "HasMoreStreams": False}


def _list_shards(request: Request, caller: RequestContext) -> Answer:
    stream = _known(request, caller)
    return {"Shards": [shard_shown(shard) for shard in stream.known(now_of(stream.arn))]}


def _put_record(request: Request, caller: RequestContext) -> Answer:
    stream = kinesis_streams.working(_arn(request, caller))
    shard, record = kinesis_streams.put(stream, request, context.current())
    if record is None:
        raise _error(THROTTLED, _exceeded(shard, stream))
    return {"ShardId": shard.id, "SequenceNumber": str(record.number)}


def _put_records(request: Request, caller: RequestContext) -> Answer:
    """Each entry succeeds or fails on its own."""
    stream, why = kinesis_streams.working(_arn(request, caller)), context.current()
    results: list[Answer] = []
    for entry in request["Records"]:
        shard, record = kinesis_streams.put(stream, entry, why)
        if record is None:
            results.append({"ErrorCode": THROTTLED, "ErrorMessage": _exceeded(shard, stream)})
        else:
            results.append({"SequenceNumber": str(record.number), "ShardId": shard.id})
    return {"FailedRecordCount": sum("ErrorCode" in one for one in results), "Records": results}


def _exceeded(shard: Shard, stream: StreamState) -> str:
    return f"Rate exceeded for shard {shard.id} in stream {stream.name} under account {stream.account}."


def _get_iterator(request: Request, caller: RequestContext) -> Answer:
    stream = kinesis_streams.working(_arn(request, caller))
    shard, kind = shard_of(stream, str(request["ShardId"])), str(request["ShardIteratorType"])
    if kind in _FROM_NUMBER:
        position = shard.after(int(request["StartingSequenceNumber"]) - _FROM_NUMBER[kind])
    else:
        at = request.get("Timestamp")
        seconds = None if at is None else float(getattr(at, "timestamp", lambda: at)())
        position = kinesis_streams.start(stream.arn, shard.id, kind, seconds)
    return {"ShardIterator": ShardIterator(stream.arn, shard.id, position, now_of(stream.arn)).write()}


def _get_records(request: Request, caller: RequestContext) -> Answer:
    iterator = iterators.read(str(request["ShardIterator"]))
    if iterator is None:
        raise _error(_INVALID, "Invalid ShardIterator.")
    stream = kinesis_streams.working(iterator.stream)
    shard, now = shard_of(stream, iterator.shard), now_of(stream.arn)
    if now > iterator.made_at + ITERATOR_SECONDS_MAX:
        raise _error("ExpiredIteratorException", "Iterator expired.")
    if not stream.used(shard).begin_read(now):
        raise _error(THROTTLED, _exceeded(shard, stream))
    oldest, limit = stream.oldest(now), request.get("Limit") or _READ_RECORDS_MAX
    records = shard.read(iterator.position, oldest, limit, READ_BYTES_MAX)
    stream.used(shard).end_read(sum(record.size for record in records), now)
    after = records[-1].position + 1 if records else max(iterator.position, shard.horizon(oldest))
    behind = round((now - shard.records[after].at) * 1000) if after < len(shard.records) else 0
    answer: Answer = {
        "Records": [record_shown(record, stream) for record in records],
        "MillisBehindLatest": behind,
    }
    if shard.is_open or after < len(shard.records):
        answer["NextShardIterator"] = ShardIterator(stream.arn, shard.id, after, now).write()
    else:
        answer["ChildShards"] = children_shown(stream, shard)
    return answer


def _split(request: Request, caller: RequestContext) -> Answer:
    stream = _changeable(request, caller)
    shard, at = _open(stream, str(request["ShardToSplit"])), int(request["NewStartingHashKey"])
    if not shard.first + 1 < at < shard.last:
        raise _error(_INVALID, f"NewStartingHashKey {at} is not within the shard {shard.id}")
    stream.split(shard, at, now_of(stream.arn))
    return _updating(stream)


def _merge(request: Request, caller: RequestContext) -> Answer:
    stream = _changeable(request, caller)
    first, second = (_open(stream, str(request[n])) for n in ("ShardToMerge", "AdjacentShardToMerge"))
    if first.last + 1 != second.first and second.last + 1 != first.first:
        raise _error(_INVALID, f"Shards {first.id} and {second.id} are not an adjacent pair of shards")
    stream.merge(first, second, now_of(stream.arn))
    return _updating(stream)


def _scale(request: Request, caller: RequestContext) -> Answer:
    stream = _changeable(request, caller)
    before, wanted = len(stream.open_shards()), int(request["TargetShardCount"])
    stream.scale(wanted, now_of(stream.arn))
    _updating(stream)
    counts = {"CurrentShardCount": before, "TargetShardCount": wanted}
    return {"StreamName": stream.name, "StreamARN": stream.arn, **counts}


def _keep(request: Request, caller: RequestContext) -> Answer:
    stream = _changeable(request, caller)
    stream.retention_hours = int(request["RetentionPeriodHours"])
    return _updating(stream)


def _encrypt(request: Request, caller: RequestContext) -> Answer:
    """A key is named by who starts it and by who stops it; here it is only shown."""
    stream = _changeable(request, caller)
    stream.key_id = "" if caller.operation.name.startswith("Stop") else str(request["KeyId"])
    return _updating(stream)


def _updating(stream: StreamState) -> Answer:
    stream.change(UPDATING, now_of(stream.arn))
    return {}


def _open(stream: StreamState, id_: str) -> Shard:
    shard = shard_of(stream, id_)
    if not shard.is_open:
        raise _error(_IN_USE, f"Shard {id_} in stream {stream.name} has already been merged or split")
    return shard
