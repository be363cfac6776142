"""How the doors of a cloud read what a plan has decided, and say that a fault acted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from harness.faults.active import Hit
from harness.faults.decision import Decision
from harness.history import Event, Recorder


def first(hits: Iterable[Hit], action: str) -> Decision | None:
    """The first decision for this action."""
    return next((hit.decision for hit in hits if hit.decision.action == action), None)


def delay_seconds(hits: Iterable[Hit], chance: Random) -> float:
    """How much longer it takes; what is spread is drawn from `chance`."""
    return sum(
        hit.decision.seconds + chance.uniform(0, hit.decision.spread_seconds)
        for hit in hits
        if hit.decision.action == "delay"
    )


def copies(hits: Iterable[Hit]) -> Iterator[float]:
    """Seconds after which each further copy arrives."""
    for hit in hits:
        if hit.decision.action == "copies":
            for copy in range(1, hit.decision.copies_made):
                yield copy * hit.decision.seconds


def record_hits(recorder: Recorder, hits: Iterable[Hit], hit_event: Event) -> None:
    """Faults acted on what `hit_event` tells of."""
    for hit in hits:
        until = None if hit.until is None else round(hit.until, 6)
        what = hit.decision.action
        recorder.fault(hit_event, index=hit.index, kind=hit.kind, what=what, until=until)
