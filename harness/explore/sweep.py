"""The tries of a campaign: each fault at each fault point, and pairs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from harness.explore.candidates import candidates_of
from harness.explore.outcome import Outcome
from harness.explore.representatives import EACH, representatives
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.history import History
from harness.plan import Plan

INTERLEAVING = "interleaving"
"""The label of a run without faults under another seed. It finds races; it is no fault point."""

Chosen = Callable[[Candidate], bool]
"""Is this fault to be tried?"""


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
        """The try in a line."""
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

    These are pruned: points before it, as the pair in the other order has them; points on messages and paths
    that the first fault never touched, as the pair can't meet there. An invocation in which it hit something
    can still end in another way.
    """
    [hit] = first.hits[:1] or (None,)
    if hit is None or first.history is None:
        return []
    found = list(points)
    held = frozenset[Any]().union(*(point.held for point in found if point.seq == hit))
    around = _around(first.history, hit)
    ahead = (_ahead(point, hit, around) for point in found if not point.lineage.isdisjoint(held))
    return [point for point in ahead if point is not None]


def _around(history: History, hit: int) -> int | None:
    """The invocation that the first fault hit, or in which it hit a call; None if it ended by that."""
    [what, *_] = (event.data["what"] for event in history.of("fault") if event.data["fault"] == 0)
    return None if what == "kill" else history[hit].cause if history[hit].kind == "call" else hit


def _ahead(point: Point, hit: int, around: int | None) -> Point | None:
    """The part of a point that comes after the event `hit`, in the invocation `around` it or later."""
    if point.seq > hit:
        return point
    if not isinstance(point, InvocationPoint) or point.seq != around:
        return None
    if point.call_seq is None:
        return replace(point, begun=True)
    return point if point.call_seq >= hit else None


def continuation(first: Try, points: Iterable[Point]) -> str:
    """A mark for the rest of a run: two faults at one place after which the same points follow lead to the
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
