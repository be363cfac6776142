"""Tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from harness.app.handles.handle import Handle


class Table(Handle):
    """A DynamoDB table; items are plain Python values, sets are sorted lists."""

    kind = "table"
    types = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")

    def rows(self) -> list[dict[str, Any]]:
        """Every item, sorted by its JSON form."""
        pages = self._cloud.client("dynamodb").get_paginator("scan")
        with self._cloud.recorder.looking():
            found = [
                _from_dynamodb(item)
                for page in pages.paginate(TableName=self.physical_id, ConsistentRead=True)
                for item in page["Items"]
            ]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True, default=str))

    def effects(self) -> list[Any]:
        """Each item is an effect."""
        return list(self.rows())

    def put(self, item: Mapping[str, Any]) -> None:
        """Write an item."""
        self._cloud.client("dynamodb").put_item(TableName=self.physical_id, Item=_to_dynamodb(item))

    def get(self, key: Mapping[str, Any] | None = None, /, **parts: Any) -> dict[str, Any] | None:
        """The item with this key, given as a mapping or by keywords; None if there is none."""
        if not isinstance(key, Mapping | None):
            raise TypeError(f"get takes the parts of the key by their names, as in get(order={key!r})")
        asked = _to_dynamodb({**(key or {}), **parts})
        with self._cloud.recorder.looking():
            answer = self._cloud.client("dynamodb").get_item(
                TableName=self.physical_id, Key=asked, ConsistentRead=True
            )
        return _from_dynamodb(answer["Item"]) if "Item" in answer else None

    def stream(self) -> list[dict[str, Any]]:
        """The records that its stream keeps, as they were written: `eventName`, `Keys` and images.

        Raises `LookupError` if it has none.
        """
        with self._cloud.recorder.looking():
            table = self._cloud.client("dynamodb").describe_table(TableName=self.physical_id)["Table"]
            if "LatestStreamArn" not in table:
                raise LookupError(f"{self.logical_id} has no stream: give the table a StreamSpecification")
            found = list(self._records(table["LatestStreamArn"]))
        found.sort(key=lambda record: int(record["dynamodb"]["SequenceNumber"]))
        return [_shown(record) for record in found]

    def _records(self, stream: str) -> Iterator[Mapping[str, Any]]:
        streams = self._cloud.client("dynamodbstreams")
        for shard in streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            at = streams.get_shard_iterator(
                StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            answer = {"NextShardIterator": at["ShardIterator"]}
            while answer.get("NextShardIterator"):
                answer = streams.get_records(ShardIterator=answer["NextShardIterator"])
                if not answer["Records"]:
                    break
                yield from answer["Records"]


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with plain values."""
    images = {
        name: _from_dynamodb(record["dynamodb"][name])
        for name in ("Keys", "NewImage", "OldImage")
        if name in record["dynamodb"]
    }
    return {"eventName": record["eventName"], **images}


def _to_dynamodb(item: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(_exact(value)) for name, value in item.items()}


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _exact(item) for name, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value


def _from_dynamodb(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


def _number(value: Decimal) -> int | float | Decimal:
    """An int or float where that says the same; Decimal where a float would round."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Binary):
        return bytes(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, set):
        return sorted(_plain(item) for item in value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
