"""A delivery that takes long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.places import OnHop
from harness.faults.points import Candidate, HopPoint, Point, past
from harness.faults.sites import Hop
from harness.plan import PlanError, kind

LATE_SECONDS = 60.0


@kind("delay_hop")
@dataclass(frozen=True)
class DelayHop(OnHop):
    """A delivery arrives `seconds` later.

    No service promises how fast it delivers; standard topics and queues order as well as they can:
    https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    Finds code that expects one path to be faster than another, and deadlines without a margin.

    >>> chaos.inject(faults.delay_hop("Orders", "BillingQueue", seconds=30))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> cloud.elapsed > 30
    True
    """

    _: KW_ONLY
    seconds: float

    amounts: ClassVar[tuple[str, ...]] = ("seconds",)

    def check(self) -> None:
        super().check()
        if self.seconds <= 0:
            raise PlanError(f"seconds={self.seconds}: must be more than 0")

    def decide(self, hop: Hop) -> Decision:
        return Decision.delay(self.seconds)

    def why_not(self, ends: Ends) -> str:
        return ""

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, HopPoint):
            return
        label, seconds = "delay_hop", LATE_SECONDS
        if point.lapses_after is not None:
            label, seconds = "delay_hop past visibility", past(point.lapses_after)
        yield Candidate(label, cls(point.source, point.target, seconds=seconds, nth=point.number))
