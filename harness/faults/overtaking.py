"""Deliveries that a fault holds up: which of them were overtaken because of it.

Latency alone lets deliveries overtake each other, too: a fault has acted only if they would have come in
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from harness.faults.active import Hit
from harness.faults.sites import Hop


@dataclass(eq=False, slots=True)
class HeldDelivery:
    """A delivery on its way. `due`: when it would have arrived; `by`: the faults that hold it up."""

    between: tuple[str, str]
    messages: tuple[str, ...]
    number: int
    due: float
    seconds: float
    by: Sequence[Hit]

    def is_passed_by(self, other: HeldDelivery) -> bool:
        """Does `other`, which arrives now, overtake it because it is held up?"""
        in_order = self.number < other.number and self.due <= other.due
        return in_order and not set(self.messages) & set(other.messages)


@dataclass(eq=False, slots=True)
class Overtaking:
    """The deliveries that are under way in one run."""

    _under_way: dict[tuple[str, str], list[HeldDelivery]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    def begin(self, hop: Hop, due: float, hits: Iterable[Hit], chance: Random) -> HeldDelivery:
        """A delivery begins that would arrive when `due`; what is spread is drawn from `chance`."""
        by: list[Hit] = []
        seconds = 0.0
        for hit in hits:
            if hit.decision.spread_seconds:
                by.append(hit)
                seconds += chance.uniform(0, hit.decision.spread_seconds)
        between = hop.source_arn, hop.target_arn
        held = HeldDelivery(between, hop.messages, next(self._numbers), due, seconds, by)
        self._under_way.setdefault(between, []).append(held)
        return held

    def arrive(self, arriving: HeldDelivery) -> None:
        """It arrives: those that it overtakes because of a fault have been reordered by that."""
        self.end(arriving)
        for held in self._under_way.get(arriving.between, ()):
            if held.is_passed_by(arriving):
                for hit in held.by:
                    hit.acted()

    def end(self, held: HeldDelivery) -> None:
        """It is no longer under way."""
        others = self._under_way.get(held.between, [])
        if held in others:
            others.remove(held)
        if not others:
            self._under_way.pop(held.between, None)
