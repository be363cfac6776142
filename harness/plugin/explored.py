"""Runs one test again and again, each time under another plan: what a worker of a campaign does.

A worker prepares pytest once for its test, with the options of the test run, and keeps it.
"""

from __future__ import annotations

import atexit
import io
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from _pytest.assertion import pytest_runtest_protocol as worded
from _pytest.config import _prepareconfig

from harness import namespace
from harness.explore.engine import Task
from harness.explore.outcome import Outcome
from harness.forked import Died, Tell, forked
from harness.history import History
from harness.plan import Plan
from harness.plugin import options
from harness.plugin.breakpoints import Breakpoints
from harness.plugin.clouds import load_simulator
from harness.plugin.judged import judged
from harness.plugin.protocol import start_afresh
from harness.plugin.runs import Controls, Run, run_of, with_control
from harness.plugin.scenario import declared_by
from harness.plugin.snapshots import ANSWER_SECONDS_MAX, PlanToCome, Starts


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

    def within(self, task: Task, plan: Plan) -> Outcome:
        """Do a task with it; under `--isolate`, in a process forked for it."""
        return _prepared(self).within(task, plan)


class _Prepared:
    """A test that is ready to run, in a session of its own."""

    def __init__(self, wanted: ItemRun) -> None:
        os.chdir(wanted.folder)
        self.config = _prepareconfig([*wanted.options, wanted.node_id])
        try:
            self.config._do_configure()
            _silence(self.config)
            self.session = pytest.Session.from_config(self.config)
            self.config.hook.pytest_sessionstart(session=self.session)
            self.item = _found(self.session, wanted.node_id)
        except BaseException:
            self.config._ensure_unconfigure()
            raise
        self._controls = Controls()
        self._breakpoints = Breakpoints()
        limit = options.isolation_limit(self.config)
        self._starts = Starts(self._at_snapshot, self._whole, ANSWER_SECONDS_MAX if limit is None else limit)

    def _at_snapshot(self, to_come: PlanToCome) -> Outcome:
        if options.isolation_limit(self.config) is not None:
            namespace.enter_if_possible()
        return self.run(Plan(to_come.requested.seed), to_come)

    def run(self, plan: Plan, to_come: PlanToCome | None = None) -> Outcome:
        """Run it once; and before that without faults, if it asks what happens then."""
        run = run_of(self.item)
        run.to_come = to_come
        run.plan, run.control = plan, self._controls.get(plan.seed)
        error = with_control(run, lambda: self._attempt(run))
        self._controls.keep(plan.seed, run.control)
        history = run.history or History(())
        run.release()
        return judged(plan if to_come is None else to_come.requested, history, error)

    def within(self, task: Task, plan: Plan) -> Outcome:
        """Do a task of one run: from the beginning, under `--isolate` in a process forked for it, or at a
        snapshot, which is such a process, too."""
        declared = declared_by(self.item)
        if declared is not None and declared.faults:  # these come behind the plan's
            return self._whole(task, plan)
        return self._starts.done(task, plan)

    def _whole(self, task: Task, plan: Plan) -> Outcome:
        """Do a task with a run from the beginning."""
        limit = options.isolation_limit(self.config)
        if limit is None:
            return task(self.run, plan)
        load_simulator()
        try:
            [(outcome, control)] = forked(lambda tell: self._within(task, plan, tell), limit)
        except Died as problem:
            why = f"the run: {problem}"
            return Outcome(plan=plan, status="unknown", invariant="run", evidence="process died", why=why)
        self._controls.keep(plan.seed, control)
        return outcome  # type: ignore[no-any-return]

    def _within(self, task: Task, plan: Plan, tell: Tell) -> None:
        namespace.enter_if_possible()
        known = self._controls.get(plan.seed)
        outcome = task(self.run, plan)
        control = self._controls.get(plan.seed)
        tell((outcome, None if control is known else control))

    def close(self) -> None:
        """Tear down what is still set up."""
        self._breakpoints.close()
        self._starts.close()
        self.session._setupstate.teardown_exact(None)
        self.config._ensure_unconfigure()

    def _attempt(self, run: Run) -> BaseException | None:
        """Set up, run and tear down once. Gives the first error.

        Plain asserts are worded as pytest words them, also where no test run of pytest's own is around this.
        """
        with contextmanager(worded)(self.item):
            return self._attempted(run)

    def _attempted(self, run: Run) -> BaseException | None:
        item, hook = self.item, self.item.ihook
        start_afresh(item)
        run.history = None
        self._breakpoints.first = None
        reraise = (KeyboardInterrupt,)
        set_up = pytest.CallInfo.from_call(lambda: hook.pytest_runtest_setup(item=item), "setup", reraise)
        hook.pytest_runtest_makereport(item=item, call=set_up)  # fixtures may ask how it went: tmp_path does
        errors = [_error(set_up)]
        if set_up.excinfo is None:
            call = pytest.CallInfo.from_call(lambda: hook.pytest_runtest_call(item=item), "call", reraise)
            hook.pytest_runtest_makereport(item=item, call=call)
            errors.append(_error(call))
        run.can_repeat = False
        torn_down = pytest.CallInfo.from_call(
            lambda: hook.pytest_runtest_teardown(item=item, nextitem=item.parent), "teardown", reraise
        )
        errors.append(_error(torn_down))
        item._request = False  # type: ignore[attr-defined]
        item.funcargs = None  # type: ignore[attr-defined]
        return self._breakpoints.first or next((error for error in errors if error is not None), None)


def _silence(config: pytest.Config) -> None:
    """The session that a run is in is not to be seen, where the process has a terminal."""
    config.get_terminal_writer()._file = io.StringIO()


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
    raise NoSuchTest(f"{node_id}: this test was not collected here")


def _error(info: pytest.CallInfo[Any]) -> BaseException | None:
    return None if info.excinfo is None else info.excinfo.value
