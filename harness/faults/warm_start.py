"""An environment that is kept for longer than usual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import kind


@kind("warm_start")
@dataclass(frozen=True)
class WarmStart(OnInvocation):
    """The environment of an earlier invocation runs this one, however long it has been idle.

    Lambda doesn't say when an environment ends:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    Finds globals that have become stale: an expired token, old settings, the date of the import.

    >>> chaos.inject(faults.warm_start("Billing", nth=2))
    >>> for order in ("o-1", "o-2"):
    ...     _ = app.topic("Orders").publish({"order": order, "total": 42})
    ...     app.advance(seconds=3600)
    >>> [fault.data["kind"] for fault in app.history().of("fault")]
    ['warm_start']
    """

    acts_where: ClassVar[str] = "the environment of an earlier invocation is left, and too old to be used"

    def decide(self, invocation: Invocation) -> Decision:
        return Decision.environment("kept")

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.is_beginning and point.replaced:
            yield Candidate("warm_start", cls(point.function, nth=point.number))
