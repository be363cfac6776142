"""An environment that can't start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.faults.decision import Decision
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import kind


@kind("init_failure")
@dataclass(frozen=True)
class InitFailure(OnInvocation):
    """The function's environment fails to start: the module of the handler can't be imported, or exits.

    A new environment replaces a warm one and fails; the handler doesn't run. Lambda starts
    afresh with the next invocation:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    Finds work that depends on module-level state, and messages lost to a bad release.

    >>> chaos.inject(faults.init_failure("Billing"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['init-error', 'ok']
    """

    def decide(self, invocation: Invocation) -> Decision:
        return Decision.kill("init-failure", after_call=0)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.is_beginning:
            yield Candidate("init_failure", cls(point.function, nth=point.number))
