"""An execution that somebody stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.moments import Moment
from harness.faults.places import OnState
from harness.faults.points import Candidate, Point, StatePoint
from harness.faults.sites import StateEntry
from harness.plan import kind


@kind("stop_execution")
@dataclass(frozen=True)
class StopExecution(OnState):
    """A standard execution is stopped "before" a state does its work, or "after" it (`when`).

    Somebody calls StopExecution, or presses the button in the console: no catcher sees it, running calls
    go on, and the execution is ABORTED until somebody redrives it:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    Finds work that is left half done, because only catchers undo it.

    >>> faults.Plan(faults=(faults.stop_execution("Saga", "Charge", when="after"),)).to_data()["faults"]
    [{'kind': 'stop_execution', 'machine': 'Saga', 'state': 'Charge', 'when': 'after'}]
    """

    _: KW_ONLY
    when: Moment = "before"

    leaves_undone: ClassVar[bool] = True
    acts_where: ClassVar[str] = "the execution is a standard one, and the state gets that far"

    @property
    def passes(self) -> bool:
        """It stays stopped: its message is a dead letter."""
        return False

    def decide(self, entry: StateEntry) -> Decision:
        if not entry.stoppable:
            return Decision.passed()
        return Decision.kill("stop", after_call=0 if self.when == "before" else None)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        """After each state, which is before the next one; before the first, too."""
        if not isinstance(point, StatePoint) or not point.stoppable:
            return
        if point.is_first:
            yield Candidate("stop_execution at its start", cls(point.machine, point.state, nth=point.number))
        yield Candidate("stop_execution", cls(point.machine, point.state, when="after", nth=point.number))
