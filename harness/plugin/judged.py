"""The outcome of a scenario's run, from its history and the error that ended it."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

import pytest

from harness.cloud import StubError, Unsupported
from harness.expectations import Broken, Unknown
from harness.explore.outcome import Copy, Outcome, Status, hits_of, hits_on_test, left_undone
from harness.history import History
from harness.plan import Plan
from harness.plugin.runs import ControlNeeded

WHY_MAX = 400
"""Characters of a reason that are kept."""

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b|\b0x[0-9a-fA-F]*(?=\.\.\.)|(?<=\.\.\.)x?[0-9a-f]+(?=>)")
"""The place of an object in memory, other in each run; pytest may have cut its beginning or its end off."""

_OWN_WORDS = ("assert", "error")
"""In place of an invariant, where the test's own code fails."""

_PACKAGE = str(Path(__file__).parents[1])


def judged(plan: Plan, history: History, error: BaseException | None) -> Outcome:
    """The outcome of a run with this history, in which this was the first error."""
    hits = hits_of(history, plan)
    seconds = history[-1].at if len(history) else 0.0
    base: dict[str, Any] = {"plan": plan, "hits": hits, "history": history, "seconds": seconds}
    reached = not plan.faults or any(hit is not None for hit in hits)
    if error is None or (isinstance(error, pytest.fail.Exception) and "fault never fired" in str(error)):
        return Outcome(status="recovered" if reached else "not reached", **base)
    on_test = hits_on_test(history, plan)
    if on_test is not None:
        why = f"the fault hit the test itself: {on_test.subject}"
        return Outcome(status="unknown", invariant="test", evidence="hit by the fault", why=why, **base)
    status, invariant, evidence = _judged(error)
    undone = left_undone(history, plan) if invariant in _OWN_WORDS else None
    if undone is not None:  # what the test asserts itself can't know of dead letters
        place, message = undone
        return Outcome(status="dead-lettered", why=f"{message} in {place}: {_short(error)}", **base)
    why = _short(error)
    return Outcome(
        status=status, invariant=invariant, evidence=evidence, why=why, concerned=_concerned(error), **base
    )


def _judged(error: BaseException) -> tuple[Status, str, str]:
    """The status, the invariant concerned, and the class of evidence."""
    if isinstance(error, Broken | Unknown) and error.verdict is not None:
        status: Status = "broken" if isinstance(error, Broken) else "unknown"
        return status, error.verdict.invariant, error.verdict.kind
    if isinstance(error, Broken | Unknown):
        return ("broken" if isinstance(error, Broken) else "unknown"), "expect", _where(error)
    if isinstance(error, ControlNeeded | StubError | Unsupported | pytest.skip.Exception):
        return "unknown", "test", type(error).__name__
    if isinstance(error, AssertionError):
        return "broken", "assert", _where(error)
    return "broken", "error", f"{type(error).__name__} at {_where(error)}"


def _where(error: BaseException) -> str:
    """The user's line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [
        frame for frame in frames if "site-packages" not in frame.filename and _PACKAGE not in frame.filename
    ]
    frame = (mine or frames)[-1] if frames else None
    return f"{Path(frame.filename).name}:{frame.lineno}" if frame is not None else "?"


def _concerned(error: BaseException) -> tuple[Copy, ...]:
    verdict = getattr(error, "verdict", None)
    return tuple(copy.key for copy in verdict.copies[:3]) if verdict is not None else ()


def _short(error: BaseException) -> str:
    """The verdict in a few words; the timelines of messages are shown once, for the smallest plan."""
    verdict = getattr(error, "verdict", None)
    if isinstance(error, pytest.FixtureLookupError):
        return f"there is no fixture {error.argname!r}"
    told = str(verdict or error)
    text = told if isinstance(error, Broken | Unknown) else f"{type(error).__name__}: {error}".rstrip(": ")
    text = _ADDRESS.sub("0x…", text)
    return text if len(text) <= WHY_MAX else f"{text[:WHY_MAX]}…"
