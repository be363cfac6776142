"""Failures of one cause together: one bug is told once, whatever kinds of fault show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.aws import Does
from harness.explore.outcome import Outcome, Steps
from harness.faults.places import all_pass
from harness.history import History

CHANGING = (Does.SENDS, Does.SETTLES, Does.WRITES, Does.CONFIGURES)

Cause = tuple[str, str, str, Steps]
"""The invariant, the class of evidence, the place, and the steps that are missing."""


def steps_of(history: History) -> Steps:
    """The changes that functions made, by call site and number, also those of which the answer got lost."""
    done = Counter(
        f"{history[answer.cause].actor} → {history[answer.cause].subject}"
        for answer in history.of("answer")
        if answer.cause is not None and not answer.data.get("error")
        if history[answer.cause].data.get("does") in CHANGING and history[answer.cause].actor != "test"
    )
    return tuple(sorted(done.items()))


def missing_steps(found: Steps, control: Steps) -> Steps:
    """The steps that were done less often than in the control run, whatever the number."""
    times = dict(found)
    return tuple((step, 1) for step, wanted in control if times.get(step, 0) < wanted)


def cause_of(outcome: Outcome, control: Outcome | None) -> Cause:
    """The cause of a failure: equal for failures that one bug explains."""
    place = outcome.concerned[0][0] if outcome.concerned else ""
    missing = missing_steps(outcome.steps, () if control is None else control.steps)
    return *outcome.reason, place, missing


def grouped(broken: Iterable[tuple[int, Outcome]], control: Outcome | None) -> list[list[int]]:
    """Failures of one cause together, by their numbers. Broken comes before unknown, and a fault that passes
    before one that stays; else the order is that in which they were found."""
    groups: dict[Cause, list[tuple[int, Outcome]]] = {}
    for number, outcome in sorted(broken, key=lambda one: (*urgency(one[1]), one[0])):
        groups.setdefault(cause_of(outcome, control), []).append((number, outcome))
    return [[number for number, _ in group] for group in groups.values()]


def urgency(outcome: Outcome) -> Sequence[bool]:
    """The order in which failures are told: broken ones first, then those under a fault that passes."""
    return outcome.status != "broken", not all_pass(outcome.plan.faults)
