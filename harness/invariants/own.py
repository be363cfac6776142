"""An invariant of the user's own: a function of the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.history import History
from harness.invariants.rest import disturbed
from harness.invariants.verdict import Verdict, broken, holds, unknown


def judge_own(function: Callable[[History], Any], history: History, name: str) -> Verdict:
    """Broken if it returns False or an assertion fails, unknown if it raises another error."""
    try:
        answer = function(history)
    except AssertionError as problem:
        return broken(name, "own", str(problem) or "an assertion failed")
    except Exception as problem:
        return unknown(name, f"the invariant itself failed: {problem!r}")
    if answer is False:
        return broken(name, "own", "it answered False")
    told = history.header.get("shows_deliveries", True)
    why = disturbed(history) if told else "this cloud doesn't tell what it delivers"
    return unknown(name, why) if why else holds(name, 1, "as it says")
