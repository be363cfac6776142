"""A shard: a range of hash keys, and a log of the records that fall into it. Time comes in as an argument.

https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from hashlib import md5
from itertools import takewhile

HASH_KEY_MAX = 2**128 - 1
RECORD_INDEX_MAX = 2**63 - 1
"""Stands for the index in the sequence number with which a shard ends."""


def sequence_number(opened: int, index: int, at: float, shard: int) -> int:
    """A sequence number of 56 digits, as AWS makes them: larger with each record, and in children than in
    their parents. `opened`: the second in which the shard was opened, `index`: of the record in its stream.

    >>> len(str(sequence_number(1_767_225_600, 1, 1_767_225_600.5, 0)))
    56
    """
    fields = (2, 1), (opened, 9), (shard % 16, 1), (index, 16), (0, 2), (int(at), 9), (shard, 8), (2, 1)
    return int("".join(f"{value:0{width}x}" for value, width in fields), 16)


def hash_key(partition_key: str) -> int:
    """The place of a partition key among all hash keys: its MD5 as a number."""
    return int.from_bytes(md5(partition_key.encode(), usedforsecurity=False).digest(), "big")


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `position`: the number of records that were put into its shard before it."""

    position: int
    number: int
    key: str
    data: bytes
    at: float

    @property
    def size(self) -> int:
        """Its bytes, as AWS counts them against limits: data and partition key."""
        return len(self.data) + len(self.key.encode())


@dataclass(eq=False)
class Shard:
    """One shard. `first` and `last` are its hash keys; `opened` is part of its sequence numbers."""

    index: int
    first: int
    last: int
    opened_at: float
    opened: int
    parents: tuple[Shard, ...] = ()
    closed_at: float | None = None
    last_number: int | None = None
    records: list[Record] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id."""
        return f"shardId-{self.index:012d}"

    @property
    def first_number(self) -> int:
        """The sequence number with which it begins."""
        return sequence_number(self.opened, 0, self.opened, self.index)

    @property
    def is_open(self) -> bool:
        """Does it take records?"""
        return self.closed_at is None

    def close(self, now: float) -> None:
        """It takes no more records."""
        self.closed_at = now
        self.last_number = sequence_number(self.opened, RECORD_INDEX_MAX, now, self.index)

    def number_max(self, index: int) -> int:
        """The largest sequence number that a record of it can have, if its stream has so many."""
        return sequence_number(self.opened, index + 1, 0, self.index)

    def put(self, index: int, key: str, data: bytes, now: float) -> Record:
        """Add a record; `index` counts those of the stream."""
        number = sequence_number(self.opened, index, now, self.index)
        record = Record(len(self.records), number, key, data, now)
        self.records.append(record)
        return record

    def horizon(self, oldest: float) -> int:
        """The position of the first record that is kept, where those before `oldest` aren't."""
        return bisect_left(self.records, oldest, key=_at)

    def after(self, number: int) -> int:
        """The position of the first record with a larger sequence number."""
        return bisect_right(self.records, number, key=_number)

    def since(self, at: float) -> int:
        """The position of the first record that came at this time or later."""
        return bisect_left(self.records, at, key=_at)

    def read(self, position: int, oldest: float, limit: int, size_max: int) -> list[Record]:
        """Up to so many records and bytes from a position on; the first may be larger."""
        start = max(position, self.horizon(oldest))
        found = self.records[start : start + limit]
        sizes = 0

        def fits(record: Record) -> bool:
            nonlocal sizes
            sizes += record.size
            return sizes <= size_max or record is found[0]

        return list(takewhile(fits, found))

    def is_gone(self, oldest: float) -> bool:
        """Is nothing left of it: closed for longer than records are kept?"""
        return self.closed_at is not None and self.closed_at < oldest


def _at(record: Record) -> float:
    return record.at


def _number(record: Record) -> int:
    return record.number
