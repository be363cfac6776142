"""An environment that is lost between two invocations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import kind


@kind("cold_start")
@dataclass(frozen=True)
class ColdStart(OnInvocation):
    """A new environment runs the invocation although a warm one is idle: the warm one is gone.

    With `beside` the warm one stays and runs the next invocation. Lambda ends environments at any time,
    even busy ones, and starts more for simultaneous invocations:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    Finds globals that must outlive an invocation: a list of handled messages, a counter, an unfinished
    batch; with `beside` a cache that another environment has made stale.

    >>> chaos.inject(faults.cold_start("Billing", nth=2))
    >>> for order in ("o-1", "o-2"):
    ...     _ = app.topic("Orders").publish({"order": order, "total": 42})
    ...     _ = app.settle()
    >>> [fault.data["kind"] for fault in app.history().of("fault")]
    ['cold_start']
    """

    _: KW_ONLY
    beside: bool = False

    acts_where: ClassVar[str] = "an environment is warm"

    def decide(self, invocation: Invocation) -> Decision:
        return Decision.environment("beside" if self.beside else "new")

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.is_beginning and point.warm:
            once = cls(point.function, nth=point.number)
            yield Candidate("cold_start", once)
            yield Candidate("cold_start beside", replace(once, beside=True))
