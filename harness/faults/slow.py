"""A call that takes long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnCall
from harness.faults.points import MARGIN_SECONDS, CallPoint, Candidate, Point, past
from harness.faults.sites import Call
from harness.plan import PlanError, kind

LONG_SECONDS = 5.0
"""Longer than delays that are to give something time, shorter than most functions may run."""


@kind("slow")
@dataclass(frozen=True)
class Slow(OnCall):
    """The call takes `seconds` longer, and then succeeds.

    A client whose `read_timeout` is shorter gives up and asks again; each request takes effect.
    Meanwhile a message becomes visible again, or the time of a function, a state or an execution runs out:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
    Finds visibility timeouts shorter than the work, and deliveries that overtake one another.

    >>> chaos.inject(faults.slow("dynamodb:PutItem", 5, resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> cloud.elapsed > 5
    True
    """

    seconds: float

    amounts: ClassVar[tuple[str, ...]] = ("seconds",)

    def check(self) -> None:
        super().check()
        if self.seconds <= 0:
            raise PlanError(f"seconds={self.seconds}: must be more than 0")

    def decide(self, call: Call) -> Decision:
        return Decision.delay(self.seconds)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, CallPoint) or point.by_test:
            return
        yield Candidate("slow", cls._at(point, seconds=MARGIN_SECONDS))
        if point.writes:
            yield Candidate("slow long", cls._at(point, seconds=LONG_SECONDS))
        if point.waited_for is not None:
            yield Candidate(
                "slow past the workflow's timeout", cls._at(point, seconds=past(point.waited_for))
            )
        if point.lapses_after is not None:
            yield Candidate("slow past visibility", cls._at(point, seconds=past(point.lapses_after)))
        if point.time_left is not None and point.time_left > 2 * MARGIN_SECONDS:
            nearly = round(point.time_left - MARGIN_SECONDS, 3)
            yield Candidate("slow up to the timeout", cls._at(point, seconds=nearly))
