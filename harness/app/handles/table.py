"""Tables."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from harness.app.handles.consumers import wanted_events
from harness.app.handles.handle import Handle
from harness.app.handles.samples import ANY_TEXT, Sample, among


class Table(Handle):
    """A DynamoDB table; items are plain Python values, sets are sorted lists.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html

    >>> app.table("Ledger").put({"order": "o-1", "total": 42})
    >>> app.table("Ledger").get(order="o-1")["total"]
    42
    >>> app.table("Ledger").rows()
    [{'order': 'o-1', 'total': 42}]
    """

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

    def key(self) -> tuple[str, ...]:
        """The names of the attributes that tell items apart."""
        return tuple(each["AttributeName"] for each in self._described()["KeySchema"])

    def samples(self) -> list[Sample]:
        """One item for each filter of those who read the table's stream, if it has one."""
        described = self._described()
        if "LatestStreamArn" not in described:
            return []
        made_up = {"S": ANY_TEXT, "N": 1, "B": ANY_TEXT.encode()}
        types = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
        item = {name: made_up[types[name]] for name in self.key()}
        code = f'app.table("{self.logical_id}").put({{event}})'
        wanted = wanted_events(self._cloud, described["LatestStreamArn"])
        return [
            Sample(
                among(self.logical_id, number, len(wanted)),
                {**item, **_wanted_of_item(each)},
                self.put,
                code,
                lambda event: _item_in(event, item.keys()),
            )
            for number, each in enumerate(wanted)
        ]

    def _described(self) -> Any:
        with self._cloud.recorder.looking():
            return self._cloud.client("dynamodb").describe_table(TableName=self.physical_id)["Table"]

    def put(self, item: Mapping[str, Any]) -> None:
        """Write an `item`, with plain Python values."""
        self._cloud.client("dynamodb").put_item(TableName=self.physical_id, Item=_to_dynamodb(item))

    def get(self, key: Mapping[str, Any] | None = None, /, **parts: Any) -> dict[str, Any] | None:
        """The item with this key, a mapping (`key`) or keywords (`parts`); None if there is none."""
        if not isinstance(key, Mapping | None):
            raise TypeError(f"get takes the key attributes by name, as in get(order={key!r})")
        asked = _to_dynamodb({**(key or {}), **parts})
        with self._cloud.recorder.looking():
            try:
                answer = self._cloud.client("dynamodb").get_item(
                    TableName=self.physical_id, Key=asked, ConsistentRead=True
                )
            except ClientError as problem:
                if asked.keys() == set(self.key()):
                    raise
                whole = ", ".join(f"{name}=…" for name in self.key())
                raise TypeError(
                    f"{self.logical_id}: get takes the whole key, as in get({whole})"
                ) from problem
        return _from_dynamodb(answer["Item"]) if "Item" in answer else None

    def stream(self) -> list[dict[str, Any]]:
        """The records that its stream keeps, as they were written: `eventName`, `Keys` and images.

        Raises `LookupError` if it has none.
        """
        table = self._described()
        if "LatestStreamArn" not in table:
            raise LookupError(f"{self.logical_id} has no stream: give the table a StreamSpecification")
        with self._cloud.recorder.looking():
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


def _wanted_of_item(change: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that a new item must have to make a change like this."""
    told = change.get("dynamodb") or {}
    typed = {**(told.get("NewImage") or {}), **(told.get("Keys") or {})}
    return _from_dynamodb(
        {name: _with_number(value) for name, value in typed.items() if isinstance(value, Mapping)}
    )


def _with_number(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An attribute of an item: a number for one that a filter takes any of, also within a map."""
    if isinstance(value.get("M"), Mapping):
        return {"M": {name: _with_number(held) for name, held in value["M"].items()}}
    return {"N": "1"} if value == {"N": ANY_TEXT} else value


def _item_in(event: Any, key: Collection[str]) -> dict[str, Any] | None:
    """The item of an event: alone, or in the stream's record that a function gets; None for other events."""
    if not isinstance(event, Mapping):
        return None
    records = event.get("Records") or []
    image = (records[0].get("dynamodb") or {}).get("NewImage") if records else None
    item = dict(event) if image is None else _from_dynamodb(image)
    return item if set(key) <= item.keys() else None
