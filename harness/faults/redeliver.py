"""A delivery that is made more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar, Self

from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.places import OnHop
from harness.faults.points import Candidate, HopPoint, Point
from harness.faults.sites import Hop
from harness.plan import PlanError, kind

PAST_DEDUPLICATION_SECONDS = 660.0
"""SQS and SNS remember deduplication ids for five minutes, DynamoDB the token of a transaction for ten; this
is later."""


COPIES_MAX = 1_000
"""More would fill the memory, and find nothing that so many don't."""


@kind("redeliver")
@dataclass(frozen=True)
class Redeliver(OnHop):
    """A delivery is made again although it succeeded: `copies` more, `apart_seconds` apart.

    Standard queues and topics deliver at least once:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
    Finds handlers that aren't idempotent; with copies far apart, deduplication that forgets too early.

    >>> chaos.inject(faults.redeliver("BillingQueue", "Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['ok', 'ok']
    """

    _: KW_ONLY
    copies: int = 1
    apart_seconds: float = 0.0

    amounts: ClassVar[tuple[str, ...]] = ("copies", "apart_seconds")
    acts_where: ClassVar[str] = "the copy reaches its target"

    def check(self) -> None:
        super().check()
        if self.copies < 1:
            raise PlanError(f"copies={self.copies}: at least 1 more")
        if self.copies > COPIES_MAX:
            raise PlanError(f"copies={self.copies}: at most {COPIES_MAX}")
        if self.apart_seconds < 0:
            raise PlanError(f"apart_seconds={self.apart_seconds}: 0 or more")

    def decide(self, hop: Hop) -> Decision:
        return Decision.copies(1 + self.copies, apart_seconds=self.apart_seconds)

    def why_not(self, ends: Ends) -> str:
        if ends.target_fifo:
            return "a FIFO queue or topic drops copies; redeliver from there to its consumer instead"
        if ends.asked_once:
            return "an API passes a request on once; answer_lost on the request is a client that asks again"
        return super().why_not(ends)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, HopPoint):
            return
        once = cls(point.source, point.target, nth=point.number)
        yield Candidate("redeliver", once)
        if not point.ends.source_fifo:  # which brings nothing again once it is deleted
            late = replace(once, apart_seconds=PAST_DEDUPLICATION_SECONDS)
            yield Candidate("redeliver late", late)

    def milder(self) -> Iterator[Self]:
        if self.copies > 1:
            yield replace(self, copies=1)
        if self.apart_seconds > 1:
            yield replace(self, apart_seconds=round(self.apart_seconds / 2, 3))
