"""A stream as a state machine: its shards, its consumers, its settings. Time comes in as an argument.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .limits import Throughput
from .shards import HASH_KEY_MAX, Record, Shard, hash_key

CREATING, ACTIVE, UPDATING, DELETING = "CREATING", "ACTIVE", "UPDATING", "DELETING"
PROVISIONED, ON_DEMAND = "PROVISIONED", "ON_DEMAND"
ON_DEMAND_SHARDS = 4
"""https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html"""
RETENTION_HOURS_MIN, RETENTION_HOURS_MAX = 24, 8760
HOUR_SECONDS = 3600
CHANGING_SECONDS = 1.0
"""Time for which a stream or a consumer is created, updated or deleted; AWS names no figure."""


@dataclass(eq=False)
class Consumer:
    """A registered consumer. `subscribed` counts its subscriptions by shard: each ends the one before."""

    name: str
    arn: str
    created_at: float
    tags: dict[str, str] = field(default_factory=dict)
    subscribed: dict[str, tuple[int, float]] = field(default_factory=dict)

    def status(self, now: float) -> str:
        """CREATING, then ACTIVE."""
        return CREATING if now < self.created_at + CHANGING_SECONDS else ACTIVE


@dataclass(eq=False)
class StreamState:
    """One stream. `changing`: its status until the time `changed_at`, ACTIVE afterwards.

    `resharded` has the times of the last calls of UpdateShardCount; `index` counts its records.
    """

    name: str
    arn: str
    account: str
    created_at: float
    mode: str = PROVISIONED
    changing: str = CREATING
    changed_at: float = 0.0
    retention_hours: int = RETENTION_HOURS_MIN
    record_size_max: int = 1024 * 1024
    key_id: str = ""
    warm_mib: int = 0
    index: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    metrics: list[str] = field(default_factory=list)
    shards: list[Shard] = field(default_factory=list)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    throughput: dict[str, Throughput] = field(default_factory=dict)
    resharded: list[float] = field(default_factory=list)

    def create(self, shards: int, now: float) -> None:
        """It begins with so many shards of equal ranges."""
        for first, last in ranges(shards):
            self._open(first, last, (), now)
        self.change(CREATING, now)

    def status(self, now: float) -> str:
        """Its StreamStatus."""
        return self.changing if now < self.changed_at else ACTIVE

    def change(self, status: str, now: float) -> None:
        """It has this status for a while."""
        self.changing, self.changed_at = status, now + CHANGING_SECONDS

    def oldest(self, now: float) -> float:
        """Records that came before this time are no longer kept."""
        return now - self.retention_hours * HOUR_SECONDS

    def known(self, now: float) -> list[Shard]:
        """Its shards, oldest first; closed ones for as long as their records are kept."""
        oldest = self.oldest(now)
        return [shard for shard in self.shards if not shard.is_gone(oldest)]

    def open_shards(self) -> list[Shard]:
        """Those that take records, by their hash keys."""
        return sorted((shard for shard in self.shards if shard.is_open), key=lambda shard: shard.first)

    def shard(self, shard_id: str, now: float) -> Shard | None:
        """One that is still known."""
        return next((shard for shard in self.known(now) if shard.id == shard_id), None)

    def children(self, shard: Shard) -> list[Shard]:
        """The shards that it was split or merged into."""
        return [child for child in self.shards if shard in child.parents]

    def shard_for(self, key: str, explicit_hash_key: str | None = None) -> Shard:
        """The shard of a record."""
        wanted = hash_key(key) if explicit_hash_key is None else int(explicit_hash_key)
        return next(shard for shard in self.shards if shard.is_open and shard.first <= wanted <= shard.last)

    def put(self, shard: Shard, key: str, data: bytes, now: float) -> Record | None:
        """Add a record. None: the shard has no throughput left for it."""
        if not self.used(shard).write(len(data) + len(key.encode()), now):
            return None
        self.index += 1
        return shard.put(self.index, key, data, now)

    def used(self, shard: Shard) -> Throughput:
        """The use of a shard's throughput."""
        return self.throughput.setdefault(shard.id, Throughput())

    def split(self, shard: Shard, at: int, now: float) -> None:
        """Two shards instead of one; the second begins at this hash key."""
        shard.close(now)
        self._open(shard.first, at - 1, (shard,), now)
        self._open(at, shard.last, (shard,), now)

    def merge(self, shard: Shard, adjacent: Shard, now: float) -> None:
        """One shard instead of two."""
        for each in (shard, adjacent):
            each.close(now)
        first, last = min(shard.first, adjacent.first), max(shard.last, adjacent.last)
        self._open(first, last, (shard, adjacent), now)

    def scale(self, shards: int, now: float) -> None:
        """So many shards of equal ranges, by splits and then merges, with temporary shards between them."""
        wanted = list(ranges(shards))
        for first, _ in wanted[1:]:
            held = next(shard for shard in self.open_shards() if shard.first <= first <= shard.last)
            if held.first < first:
                self.split(held, first, now)
        for first, last in wanted:
            while len(within := [s for s in self.open_shards() if first <= s.first and s.last <= last]) > 1:
                self.merge(within[0], within[1], now)

    def _open(self, first: int, last: int, parents: tuple[Shard, ...], now: float) -> None:
        """Children are a second younger than their parents at least: their sequence numbers are larger."""
        opened = max(int(now), *(parent.opened + 1 for parent in parents), 0)
        self.shards.append(Shard(len(self.shards), first, last, now, opened, parents))


@dataclass
class StreamStore:
    """All streams, by ARN."""

    streams: dict[str, StreamState] = field(default_factory=dict)

    def get(self, arn: str, now: float) -> StreamState | None:
        """One that isn't deleted yet."""
        stream = self.streams.get(arn)
        if stream is not None and stream.changing == DELETING and now >= stream.changed_at:
            del self.streams[arn]
            return None
        return stream

    def under(self, prefix: str, now: float) -> list[StreamState]:
        """Those whose ARNs begin so, by name."""
        found = (self.get(arn, now) for arn in sorted(self.streams) if arn.startswith(prefix))
        return [stream for stream in found if stream is not None]


def ranges(shards: int) -> Iterator[tuple[int, int]]:
    """The hash keys of so many shards.

    >>> [(hex(first), hex(last)) for first, last in ranges(2)][1]
    ('0x80000000000000000000000000000000', '0xffffffffffffffffffffffffffffffff')
    """
    width = (HASH_KEY_MAX + 1) // shards
    for number in range(shards):
        last = HASH_KEY_MAX if number == shards - 1 else (number + 1) * width - 1
        yield number * width, last
