"""The operations on the streams of DynamoDB's tables.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from harness import aws
from harness.aws.rules.streams import AT_TIMESTAMP
from harness.aws.rules.table_streams import TableShard, as_sdk_shows, described
from harness.sim.services.dynamodb import DynamoDB
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World

ITERATOR_SECONDS = 900.0
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
PAGE = 100
RECORDS_MAX = 1000


class DynamoDBStreams:
    """The API of the streams, which the mover of DynamoDB has."""

    facts: ClassVar = aws.service("dynamodbstreams")

    def __init__(self, world: World) -> None:
        self._world = world
        api = {
            "DescribeStream": self.describe_stream,
            "GetRecords": self.get_records,
            "GetShardIterator": self.get_shard_iterator,
            "ListStreams": self.list_streams,
        }
        self.operations: Mapping[str, Operation] = CheckedOperations(self._checked, api)

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """GetRecords names its stream in the iterator."""
        iterator = params.get("ShardIterator")
        if isinstance(iterator, str) and iterator:
            return (iterator.partition("|")[0],)
        return self.facts.resources(operation, params)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Streams are places of DynamoDB itself."""
        raise DeliveryFailed("ValidationException", f"{delivery.target} takes nothing", retryable=False)

    def list_streams(self, params: Params, caller: Caller) -> Params:
        now, table = self._world.kernel.now, params.get("TableName")
        found = [
            stream
            for arn, stream in sorted(self._tables.streams.items())
            if arn.split(":")[3] == caller.region
            and table in (None, stream.table)
            and not stream.is_gone(now)
            and arn > (params.get("ExclusiveStartStreamArn") or "")
        ]
        limit = min(params.get("Limit") or PAGE, PAGE)
        answer: Params = {
            "Streams": [
                {"StreamArn": each.arn, "TableName": each.table, "StreamLabel": each.label}
                for each in found[:limit]
            ]
        }
        if len(found) > limit:
            answer["LastEvaluatedStreamArn"] = found[limit - 1].arn
        return answer

    def describe_stream(self, params: Params, caller: Caller) -> Params:
        stream = self._tables.stream(params["StreamArn"])
        shards = _filtered(stream.seen(self._world.kernel.now), params.get("ShardFilter") or {})
        after = params.get("ExclusiveStartShardId")
        ids = [shard.id for shard in shards]
        if after in ids:
            shards = shards[ids.index(after) + 1 :]
        limit = min(params.get("Limit") or PAGE, PAGE)
        description = described(stream, shards[:limit])
        if len(shards) > limit:
            description["LastEvaluatedShardId"] = shards[limit - 1].id
        return {"StreamDescription": description}

    def get_shard_iterator(self, params: Params, caller: Caller) -> Params:
        arn, id_ = params["StreamArn"], params["ShardId"]
        shard, now = self._tables.shard(arn, id_), self._world.kernel.now
        kind, timestamp = params["ShardIteratorType"], params.get("Timestamp")
        if kind.endswith("_SEQUENCE_NUMBER"):
            position = _position(shard, params.get("SequenceNumber"), now, after=kind.startswith("AFTER"))
        elif kind == AT_TIMESTAMP:
            position = shard.log.start(kind, now, _asked(timestamp, now))
        else:
            position = shard.log.start(kind, now)
        return {"ShardIterator": self._iterator(arn, id_, position)}

    def get_records(self, params: Params, caller: Caller) -> Params:
        limit = params.get("Limit") or RECORDS_MAX
        if limit > RECORDS_MAX:
            raise _invalid(
                f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
                f"Member must have value less than or equal to {RECORDS_MAX}"
            )
        arn, id_, position = self._read(params["ShardIterator"])
        shard, now = self._tables.shard(arn, id_), self._world.kernel.now
        if position < shard.log.horizon(now):
            raise _trimmed()
        records = shard.log.read(position, limit, now)
        position += len(records)
        answer: Params = {"Records": [as_sdk_shows(record.shown) for record in records]}
        if shard.closed_at is None or position < shard.log.end:
            answer["NextShardIterator"] = self._iterator(arn, id_, position)
        return answer

    @property
    def _tables(self) -> DynamoDB:
        mover = self._world.services["dynamodb"]
        assert isinstance(mover, DynamoDB)
        return mover

    def _iterator(self, arn: str, shard: str, position: int) -> str:
        said = f"{shard} {position} {self._world.kernel.now}"
        return f"{arn}|1|{b64encode(said.encode()).decode()}"

    def _read(self, iterator: str) -> tuple[str, str, int]:
        """The stream, shard and position of an iterator."""
        arn, _, rest = iterator.partition("|1|")
        try:
            shard, position, given_at = b64decode(rest, validate=True).decode().split(" ")
            found, age = int(position), self._world.kernel.now - float(given_at)
        except ValueError:
            raise _invalid("Invalid ShardIterator") from None
        if age > ITERATOR_SECONDS:
            raise ServiceError(
                "ExpiredIteratorException",
                "The shard iterator has expired and can no longer be used to retrieve stream records.",
            )
        return arn, shard, found

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("dynamodbstreams", name, params)
        return operation(params, caller)


def _filtered(shards: list[TableShard], wanted: Mapping[str, str]) -> list[TableShard]:
    if wanted.get("Type") != "CHILD_SHARDS":
        return shards
    return [shard for shard in shards if shard.parent == wanted.get("ShardId")]


def _position(shard: TableShard, number: str | None, now: float, *, after: bool) -> int:
    """The position at or after a sequence number."""
    if number is None:
        raise _invalid("SequenceNumber is a required parameter for this ShardIteratorType")
    if not number.isdigit() or int(number) < shard.first:
        raise _invalid(f"Invalid SequenceNumber: {number} is not in shard {shard.id}")
    before = [each for each in shard.log.records if int(each.sequence_number) < int(number)]
    position = len(before)
    is_there = position < shard.log.end and shard.log.records[position].sequence_number == number
    if position < shard.log.horizon(now):
        raise _trimmed()
    return position + 1 if after and is_there else position


def _asked(timestamp: datetime | float | None, now: float) -> float:
    if timestamp is None:
        raise _invalid("Timestamp is a required parameter for ShardIteratorType AT_TIMESTAMP")
    at = timestamp.timestamp() if isinstance(timestamp, datetime) else float(timestamp)
    if at > now:
        raise _invalid("The timestamp is in the future")
    return at


def _trimmed() -> ServiceError:
    return ServiceError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


MOVER = DynamoDBStreams
