"""The first difference between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from harness.history.event import Event
from harness.history.store import History


@dataclass(frozen=True)
class Difference:
    """The first event that differs; None where one history has ended already."""

    seq: int
    one: Event | None
    other: Event | None

    def __str__(self) -> str:
        return f"event {self.seq} differs:\n  one:   {self.one}\n  other: {self.other}"


def first_difference(one: History, other: History) -> Difference | None:
    """The first event in which two histories differ, or None if they are the same."""
    for seq, (left, right) in enumerate(zip_longest(one, other)):
        if left != right:
            return Difference(seq, left, right)
    return None
