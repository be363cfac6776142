"""Failures of one cause together: one bug is told once, whatever kinds of fault show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from harness.aws import Does
from harness.explore.outcome import Outcome, Steps
from harness.faults.places import all_pass
from harness.history import History
from harness.history.made import called, made_by_functions

CHANGING = (Does.SENDS, Does.SETTLES, Does.WRITES, Does.CONFIGURES)

Cause = tuple[str, str, str, Steps]
"""The invariant, the class of evidence, the place, and the steps that are missing."""


def steps_of(history: History) -> Steps:
    """The changes that functions made, by call site and number, also those of which the answer got lost."""
    made = made_by_functions(history)
    done = Counter(
        f"{history[answer.cause].actor} → {called(history[answer.cause], made)}"
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
    """Failures of one cause together, by their numbers. Broken comes before unknown, a race before a fault,
    and a fault that passes before one that stays; else the order is that in which they were found.

    The steps that are missing may be more or fewer where the words are the same.
    """
    groups: list[tuple[Cause, str, list[int]]] = []
    for number, outcome in sorted(broken, key=lambda one: (*urgency(one[1]), one[0])):
        cause = cause_of(outcome, control)
        same = [group for known, _, group in groups if known == cause]
        words = words_of(outcome)
        if words:
            same += [group for known, said, group in groups if said == words and _are_nested(known, cause)]
        if same:
            same[0].append(number)
        else:
            groups.append((cause, words, [number]))
    return [group for *_, group in groups]


def words_of(outcome: Outcome) -> str:
    """The words of a failure. Those of a verdict are the same whichever messages it names, and how many."""
    if outcome.why.startswith(f"{outcome.invariant}: "):
        return re.sub(r"\b\d+ of \d+\b", "some of them", outcome.why.partition("\n")[0])
    return outcome.why


def _are_nested(one: Cause, other: Cause) -> bool:
    """Does one lack some of the steps that the other lacks, and no others?

    So does work that is cut off sooner or later, and never taken up again.
    """
    here, there = set(one[-1]), set(other[-1])
    return one[:-1] == other[:-1] and (here <= there or there <= here)


def urgency(outcome: Outcome) -> Sequence[bool]:
    """The order in which failures are told: broken ones first, then those without any fault, then those under
    a fault that passes."""
    return outcome.status != "broken", bool(outcome.plan.faults), not all_pass(outcome.plan.faults)
