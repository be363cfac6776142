"""A service that is down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.places import OnService
from harness.faults.points import Candidate, Point, ServicePoint
from harness.faults.sites import TEST, Call, Hop
from harness.plan import PlanError, kind

OUTAGE_SECONDS = 120.0
JUST_BEFORE_SECONDS = 0.001


@kind("outage")
@dataclass(frozen=True)
class Outage(OnService):
    """A service is down, or its part in one `region`, or one `resource` of it: from `after_seconds` on,
    `for_seconds` long (None: to the end).

    Calls are answered with 503 ServiceUnavailable; deliveries from and to it fail and are tried again:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    Outages are part of every design: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/
    The test's own calls pass, unless `actor` is "test": its reads and its clean-up are no part of the app.
    Finds retries that give up too early, dead-letter queues that fill for no reason, and paths that
    stop although they don't need the service.

    >>> chaos.inject(faults.outage("dynamodb", resource="Ledger", for_seconds=120))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> cloud.elapsed > 120
    True
    >>> len(app.table("Ledger").rows())
    1
    """

    _: KW_ONLY
    for_seconds: float | None = None
    actor: str | None = None

    amounts: ClassVar[tuple[str, ...]] = ("for_seconds",)

    @property
    def ends_at(self) -> float | None:
        """The end of its window; None: never."""
        return None if self.for_seconds is None else self.after_seconds + self.for_seconds

    def check(self) -> None:
        super().check()
        if self.for_seconds is not None and self.for_seconds <= 0:
            raise PlanError(
                f"for_seconds={self.for_seconds}: must be more than 0, or None for an outage without end"
            )

    def decide(self, site: Call | Hop) -> Decision:
        if isinstance(site, Call) and site.actor == TEST and self.actor != TEST:
            return Decision.passed()
        words = errors.unavailable()
        return Decision.refuse(words.code, words.message, status=words.status)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, ServicePoint):
            begins = max(round(point.at - JUST_BEFORE_SECONDS, 3), 0.0)
            outage = cls(point.service, point.resource, after_seconds=begins, for_seconds=OUTAGE_SECONDS)
            yield Candidate("outage", outage)
