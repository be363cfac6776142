"""A delivery that succeeds, and whose acknowledgement never arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnHop
from harness.faults.points import Candidate, HopPoint, Point
from harness.faults.sites import Hop
from harness.plan import kind


@kind("ack_lost")
@dataclass(frozen=True)
class AckLost(OnHop):
    """The delivery arrives and its work is done, but the sender doesn't learn of it and delivers again.

    From a queue to a function: the handler succeeded, but the message was not deleted and comes back
    after the visibility timeout:
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    Finds the classic bug of decoupled apps: effects that happen twice.

    >>> chaos.inject(faults.ack_lost("BillingQueue", "Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['ok', 'ok']
    """

    acts_where: ClassVar[str] = "the delivery succeeds"

    def decide(self, hop: Hop) -> Decision:
        return Decision.lose_answer()

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, HopPoint):
            yield Candidate("ack_lost", cls(point.source, point.target, nth=point.number))
