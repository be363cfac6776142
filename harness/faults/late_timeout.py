"""An invocation whose time runs out, and that goes on for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from harness.faults.decision import Decision, KillHow
from harness.faults.moments import AtMoment
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import PlanError, kind

OVERRUN_SECONDS = 0.7
"""A function with a timeout of 300 s was seen to be ended after 300.68 s."""


@kind("late_timeout")
@dataclass(frozen=True)
class LateTimeout(AtMoment):
    """The function hangs until its time has run out, as by `time_out`, and Lambda ends it only
    `overrun_seconds` later: until then its code goes on, with no time remaining.

    When: as for `crash`. The result is Sandbox.Timedout, whatever the code still does. It was seen on AWS:
    https://github.com/aws-powertools/powertools-lambda-python/issues/4759
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    Finds code that takes a remaining time of 0 for an unknown one, and locks or records that should
    expire with the invocation but are written after its end.

    >>> chaos.inject(faults.late_timeout("Billing", after_call=1))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['timeout', 'ok']
    """

    _: KW_ONLY
    overrun_seconds: float = OVERRUN_SECONDS

    how: ClassVar[KillHow] = "timeout"

    def check(self) -> None:
        super().check()
        if self.overrun_seconds <= 0:
            raise PlanError(
                f"overrun_seconds={self.overrun_seconds}: must be more than 0; else it is a time_out"
            )

    def decide(self, invocation: Invocation) -> Decision:
        return replace(super().decide(invocation), seconds=self.overrun_seconds)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.after_call is not None:
            label = f"late_timeout after call {point.after_call}, {point.call}"
            yield Candidate(label, cls(point.function, after_call=point.after_call, nth=point.number))
