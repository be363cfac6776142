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

from harness.explore.outcome import Outcome
from harness.history import History
from harness.plan import Plan
from harness.plugin.judged import judged
from harness.plugin.runs import ControlNeeded
from harness.sim.simulator import Simulator

_controls: dict[tuple[ScriptRun, int], History] = {}


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
        key = self, plan.seed
        history, error = self._run(plan, _controls.get(key))
        if isinstance(error, ControlNeeded):
            _controls.clear()
            _controls[key] = self._run(Plan(plan.seed), None, is_control=True)[0]
            history, error = self._run(plan, _controls[key])
        return judged(plan, history, error)

    def _run(
        self, plan: Plan, control: History | None, is_control: bool = False
    ) -> tuple[History, BaseException | None]:
        scenario = _function(self.script, self.function)
        cloud = _Cloud(seed=plan.seed, plan=plan)
        cloud.control, cloud.is_control_run = control, is_control
        with cloud:
            try:
                scenario(cloud.deploy(self.template))
            except (Exception, ControlNeeded) as error:
                return cloud.history(), error
            return cloud.history(), None


class _Cloud(Simulator):
    """The simulator, with a control run to compare with."""

    control: History | None = None
    is_control_run = False
    can_have_control = True

    def control_history(self) -> History:
        """The control run's history. Ends the run if there is none yet."""
        if self.control is None:
            raise ControlNeeded("it is run once without faults, and then again")
        return self.control


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
