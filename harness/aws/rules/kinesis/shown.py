"""Shards, records and consumers as answers show them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from ..streams import StreamRecord
from .model import Consumer, StreamState
from .shards import Record, Shard

_PARENTS = ("ParentShardId", "AdjacentParentShardId")


def shard_shown(shard: Shard) -> dict[str, Any]:
    """A shard as DescribeStream and ListShards show it."""
    numbers = {"StartingSequenceNumber": str(shard.first_number)}
    if shard.last_number is not None:
        numbers["EndingSequenceNumber"] = str(shard.last_number)
    return {
        "ShardId": shard.id,
        **{name: parent.id for name, parent in zip(_PARENTS, shard.parents, strict=False)},
        "HashKeyRange": _hash_keys(shard),
        "SequenceNumberRange": numbers,
    }


def children_shown(stream: StreamState, shard: Shard) -> list[dict[str, Any]]:
    """The shards that come after a closed one, as readers are told of them."""
    return [
        {
            "ShardId": child.id,
            "ParentShards": [parent.id for parent in child.parents],
            "HashKeyRange": _hash_keys(child),
        }
        for child in stream.children(shard)
    ]


def record_shown(record: Record, stream: StreamState) -> dict[str, Any]:
    """A record as readers get it."""
    return {
        "SequenceNumber": str(record.number),
        "ApproximateArrivalTimestamp": round(record.at, 3),
        "Data": record.data,
        "PartitionKey": record.key,
        **encryption(stream),
    }


def encryption(stream: StreamState) -> dict[str, str]:
    """EncryptionType, of a stream that is encrypted."""
    return {"EncryptionType": "KMS"} if stream.key_id else {}


def consumer_shown(consumer: Consumer, now: float) -> dict[str, Any]:
    """A registered consumer."""
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": consumer.status(now),
        "ConsumerCreationTimestamp": round(consumer.created_at, 3),
    }


def _hash_keys(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.first), "EndingHashKey": str(shard.last)}


def told(record: Record, shard: Shard, stream: StreamState) -> StreamRecord:
    """A record as consumers of Lambda and Pipes get it."""
    number = str(record.number)
    return StreamRecord(record.position, number, record.key, record.at, _event(record, number, shard, stream))


def _event(record: Record, number: str, shard: Shard, stream: StreamState) -> dict[str, Any]:
    """The record as a function sees it."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.key,
            "sequenceNumber": number,
            "data": b64encode(record.data).decode(),
            "approximateArrivalTimestamp": round(record.at, 3),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard.id}:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "",
        "awsRegion": stream.arn.split(":")[3],
        "eventSourceARN": stream.arn,
    }
