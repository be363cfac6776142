"""Deliveries that overtake one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.places import OnHop
from harness.faults.points import Candidate, Point, RoutePoint
from harness.faults.sites import Hop
from harness.plan import PlanError, kind


@kind("reorder")
@dataclass(frozen=True)
class Reorder(OnHop):
    """Each delivery is delayed by 0 to `within_seconds`, by the run's seed, so that later ones overtake it.

    Standard queues order as well as they can, and may deliver in any order:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
    FIFO queues and topics refuse it: AWS keeps their order. Finds "last write wins"
    with an old write last, and updates that arrive before the thing they update.

    >>> chaos.inject(faults.reorder("Orders", "BillingQueue", within_seconds=60))
    >>> for number in range(3):
    ...     _ = app.topic("Orders").publish({"order": f"o-{number}", "total": 42})
    >>> app.settle()
    True
    >>> cloud.elapsed > 1
    True
    """

    _: KW_ONLY
    within_seconds: float = 5.0
    times: int | None = None

    amounts: ClassVar[tuple[str, ...]] = ("within_seconds",)
    acts_where: ClassVar[str] = "a later delivery overtakes it"

    def check(self) -> None:
        super().check()
        if self.within_seconds <= 0:
            raise PlanError(f"within_seconds={self.within_seconds}: must be more than 0")

    @property
    def passes(self) -> bool:
        """It passes: a delivery that is held up arrives."""
        return True

    def decide(self, hop: Hop) -> Decision:
        return Decision.delay(0.0, spread_seconds=self.within_seconds)

    def why_not(self, ends: Ends) -> str:
        if ends.source_fifo or ends.target_fifo:
            return (
                "FIFO queues and topics keep their order; delay_hop holds up a delivery and those behind it"
            )
        return ""

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, RoutePoint) and point.gap_seconds < cls.within_seconds:
            yield Candidate("reorder", cls(point.source, point.target))
