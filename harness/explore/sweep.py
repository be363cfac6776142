"""What a campaign tries: each fault at each fault point, and pairs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from harness.explore.candidates import candidates_of
from harness.explore.outcome import Outcome
from harness.explore.points import EACH, representatives
from harness.faults.points import Candidate, Point
from harness.plan import Plan

INTERLEAVING = "interleaving"
"""The label of a run without faults under another seed. It finds races; it is no fault point."""

Chosen = Callable[[Candidate], bool]
"""Says which faults are to be tried."""


@dataclass(frozen=True)
class Try:
    """A plan, and what it is for.

    `point`, `place` and `path` name the fault point, `label` and `kind` the fault; of a pair, the second one,
    and `after` names the first. `untried` counts points that are alike and aren't tried
    themselves, at the first of those that are. `seq` is
    the event that the fault must hit; None: any.
    """

    plan: Plan
    point: str
    place: str
    path: str
    label: str
    kind: str
    untried: int = 0
    after: str = ""
    seq: int | None = None

    @property
    def name(self) -> str:
        """What it is, in a line."""
        first = f"{self.after}, then " if self.after else ""
        return f"{first}{self.point}: {self.label}" if self.point else f"seed {self.plan.seed}"


def singles(points: Iterable[Point], seed: int, wanted: Chosen, each: int = EACH) -> Iterator[Try]:
    """One fault a run: every fault that can land, at the representatives of all points."""
    for one in representatives(points, each, seed):
        for candidate in candidates_of(one.point):
            if wanted(candidate):
                yield _try(Plan(seed, (candidate.fault,)), one.point, candidate, one.untried)


def interleavings(seed: int, count: int) -> Iterator[Try]:
    """The scenario without faults under other seeds."""
    for other in range(seed + 1, seed + 1 + count):
        yield Try(Plan(other), "", "", "", INTERLEAVING, INTERLEAVING)


def reached(points: Iterable[Point], first: Outcome) -> list[Point]:
    """The points that come after the first fault of a run and have to do with what it hit.

    These are pruned: points before it, as the pair in the other order has them; points on messages and ways
    that the first fault never touched, as the pair can't meet there.
    """
    [hit] = first.hits[:1] or (None,)
    found = list(points)
    held = frozenset[Any]().union(*(point.held for point in found if point.seq == hit))
    return [
        point for point in found if hit is not None and point.seq > hit and not point.lineage.isdisjoint(held)
    ]


def way_it_went(first: Try, points: Iterable[Point]) -> str:
    """A mark of how a run went on: two faults at one place after which the same points follow lead to the
    same pairs. At different places they may have left the app in different states."""
    marks = "\n".join([first.place, *sorted({point.alike for point in points})])
    return sha256(marks.encode()).hexdigest()[:16]


def seconds_after(first: Try, points: Iterable[Point], wanted: Chosen) -> Iterator[Try]:
    """The pairs that begin with this fault: `points` are those that its run still reached."""
    for one in representatives(points, each=1):
        for candidate in candidates_of(one.point):
            if wanted(candidate) and not one.point.covers_all:
                plan = Plan(first.plan.seed, (*first.plan.faults, candidate.fault))
                yield _try(plan, one.point, candidate, one.untried, after=first.name)


def _try(plan: Plan, point: Point, candidate: Candidate, untried: int, after: str = "") -> Try:
    return Try(
        plan,
        point.name,
        point.place,
        point.path,
        candidate.label,
        candidate.kind,
        untried,
        after,
        None if point.covers_all else point.seq,
    )
