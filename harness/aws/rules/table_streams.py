"""The streams of tables. Time comes in as an argument.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .items import as_bytes, as_text, plain, size_of
from .streams import ShardLog, StreamRecord, StreamShard

RETENTION_SECONDS = 86_400.0
SHARD_SECONDS = 14_400.0
"""A shard is closed after about four hours, and goes on in a child."""
ON_DEMAND_SHARDS = 4
WRITES_A_SHARD, READS_A_SHARD = 1000, 3000
"""A partition carries so many capacity units, and has one open shard.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""
SEQUENCE_NUMBERS = 10**15
"""So many a stream has; those of two streams are never equal."""

TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A write: the item before and after it, None where there is none."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        """The event's name."""
        if self.old is None:
            return "INSERT"
        return "REMOVE" if self.new is None else "MODIFY"


@dataclass(slots=True)
class TableShard:
    """One shard: `lane` tells those apart that are open side by side."""

    id: str
    lane: int
    opened_at: float
    first: int
    parent: str = ""
    closed_at: float | None = None
    last: int | None = None
    log: ShardLog = field(default_factory=lambda: ShardLog(RETENTION_SECONDS))

    def shown(self) -> StreamShard:
        """The shard as consumers see it."""
        return StreamShard(self.id, (self.parent,) if self.parent else (), self.closed_at is not None)


def nothing() -> None:
    """Nobody waits for it."""


@dataclass(eq=False, slots=True)
class TableStream:
    """One stream of a table. `keys` are the names of its key attributes, the partition key first.

    `changed` is called when something was added, or it was closed.
    """

    arn: str
    table: str
    label: str
    view: str
    keys: tuple[str, ...]
    key_schema: list[dict[str, str]]
    created_at: float
    lanes: int
    new_id: Callable[[], str]
    enabled: bool = True
    changed: Callable[[], object] = nothing
    shards: list[TableShard] = field(default_factory=list)
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        digest = int.from_bytes(hashlib.md5(self.arn.encode()).digest())
        self._next = (10**9 + digest % (9 * 10**9)) * SEQUENCE_NUMBERS

    def open(self, now: float) -> None:
        """Open its first shards."""
        for lane in range(self.lanes):
            self._open(lane, now)

    def add(
        self, change: ItemChange, region: str, now: float, identity: Mapping[str, str] | None
    ) -> StreamRecord:
        """A record of a change."""
        item = as_text((change.new if change.new is not None else change.old) or {})
        keys = {name: item[name] for name in self.keys}
        shard = self._shard_for(keys[self.keys[0]], now)
        number = str(self._take_number())
        images = self._images(change)
        shown: dict[str, Any] = {
            "eventID": self.new_id().replace("-", ""),
            "eventName": change.name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(math.floor(now)),
                "Keys": keys,
                **images,
                "SequenceNumber": number,
                "SizeBytes": size_of(keys) + sum(size_of(image) for image in images.values()),
                "StreamViewType": self.view,
            },
            **({"userIdentity": dict(identity)} if identity else {}),
            "eventSourceARN": self.arn,
        }
        record = StreamRecord(shard.log.end, number, json.dumps(keys, sort_keys=True), now, shown)
        shard.log.append(record)
        return record

    def close(self, now: float) -> None:
        """Nothing will be added any more; what is there can be read until its retention ends."""
        self.enabled = False
        for shard in self.shards:
            if shard.closed_at is None:
                self._close(shard, now)
        self.changed()

    def shard(self, id_: str) -> TableShard | None:
        """The shard of this id."""
        return next((shard for shard in self.shards if shard.id == id_), None)

    def seen(self, now: float) -> list[TableShard]:
        """Those of whose records some may still be there."""
        horizon = now - RETENTION_SECONDS
        return [shard for shard in self.shards if shard.closed_at is None or shard.closed_at > horizon]

    def is_gone(self, now: float) -> bool:
        """Is nothing left of it?"""
        return not self.enabled and not self.seen(now)

    def _images(self, change: ItemChange) -> dict[str, Any]:
        images = {}
        if self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES") and change.new is not None:
            images["NewImage"] = as_text(change.new)
        if self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") and change.old is not None:
            images["OldImage"] = as_text(change.old)
        return images

    def _shard_for(self, partition_key: Mapping[str, Any], now: float) -> TableShard:
        digest = hashlib.md5(json.dumps(partition_key, sort_keys=True).encode()).digest()
        lane = digest[0] % self.lanes
        shard = next(s for s in self.shards if s.lane == lane and s.closed_at is None)
        if now - shard.opened_at < SHARD_SECONDS:
            return shard
        self._close(shard, now)
        return self._open(lane, now, shard.id)

    def _open(self, lane: int, now: float, parent: str = "") -> TableShard:
        id_ = f"shardId-{round(now * 1000):020d}-{self.new_id()[:8]}"
        self.shards.append(TableShard(id_, lane, now, self._take_number(), parent))
        return self.shards[-1]

    def _close(self, shard: TableShard, now: float) -> None:
        shard.closed_at, shard.last = now, self._take_number()

    def _take_number(self) -> int:
        self._next += 1
        return self._next


def lanes_of(billing_mode: str | None, throughput: Mapping[str, Any]) -> int:
    """The number of shards that a new table's stream has side by side: one for each partition."""
    if billing_mode == "PAY_PER_REQUEST":
        return ON_DEMAND_SHARDS
    units = int(throughput.get("WriteCapacityUnits") or 0) / WRITES_A_SHARD
    units += int(throughput.get("ReadCapacityUnits") or 0) / READS_A_SHARD
    return max(1, math.ceil(units))


def as_sdk_shows(shown: Mapping[str, Any]) -> dict[str, Any]:
    """A record as GetRecords answers it."""
    told = {name: value for name, value in shown.items() if name != "eventSourceARN"}
    inner = dict(told["dynamodb"])
    for name in ("Keys", "NewImage", "OldImage"):
        if name in inner:
            inner[name] = as_bytes(inner[name])
    told["dynamodb"] = inner
    if "userIdentity" in told:
        identity = told["userIdentity"]
        told["userIdentity"] = {"PrincipalId": identity["principalId"], "Type": identity["type"]}
    return told


def body_of(record: StreamRecord) -> dict[str, Any]:
    """A record in the history: images and keys as plain values."""
    inner = record.shown["dynamodb"]
    told = {"eventName": record.shown["eventName"]}
    return told | {name: plain(inner[name]) for name in ("Keys", "NewImage", "OldImage") if name in inner}


def described(stream: TableStream, shards: Sequence[TableShard]) -> dict[str, Any]:
    """A stream as DescribeStream shows it."""
    return {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
        "StreamViewType": stream.view,
        "CreationRequestDateTime": datetime.fromtimestamp(stream.created_at, UTC),
        "TableName": stream.table,
        "KeySchema": stream.key_schema,
        "Shards": [
            {
                "ShardId": shard.id,
                "SequenceNumberRange": {
                    "StartingSequenceNumber": str(shard.first),
                    **({"EndingSequenceNumber": str(shard.last)} if shard.last is not None else {}),
                },
                **({"ParentShardId": shard.parent} if shard.parent else {}),
            }
            for shard in shards
        ],
    }
