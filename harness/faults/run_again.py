"""An express execution that runs twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnExecution
from harness.faults.points import Candidate, ExecutionPoint, Point
from harness.faults.sites import MachineRun
from harness.plan import PlanError, kind


@kind("run_again")
@dataclass(frozen=True)
class RunAgain(OnExecution):
    """An asynchronous express execution runs once more, `after_start_seconds` after its start.

    Asynchronous express workflows run at least once; standard and synchronous ones run once:
    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    Finds state machines whose steps aren't idempotent.

    >>> faults.Plan(faults=(faults.run_again("Checkout"),)).to_data()["faults"]
    [{'kind': 'run_again', 'machine': 'Checkout'}]
    """

    _: KW_ONLY
    after_start_seconds: float = 0.0

    amounts: ClassVar[tuple[str, ...]] = ("after_start_seconds",)
    acts_where: ClassVar[str] = "the second run begins"

    def check(self) -> None:
        super().check()
        if self.after_start_seconds < 0:
            raise PlanError(f"after_start_seconds={self.after_start_seconds}: 0 or more")

    def decide(self, execution: MachineRun) -> Decision:
        if not execution.repeatable:
            return Decision.passed()
        return Decision.copies(2, apart_seconds=self.after_start_seconds)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, ExecutionPoint) and point.repeatable:
            yield Candidate("run_again", cls(point.machine, nth=point.number))
