"""A request that is applied, and whose answer never arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.faults.decision import Decision
from harness.faults.places import OnTries
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.plan import kind


@kind("answer_lost")
@dataclass(frozen=True)
class AnswerLost(OnTries):
    """The call is applied, then the connection breaks: the caller doesn't learn of it.

    The SDK tries again, so the same request arrives twice:
    https://aws.amazon.com/builders-library/making-retries-safe-with-idempotent-APIs/
    Finds writes that aren't idempotent, messages sent twice without a deduplication id, and conditional
    writes whose own first try makes the second one fail. With `outlasting_retries` every answer is lost
    and the code sees an exception for work that was done.

    >>> chaos.inject(faults.answer_lost("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [a.data["error"] for a in app.history().of("answer") if "PutItem Ledger" in a.subject]
    [None, 'ConditionalCheckFailedException']
    """

    def decide(self, call: Call) -> Decision:
        return Decision.lose_answer()

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        """Of the test's own calls, too: it stands for a client whose SDK sends once more."""
        if not isinstance(point, CallPoint) or not point.writes:
            return
        yield Candidate("answer_lost", cls._at(point))
        if not point.by_test and not point.repeated:
            yield Candidate("answer_lost for good", cls._at_all_tries(point))
