"""An environment that dies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import KillHow
from harness.faults.moments import AtMoment
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.plan import kind


@kind("crash")
@dataclass(frozen=True)
class Crash(AtMoment):
    """The process dies during an invocation, as from a signal or `os._exit`.

    `when`: "before" the handler runs, or "after" all its work, but before Lambda learns of the result.
    `after_call`: after the nth API call, so between two side effects. The environment is gone, the next
    invocation is cold. Lambda reports Runtime.ExitError:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    Finds handlers that leave half of their work behind, or acknowledge it before it is done.

    >>> chaos.inject(faults.crash("Billing", after_call=1))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['crash', 'ok']
    """

    how: ClassVar[KillHow] = "crash"

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, InvocationPoint):
            return
        if point.after_call is not None:
            label = f"crash after call {point.after_call}, {point.call}"
            yield Candidate(label, cls(point.function, after_call=point.after_call, nth=point.number))
            return
        if point.is_beginning:
            yield Candidate("crash before", cls(point.function, "before", nth=point.number))
        yield from super().candidates(point)
