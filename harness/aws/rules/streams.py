"""Streams: records in shards, which every consumer reads for itself, from a position on.

`ShardLog` is one shard's state. Time comes in as an argument.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LATEST, TRIM_HORIZON, AT_TIMESTAMP = "LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"


@dataclass(frozen=True, slots=True)
class StreamShard:
    """A shard as consumers see it. `closed`: nothing will be added any more.

    One that has parents is read after them, so that records of one key stay in order.
    """

    id: str
    parents: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record. `position`: the number of records that were ever put into its shard before it.

    The sequence number is the id that its message has in the history, and unique in the stream. Records of
    one `group` keep their order. `at`: its arrival, in epoch seconds. `shown`: as functions see it.
    """

    position: int
    sequence_number: str
    group: str
    at: float
    shown: Mapping[str, Any]


@dataclass(slots=True)
class ShardLog:
    """The records of one shard, in order. All are kept: retention says from where on they can be read."""

    retention_seconds: float
    records: list[StreamRecord] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The position of the next record."""
        return len(self.records)

    def append(self, record: StreamRecord) -> None:
        """Add one that has the position `end`."""
        self.records.append(record)

    def horizon(self, now: float) -> int:
        """The position of the oldest record that can be read."""
        return bisect_right(self.records, now - self.retention_seconds, key=_arrival)

    def read(self, position: int, limit: int, now: float) -> Sequence[StreamRecord]:
        """Records from a position on, or from the oldest on that there still is."""
        first = max(position, self.horizon(now))
        return self.records[first : first + limit]

    def trimmed(self, position: int, now: float) -> Sequence[StreamRecord]:
        """Records from a position on that can't be read any more: their retention has ended."""
        return self.records[position : self.horizon(now)]

    def start(self, at: str, now: float, timestamp: float | None = None) -> int:
        """The position that TRIM_HORIZON, LATEST or AT_TIMESTAMP stands for now."""
        if at == LATEST:
            return self.end
        if at == AT_TIMESTAMP and timestamp is not None:
            return max(bisect_left(self.records, timestamp, key=_arrival), self.horizon(now))
        return self.horizon(now)


def _arrival(record: StreamRecord) -> float:
    return record.at
