"""Faults that end an invocation at a moment: what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from harness.faults.decision import Decision, KillHow
from harness.faults.places import OnInvocation
from harness.faults.points import Candidate, InvocationPoint, Point
from harness.faults.sites import Invocation
from harness.plan import PlanError

Moment = Literal["before", "after"]


@dataclass(frozen=True)
class AtMoment(OnInvocation):
    """An invocation ends "before" the handler runs, or "after" its work and before Lambda has heard of the
    result (`when`); or else just after its nth API call (`after_call`)."""

    when: Moment = "after"
    _: KW_ONLY
    after_call: int | None = None

    how: ClassVar[KillHow]
    acts_where: ClassVar[str] = "the function gets that far"

    def check(self) -> None:
        super().check()
        if self.after_call is None:
            return
        if self.after_call < 1:
            raise PlanError(
                f'after_call={self.after_call}: the first call is 1; "before" is before the handler runs'
            )
        if self.when == "before":
            raise PlanError(f'when="before" and after_call={self.after_call}: give one of them')

    def decide(self, invocation: Invocation) -> Decision:
        before = 0 if self.when == "before" else None
        return Decision.kill(self.how, after_call=before if self.after_call is None else self.after_call)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, InvocationPoint) and point.after_call is None:
            yield Candidate(cls.kind, cls(point.function, nth=point.number))
