"""Makes a kept failing run again, and says whether it is the same, event by event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.explore import tasks
from harness.explore.engine import Processes
from harness.explore.explain import explain
from harness.explore.kept import Kept, read
from harness.explore.outcome import Outcome
from harness.plan import Plan
from harness.plugin.explored import ItemRun


@dataclass(frozen=True)
class Replayed:
    """A run that was made again. `same`: its history is the one that was kept, byte for byte."""

    kept: Kept
    outcome: Outcome
    control: Outcome
    same: bool

    def lines(self) -> Iterator[str]:
        """The lines that tell about it."""
        outcome = self.outcome
        told = explain(outcome, self.control.history)
        yield f"{self.kept.scenario}: {outcome.status}"
        yield from outcome.why.splitlines()
        yield f"plan: {outcome.plan.to_json()}"
        yield from told.timeline
        if told.parts:
            yield "the first step that differs from the control run:"
            yield from (f"  {line}" for line in told.parts)
        if not self.kept.history:
            yield "whether it is the same run isn't known: the campaign that found it was interrupted"
        elif self.same:
            yield f"the same run as was kept, event by event (sha256 {told.history[:16]}…)"
        else:
            yield "not the run that was kept: the app, the scenario, or a package they use has changed"

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        told = explain(self.outcome, self.control.history)
        return {
            "scenario": self.kept.scenario,
            "status": self.outcome.status,
            "why": self.outcome.why,
            "plan": self.outcome.plan.to_data(),
            "timeline": list(told.timeline),
            "parts": list(told.parts),
            "same": self.same if self.kept.history else None,
        }


def replay(file: Path) -> Replayed:
    """Make the run again that is kept in this file. Raises `KeptError` if there is none."""
    kept = read(file)
    folder = _root_of(file.resolve())
    run = ItemRun(kept.scenario, kept.options, str(folder))
    engine = Processes(1)
    try:
        plans = [kept.plan, Plan(kept.plan.seed)]
        outcome, control = engine.each(tasks.with_history, run, plans)
    finally:
        engine.close()
    history = outcome.history
    return Replayed(kept, outcome, control, history is not None and history.hash() == kept.history)


def _root_of(file: Path) -> Path:
    """The root of the test run: the folder that holds `.harness`, where the file is kept."""
    parents = [parent for parent in file.parents if parent.name == ".harness"]
    return parents[0].parent if parents else Path.cwd()
