"""Faults don't make the app shout: retries don't multiply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from harness.history import History
from harness.history.ledger import Ledger
from harness.invariants.figures import above
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "retry_amplification"

Calls = Mapping[str, int]
"""The number of calls of the app, by operation and resource."""


def retry_amplification(history: History, *, at_most: float, control: Calls | None) -> Verdict:
    """The calls of functions to each operation and resource, divided by those of the control run: `at_most`
    this for every one of them. One that the control run never made counts as made once there. Calls of the
    test don't count; the SDK's own retries do. O(n).

    Too many are too many at once; that there were not too many is known only when the run is at rest.
    """
    if control is None:
        return unknown(NAME, "there is no control run to compare with")
    if not control:
        return unknown(NAME, "no function made a call in the control run")
    now = calls_of(history)
    evidence = []
    for name, count in sorted(now.items()):
        before = control.get(name, 0)
        factor = count / max(before, 1)
        if factor > at_most:
            evidence.append(f"{name}: {count} calls, {before} in the control run: × {above(factor, at_most)}")
    if evidence:
        return broken(NAME, "amplified", f"more than × {at_most:g}", evidence, checked=len(control))
    why = unrest(history, Ledger(history))
    if why:
        return unknown(NAME, why)
    return holds(NAME, len(control))


def calls_of(history: History) -> dict[str, int]:
    """The number of calls of functions, by operation and resource."""
    functions = {event.subject for event in history.of("invocation")}
    return dict(Counter(event.subject for event in history.of("call") if event.actor in functions))
