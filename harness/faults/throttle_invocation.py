"""A function without a free environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.faults.decision import Decision
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import kind


@kind("throttle_invocation")
@dataclass(frozen=True)
class ThrottleInvocation(OnInvocation):
    """Lambda has no concurrency left for the function: it refuses the invocation before it begins.

    A synchronous caller sees TooManyRequestsException, an asynchronous event is retried for up to
    six hours, a message from a queue comes back with its receive counted:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
    Finds maxReceiveCounts so small that a burst alone fills the dead-letter queue.

    >>> chaos.inject(faults.throttle_invocation("Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['throttled', 'ok']
    """

    def decide(self, invocation: Invocation) -> Decision:
        return Decision.kill("throttle", after_call=0)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.is_beginning:
            yield Candidate("throttle_invocation", cls(point.function, nth=point.number))
