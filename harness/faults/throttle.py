"""Too many requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.places import OnTries
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.plan import kind


@kind("throttle")
@dataclass(frozen=True)
class Throttle(OnTries):
    """The service refuses the request: there are too many. Nothing is applied.

    Each service has its own error for it, see "Error handling" of DynamoDB:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    `code` chooses another one, such as ThrottlingException. The SDK backs off and tries again; with
    `outlasting_retries` its retries are used up and the code sees the error. Finds handlers that swallow it,
    time-outs too short for the back-off, and whole batches redone for one throttled entry.

    >>> chaos.inject(faults.throttle("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [a.data["error"] for a in app.history().of("answer") if "PutItem Ledger" in a.subject]
    ['ProvisionedThroughputExceededException', None]
    """

    _: KW_ONLY
    code: str | None = None

    def check(self) -> None:
        super().check()
        if self.code is not None:
            errors.check_code(self.operation, self.code)

    def decide(self, call: Call) -> Decision:
        words = errors.throttling(call.operation)
        if self.code is not None and self.code != words.code:
            words = errors.named(call.operation, self.code)
        return Decision.refuse(words.code, words.message or "Rate exceeded", status=words.status)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, CallPoint) and not (point.by_test or point.repeated):
            yield Candidate("throttle", cls._at_all_tries(point))
