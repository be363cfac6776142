"""A clock that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import PlanError, kind

SKEW_SECONDS = 300.0
"""More than machines that are kept together ever disagree."""


@kind("clock_skew")
@dataclass(frozen=True)
class ClockSkew(OnInvocation):
    """The function's clock is off by `seconds` in every invocation; a negative number is slow.

    Amazon Time Sync keeps clocks together, but two machines never agree fully:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html
    It acts in an invocation whose handler reads the clock. Finds ordering by the writer's clock, expiry and
    deduplication by time of day, and signed links that are not valid yet.

    >>> chaos.inject(faults.clock_skew("Billing", seconds=-86_400))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> from datetime import UTC, datetime
    >>> app.table("Ledger").get(order="o-1")["billed_at"] < datetime.now(UTC).isoformat()[:10]
    True
    """

    _: KW_ONLY
    seconds: float
    times: int | None = None

    amounts: ClassVar[tuple[str, ...]] = ("seconds",)
    acts_where: ClassVar[str] = "the handler looks at the clock"

    def check(self) -> None:
        super().check()
        if self.seconds == 0:
            raise PlanError("seconds=0: the clock would be right")

    @property
    def passes(self) -> bool:
        """It passes: a clock that is wrong keeps nothing from being handled."""
        return True

    def decide(self, invocation: Invocation) -> Decision:
        return Decision.skew(self.seconds)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, InvocationPoint) or not point.is_beginning:
            return
        for label, seconds in (("clock_skew ahead", SKEW_SECONDS), ("clock_skew behind", -SKEW_SECONDS)):
            yield Candidate(label, cls(point.function, seconds=seconds, nth=point.number, times=1))
