"""A cloud under the plan of its run."""

from __future__ import annotations

from contextlib import AbstractContextManager

from harness.faults import doors
from harness.faults.active import ActivePlan
from harness.history import History, Recorder
from harness.plan import Plan


class UnderPlan:
    """A base of clouds: their plan is at work, and their history tells it."""

    seed: int
    recorder: Recorder
    active_plan: ActivePlan

    def deploying(self) -> AbstractContextManager[None]:
        """An app is deployed inside: of the faults only those hit it that are meant for that."""
        return doors.deploying(self.recorder, self.active_plan)

    def history(self) -> History:
        """The history so far. Its header holds the plan, faults injected on the way included."""
        self.recorder.header["plan"] = Plan(self.seed, tuple(self.active_plan.faults)).to_data()
        return self.recorder.history()
