"""A delivery that the target doesn't take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace

from harness.aws import Role
from harness.faults.decision import Decision
from harness.faults.ends import Ends
from harness.faults.places import OnHop
from harness.faults.points import Candidate, HopPoint, Point
from harness.faults.sites import Hop
from harness.plan import PlanError, kind


@kind("refuse_hop")
@dataclass(frozen=True)
class RefuseHop(OnHop):
    """The delivery fails with `code`; nothing arrives.

    `retryable`: a failure on the server's side (ServiceUnavailable), which the sender tries again by its
    schedule. Otherwise (AccessDenied) the message goes straight to the sender's dead-letter queue, or is lost
    without one:
    https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    Finds dead-letter queues that are missing, lack a permission, or are never emptied.

    >>> chaos.inject(faults.refuse_hop("Orders", "BillingQueue"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [hop.data["attempt"] for hop in app.history().of("hop") if hop.subject == "Orders → BillingQueue"]
    [1, 2]
    """

    _: KW_ONLY
    retryable: bool = True
    code: str | None = None

    def check(self) -> None:
        super().check()
        if self.code == "":
            raise PlanError('code="": the name of an error, as in "ServiceUnavailable"')

    @property
    def passes(self) -> bool:
        """Refused for good, it stays."""
        return self.retryable and super().passes

    def decide(self, hop: Hop) -> Decision:
        usual, status = ("ServiceUnavailable", 503) if self.retryable else ("AccessDenied", 403)
        message = f"{hop.target} did not take the delivery"
        return Decision.refuse(self.code or usual, message, status=status, retryable=self.retryable)

    def why_not(self, ends: Ends) -> str:
        comes_back = ends.source is Role.HOLDS and not ends.from_events
        if comes_back and not self.retryable and not ends.within:
            return "a message comes back to its queue whatever the error; leave out retryable=False"
        if ends.inner and not self.retryable:
            return "a service fails to reach a part of itself for a while only; leave out retryable=False"
        return super().why_not(ends)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, HopPoint):
            return
        ends = point.ends
        if ends.source is Role.HOLDS and not ends.from_events:
            return  # to refuse what a queue delivers comes to the same as throttle_invocation
        if ends.tried_once:
            return  # no app can keep what an alarm tells once
        once = cls(point.source, point.target, nth=point.number)
        yield Candidate("refuse_hop", once)
        if ends.source is Role.FANS_OUT and (ends.keeps_failures or ends.source_fifo):
            # what reads a stream tries again whatever the error: a pipe's target must refuse each try
            times = once.times if ends.keeps_failures or ends.target is Role.RUNS else None
            yield Candidate("refuse_hop for good", replace(once, retryable=False, times=times))
