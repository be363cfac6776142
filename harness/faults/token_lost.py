"""A task token that never comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.decision import Decision
from harness.faults.places import OnState
from harness.faults.points import Candidate, Point, StatePoint
from harness.faults.sites import StateEntry
from harness.plan import kind


@kind("token_lost")
@dataclass(frozen=True)
class TokenLost(OnState):
    """The holder of a state's task token is gone: no answer with it reaches the execution.

    A sender gets no error, because in reality there would be none. The state waits for its timeout or
    heartbeat; without both it waits for a year:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
    Finds tasks without `TimeoutSeconds`, and tasks that are never tried again.

    >>> faults.Plan(faults=(faults.token_lost("Onboarding", "Ask"),)).to_data()["faults"]
    [{'kind': 'token_lost', 'machine': 'Onboarding', 'state': 'Ask'}]
    """

    acts_where: ClassVar[str] = "the state waits for a token, which is sent back"

    def decide(self, entry: StateEntry) -> Decision:
        return Decision.lose_request() if entry.waits_for_token else Decision.passed()

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, StatePoint) and point.waits_for_token:
            yield Candidate("token_lost", cls(point.machine, point.state, nth=point.number))
