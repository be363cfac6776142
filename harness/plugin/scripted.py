"""Runs a function of an app under a plan, on the simulator and without pytest.

This is what a campaign takes where there is no test: a template, and a script with `def scenario(app)` that
does the work, settles and says what must hold.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.explore.engine import Task
from harness.explore.outcome import Outcome
from harness.history import History
from harness.plan import Plan
from harness.plugin.clouds import SimulatorUnderTest
from harness.plugin.judged import judged
from harness.plugin.runs import ControlNeeded, Controls, Run, with_control
from harness.plugin.snapshots import PlanToCome, Starts

_controls: dict[ScriptRun, Controls] = {}
_starts: dict[ScriptRun, Starts] = {}


@dataclass(frozen=True)
class ScriptRun:
    """`run(plan)` of a function in a Python file, which gets the deployed app.

    Raises `FileNotFoundError` if there is no such file, `LookupError` if it has no such function.

    >>> from harness.explore import campaign
    >>> found = campaign(ScriptRun("app/template.yaml", "app/scenario.py"))  # doctest: +SKIP
    """

    template: str
    script: str
    function: str = "scenario"

    def __post_init__(self) -> None:
        if not Path(self.script).is_file():
            raise FileNotFoundError(f"{self.script}: no such Python file")
        _function(self.script, self.function)

    def __call__(self, plan: Plan) -> Outcome:
        """Deploy the app, run the function under the plan, and judge it."""
        return self._made(plan)

    def within(self, task: Task, plan: Plan) -> Outcome:
        """Do a task with it; in a worker, starting at a snapshot where that is faster."""
        if self not in _starts:
            _starts[self] = Starts(self.at_snapshot, self.whole)
        return _starts[self].done(task, plan)

    def whole(self, task: Task, plan: Plan) -> Outcome:
        """Do a task with a run from the beginning, in this process."""
        return task(self, plan)

    def at_snapshot(self, to_come: PlanToCome) -> Outcome:
        """The same run, under a plan that comes."""
        return self._made(Plan(to_come.requested.seed), to_come)

    def _made(self, plan: Plan, to_come: PlanToCome | None = None) -> Outcome:
        controls = _controls.setdefault(self, Controls())
        run = Run(plan=plan, control=controls.get(plan.seed), name=self.script, to_come=to_come)
        error = with_control(run, lambda: self._attempt(run, Plan(plan.seed) if run.is_control else plan))
        controls.keep(plan.seed, run.control)
        judged_by = plan if to_come is None else to_come.requested
        return judged(judged_by, run.history or History(()), error)

    def _attempt(self, run: Run, plan: Plan) -> BaseException | None:
        """Run the function once. Gives the error that ended it."""
        scenario = _function(self.script, self.function)
        cloud = SimulatorUnderTest(seed=plan.seed, plan=plan)
        cloud.prepare(run, (), "")
        with cloud:
            error: BaseException | None = None
            try:
                scenario(cloud.deploy(self.template))
            except (Exception, ControlNeeded) as problem:
                error = problem
            run.keep(cloud.history())
        return error


@cache
def _function(script: str, name: str) -> Callable[..., Any]:
    file = Path(script)
    spec = importlib.util.spec_from_file_location(f"harness_script_{file.parent.name}_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{script}: no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] | None = getattr(module, name, None)
    if not callable(function):
        raise LookupError(f"{script}: has no function {name!r}; define it: def {name}(app): …")
    return function
