"""Streams, records and iterators for the conformance tests of Kinesis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NAME = "clicks"


def open_stream(cloud: Any, shards: int = 1, name: str = NAME, **how: Any) -> str:
    """The ARN of a new stream that is ACTIVE."""
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName=name, **({"ShardCount": shards} if shards else {}), **how)
    wait(cloud, name)
    return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])


def wait(cloud: Any, name: str = NAME) -> None:
    """Until the stream is ACTIVE."""
    cloud.client("kinesis").get_waiter("stream_exists").wait(StreamName=name)


def shards(cloud: Any, **how: Any) -> list[dict[str, Any]]:
    """As ListShards gives them."""
    return list(cloud.client("kinesis").list_shards(StreamName=NAME, **how)["Shards"])


def put(cloud: Any, *data: str, key: str = "k", **how: Any) -> list[str]:
    """The sequence numbers of new records."""
    kinesis = cloud.client("kinesis")
    return [
        kinesis.put_record(StreamName=NAME, Data=each.encode(), PartitionKey=key, **how)["SequenceNumber"]
        for each in data
    ]


def iterator(cloud: Any, kind: str = "TRIM_HORIZON", shard: int = 0, **how: Any) -> str:
    """An iterator of the main stream."""
    found = cloud.client("kinesis").get_shard_iterator(
        StreamName=NAME, ShardId=f"shardId-{shard:012}", ShardIteratorType=kind, **how
    )
    return str(found["ShardIterator"])


def data(records: Iterable[dict[str, Any]]) -> list[str]:
    """The data of records as texts."""
    return [record["Data"].decode() for record in records]


def read(cloud: Any, kind: str = "TRIM_HORIZON", shard: int = 0, **how: Any) -> list[str]:
    """The data of the records that one GetRecords finds from there on."""
    found = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud, kind, shard, **how))
    return data(found["Records"])
