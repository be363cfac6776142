"""A request that never arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.faults.decision import Decision
from harness.faults.places import OnTries
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.plan import kind


@kind("request_lost")
@dataclass(frozen=True)
class RequestLost(OnTries):
    """The connection breaks before the request has arrived: nothing is applied, and the caller can't know.

    The SDK sees a closed connection and tries again on its own:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    With `outlasting_retries` all its tries are lost and the code sees the exception. Finds code that takes a
    connection error for "was not done" or for "was done", and handlers without a retry behind them.

    >>> chaos.inject(faults.request_lost("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [a.data["error"] for a in app.history().of("answer") if "PutItem Ledger" in a.subject]
    ['RequestLost', None]
    """

    def decide(self, call: Call) -> Decision:
        return Decision.lose_request()

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, CallPoint) and not (point.by_test or point.repeated):
            yield Candidate("request_lost", cls._at_all_tries(point))
