"""The bugs of this folder: each is an app with one bug, its fixed twin, and a scenario for both."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import harness
from harness.expectations import Broken, Unknown
from harness.explore import Outcome, hits_of
from harness.faults import Plan

HERE = Path(__file__).parent

Twin = Literal["broken", "fixed"]
TWINS: tuple[Twin, ...] = ("broken", "fixed")


@dataclass(frozen=True)
class Bug:
    """One folder. `breaks`: the invariant, or the words of the assertion, that the broken twin violates under
    `shown_by`, the smallest plan that shows it. `page`: what AWS says about it."""

    name: str
    scenario: Callable[[Any], None]
    shown_by: Plan
    breaks: str
    page: str

    def template(self, twin: Twin) -> Path:
        """Where one of the twins is described."""
        return HERE / self.name / twin / "template.yaml"


def bugs() -> list[Bug]:
    """All of them, by name."""
    return [_load(file) for file in sorted(HERE.glob("*/scenario.py"))]


def run(bug: Bug, twin: Twin, plan: Plan) -> Outcome:
    """Run the scenario on one of the twins, in a simulator of its own."""
    with harness.Simulator(plan=plan) as cloud:
        app = cloud.deploy(bug.template(twin))
        found = _judged(bug, app)
        history = cloud.history()
        hits = hits_of(history, plan)
        if found["status"] == "recovered" and None in hits:
            found = {"status": "not reached", "why": f"never acted: {cloud.active_plan.unfired()}"}
        return Outcome(plan=plan, hits=hits, history=history, **found)


def _judged(bug: Bug, app: Any) -> dict[str, Any]:
    try:
        bug.scenario(app)
    except (Broken, Unknown) as problem:
        verdict = problem.verdict
        if verdict is None:
            raise
        found = {"status": verdict.value, "invariant": verdict.invariant, "evidence": verdict.kind}
        return {**found, "why": str(problem), "concerned": tuple(copy.origin for copy in verdict.copies)}
    except AssertionError as problem:
        return {"status": "broken", "invariant": str(problem), "evidence": "assertion", "why": str(problem)}
    return {"status": "recovered"}


def _load(file: Path) -> Bug:
    name = file.parent.name
    spec = importlib.util.spec_from_file_location(f"corpus_{name}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (module.__doc__ or "").split()[-1]
    return Bug(name, module.scenario, Plan(faults=tuple(module.SHOWN_BY)), module.BREAKS, page)
