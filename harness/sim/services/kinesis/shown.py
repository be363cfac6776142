"""Shards, records and consumers as answers show them."""

from __future__ import annotations

from typing import Any

from harness.sim.services.kinesis.model import Consumer, StreamState
from harness.sim.services.kinesis.shards import Record, Shard

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
