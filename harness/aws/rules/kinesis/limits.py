"""Limits of a shard's throughput, by the seconds of the clock. Time comes in as an argument.

https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024 * 1024
WRITE_BYTES_MAX, WRITE_RECORDS_MAX = MIB, 1000
READ_BYTES_MAX, READS_MAX = 2 * MIB, 5
ITERATORS_MAX = 5
"""Each for one second of one shard."""


@dataclass
class Window:
    """What was used in the present second."""

    second: int = -1
    count: int = 0
    size: int = 0

    def at(self, now: float) -> Window:
        """Begin a new second where one has begun."""
        if int(now) != self.second:
            self.second, self.count, self.size = int(now), 0, 0
        return self

    def use(self, count: int, size: int) -> None:
        """Count this, too."""
        self.count += count
        self.size += size


@dataclass
class Throughput:
    """The use of one shard."""

    written: Window = field(default_factory=Window)
    read: Window = field(default_factory=Window)
    iterators: Window = field(default_factory=Window)
    readable_at: float = 0.0

    def write(self, size: int, now: float) -> bool:
        """One record more, of so many bytes. False: that is too much."""
        used = self.written.at(now)
        if used.count + 1 > WRITE_RECORDS_MAX or used.size + size > WRITE_BYTES_MAX:
            return False
        used.use(1, size)
        return True

    def begin_read(self, now: float) -> bool:
        """One GetRecords more. False: that is too much, or what was read last takes its time still."""
        used = self.read.at(now)
        if now < self.readable_at or used.count >= READS_MAX:
            return False
        used.use(1, 0)
        return True

    def end_read(self, size: int, now: float) -> None:
        """It gave so many bytes. More than a second's worth makes the next ones wait."""
        used = self.read.at(now)
        used.use(0, size)
        if used.size > READ_BYTES_MAX:
            self.readable_at = used.second + used.size / READ_BYTES_MAX

    def iterate(self, now: float) -> bool:
        """One GetShardIterator more. False: that is too much."""
        used = self.iterators.at(now)
        used.use(1, 0)
        return used.count <= ITERATORS_MAX
