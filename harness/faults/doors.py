"""Helpers with which the doors of a cloud read a plan's decisions and record that a fault acted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from harness.aws import Does
from harness.faults.active import ActivePlan, Hit
from harness.faults.decision import Decision
from harness.faults.sites import TEST, Call
from harness.history import Event, Recorder
from harness.history.repeated import repeated


def record_call(recorder: Recorder, call: Call, does: Does, shortened: Mapping[str, Any]) -> Event:
    """An API request reached the cloud. Its parameters are told in short, but those of what the test itself
    writes: they say which rows are none of the app's effects."""
    whole = does is Does.WRITES and call.actor == TEST
    return recorder.call(
        call.operation,
        does,
        call.resource,
        region=call.region,
        others=call.others,
        attempt=call.attempt,
        params=call.params if whole else shortened,
    )


@contextmanager
def deploying(recorder: Recorder, plan: ActivePlan) -> Iterator[None]:
    """An app is deployed inside: the history tells so, and the plan spares it."""
    with recorder.deploying(), plan.deploying():
        yield


def first(hits: Iterable[Hit], action: str) -> Hit | None:
    """The first hit with this decision."""
    for hit in hits:
        if hit.decision.action == action:
            return hit
    return None


def act(hits: Iterable[Hit], action: str) -> Decision | None:
    """The first such decision, which has its effect now; None if there is none."""
    hit = first(hits, action)
    if hit is None:
        return None
    hit.acted()
    return hit.decision


def delay(hits: Iterable[Hit]) -> float:
    """The seconds of delay; delays have their effect now."""
    late = [hit for hit in hits if hit.decision.action == "delay" and hit.decision.seconds > 0]
    for hit in late:
        hit.acted()
    return sum(hit.decision.seconds for hit in late)


def copies(hits: Iterable[Hit]) -> Iterator[tuple[Hit, float]]:
    """Each further copy, with the seconds after which it arrives."""
    for hit in hits:
        if hit.decision.action == "copies":
            for copy in range(1, hit.decision.copies_made):
                yield hit, copy * hit.decision.seconds


def repeating(recorder: Recorder) -> Callable[[str], set[str]]:
    """Gives the messages that one says again, as far as it has been recorded."""
    return partial(repeated, recorder)


def noting(recorder: Recorder, hit_event: Event) -> Callable[[Hit], object]:
    """Records faults when they act on what `hit_event` tells of."""

    def note(hit: Hit) -> None:
        until = None if hit.until is None else round(hit.until, 6)
        recorder.fault(
            hit_event,
            index=hit.index,
            kind=hit.kind,
            what=hit.decision.action,
            until=until,
            messages=hit.decision.about,
        )

    return note
