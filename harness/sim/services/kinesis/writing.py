"""Records that are written, by callers and by deliveries."""

from __future__ import annotations

from typing import Any

from harness.aws.rules.kinesis.model import StreamState
from harness.aws.rules.kinesis.shards import Record, Shard
from harness.sim.services.kinesis.errors import rate_exceeded
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.service import Params
from harness.sim.world import World


class Writing:
    """Puts records into shards, and tells of them."""

    def __init__(self, world: World, find: Lookups) -> None:
        self._world = world
        self._find = find

    def put(self, stream: StreamState, entry: Params) -> tuple[Shard, Record]:
        """One record of a caller, in the shape of PutRecord. Raises `ServiceError` if that is too much."""
        shard, record = self.take_in(stream, entry)
        self._world.recorder.accepted(
            self._world.names.of(stream.arn), str(record.number), body=text_of(record.data), group=record.key
        )
        return shard, record

    def take_in(self, stream: StreamState, entry: Params) -> tuple[Shard, Record]:
        """The same, without a word about it: a delivery is told of by its hop."""
        shard = stream.shard_for(entry["PartitionKey"], entry.get("ExplicitHashKey"))
        record = stream.put(shard, entry["PartitionKey"], _bytes(entry["Data"]), self._find.now)
        if record is None:
            raise rate_exceeded(shard, stream)
        self._find.notify(stream)
        return shard, record


def text_of(data: bytes) -> Any:
    """The data of a record as a text where it is one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _bytes(data: Any) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)
