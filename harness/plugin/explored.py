"""Runs one test again and again, each time under another plan: what a worker of a campaign does.

A worker prepares pytest once for its test, with the options of the test run, and keeps it.
"""

from __future__ import annotations

import atexit
import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import _prepareconfig

from harness.expectations import Broken, Unknown
from harness.explore.outcome import Copy, Outcome, Status, hits_of, hits_on_test
from harness.history import History
from harness.plan import Plan
from harness.plugin.protocol import start_afresh
from harness.plugin.runs import ControlNeeded, Run, run_of

WHY_MAX = 400
"""Characters of a reason that are kept."""

_PACKAGE = str(Path(__file__).parents[1])


class NoSuchTest(RuntimeError):
    """The test can't be found, or can't be collected."""


@dataclass(frozen=True)
class ItemRun:
    """`run(plan)` of one test, by its node id. `options` are pytest's own; `folder` is where it runs."""

    node_id: str
    options: tuple[str, ...]
    folder: str

    def __call__(self, plan: Plan) -> Outcome:
        """Run the test under the plan."""
        return _prepared(self).run(plan)


class _Prepared:
    """A test that is ready to run, in a session of its own."""

    def __init__(self, wanted: ItemRun) -> None:
        os.chdir(wanted.folder)
        self.config = _prepareconfig([*wanted.options, wanted.node_id])
        try:
            self.config._do_configure()
            self.session = pytest.Session.from_config(self.config)
            self.config.hook.pytest_sessionstart(session=self.session)
            self.item = _found(self.session, wanted.node_id)
        except BaseException:
            self.config._ensure_unconfigure()
            raise
        self._controls: dict[int, History] = {}

    def run(self, plan: Plan) -> Outcome:
        """Run it once; and before that without faults, if it asks what happens then."""
        run = run_of(self.item)
        run.plan = plan
        error = self._attempt(run)
        if run.needs_control:
            run.needs_control, run.is_control = False, True
            self._attempt(run)
            run.is_control = False
            if run.control is not None:
                self._controls = {**self._controls, plan.seed: run.control}
            error = self._attempt(run)
        history = run.history or History(())
        run.release()
        return _outcome(plan, history, error)

    def close(self) -> None:
        """Tear down what is still set up."""
        self.session._setupstate.teardown_exact(None)
        self.config._ensure_unconfigure()

    def _attempt(self, run: Run) -> BaseException | None:
        """Set up, run and tear down once. Gives the first error."""
        item, hook = self.item, self.item.ihook
        start_afresh(item)
        run.can_repeat = True
        run.history = None
        if not run.is_control and run.plan is not None:
            run.control = self._controls.get(run.plan.seed)
        reraise = (KeyboardInterrupt,)
        set_up = pytest.CallInfo.from_call(lambda: hook.pytest_runtest_setup(item=item), "setup", reraise)
        errors = [_error(set_up)]
        if set_up.excinfo is None:
            call = pytest.CallInfo.from_call(lambda: hook.pytest_runtest_call(item=item), "call", reraise)
            errors.append(_error(call))
        run.can_repeat = False
        torn_down = pytest.CallInfo.from_call(
            lambda: hook.pytest_runtest_teardown(item=item, nextitem=item.parent), "teardown", reraise
        )
        errors.append(_error(torn_down))
        item._request = False  # type: ignore[attr-defined]
        item.funcargs = None  # type: ignore[attr-defined]
        return next((error for error in errors if error is not None), None)


_ready: dict[ItemRun, _Prepared] = {}


def _prepared(wanted: ItemRun) -> _Prepared:
    if wanted not in _ready:
        _close_all()
        _ready[wanted] = _Prepared(wanted)
    return _ready[wanted]


@atexit.register
def _close_all() -> None:
    while _ready:
        _ready.popitem()[1].close()


def _found(session: pytest.Session, node_id: str) -> pytest.Item:
    session.config.hook.pytest_collection(session=session)
    for item in session.items:
        if item.nodeid == node_id:
            return item
    raise NoSuchTest(f"{node_id}: no such test; it was not collected here")


def _error(info: pytest.CallInfo[Any]) -> BaseException | None:
    return None if info.excinfo is None else info.excinfo.value


def _outcome(plan: Plan, history: History, error: BaseException | None) -> Outcome:
    hits = hits_of(history, plan)
    base: dict[str, Any] = {"plan": plan, "hits": hits, "history": history}
    reached = not plan.faults or any(hit is not None for hit in hits)
    if error is None or (isinstance(error, pytest.fail.Exception) and "fault never fired" in str(error)):
        return Outcome(status="survived" if reached else "not reached", **base)
    on_test = hits_on_test(history, plan)
    if on_test is not None:
        why = f"the fault hit the test itself: {on_test.subject}"
        return Outcome(status="unknown", invariant="test", evidence="hit by the fault", why=why, **base)
    status, invariant, evidence = _judged(error)
    why = _short(error)
    return Outcome(
        status=status, invariant=invariant, evidence=evidence, why=why, concerned=_concerned(error), **base
    )


def _judged(error: BaseException) -> tuple[Status, str, str]:
    """How it ended, the invariant that says so, and the class of evidence."""
    if isinstance(error, Broken | Unknown) and error.verdict is not None:
        status: Status = "broken" if isinstance(error, Broken) else "unknown"
        return status, error.verdict.invariant, error.verdict.kind
    if isinstance(error, Broken | Unknown):
        return ("broken" if isinstance(error, Broken) else "unknown"), "expect", _where(error)
    if isinstance(error, ControlNeeded | pytest.skip.Exception):
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
    """What it says, without the lives of messages: those are told once, of the smallest plan."""
    verdict = getattr(error, "verdict", None)
    text = str(verdict) if verdict is not None else f"{type(error).__name__}: {error}".rstrip(": ")
    return text if len(text) <= WHY_MAX else f"{text[:WHY_MAX]}…"
