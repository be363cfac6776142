"""Streams as consumers in the simulator see them.

A service that has streams satisfies `Streams`. Mappings and pipes ask for nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.aws.rules.streams import StreamRecord, StreamShard
from harness.sim.activities import Signal


@runtime_checkable
class Streams(Protocol):
    """A mover with streams, which are known by their ARNs. Raises `ServiceError` for one that isn't there."""

    def shards(self, stream: str) -> Sequence[StreamShard]:
        """Its shards, the oldest first."""

    def start(self, stream: str, shard: str, at: str, timestamp: float | None = None) -> int:
        """The position that TRIM_HORIZON, LATEST or AT_TIMESTAMP stands for now."""

    def read(self, stream: str, shard: str, position: int, limit: int) -> Sequence[StreamRecord]:
        """Records from a position on, or from the oldest on that there still is; doesn't block."""

    def trimmed(self, stream: str, shard: str, position: int) -> Sequence[StreamRecord]:
        """Records from a position on that can't be read any more: their retention has ended."""

    def changed(self, stream: str) -> Signal:
        """Notified whenever a record is added, a shard is added or closed, or the stream is deleted."""

    def poll_seconds(self, stream: str) -> float:
        """The time within which a consumer finds a new record."""
