"""A service that fails, or answers with any other error it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.places import OnTries
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.plan import kind


@kind("server_error")
@dataclass(frozen=True)
class ServerError(OnTries):
    """The call is answered with an error. Nothing is applied.

    Without `code` it is the service's own internal error, a 5xx that the SDK tries again:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    `code` may be any error that botocore's model of the operation knows, `message` its text. With
    `outlasting_retries` the SDK's retries are used up and the code sees it. Finds `except` clauses that are
    too wide or too narrow.

    >>> chaos.inject(faults.server_error("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [a.data["error"] for a in app.history().of("answer") if "PutItem Ledger" in a.subject]
    ['InternalServerError', None]
    """

    code: str | None = None
    _: KW_ONLY
    message: str = ""

    def check(self) -> None:
        super().check()
        if self.code is not None:
            errors.check_code(self.operation, self.code)

    def decide(self, call: Call) -> Decision:
        words = errors.failing(call.operation)
        if self.code is not None and self.code != words.code:
            words = errors.named(call.operation, self.code)
        return Decision.refuse(words.code, self.message or words.message, status=words.status)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, CallPoint) and not (point.by_test or point.repeated):
            yield Candidate("server_error", cls._at_all_tries(point))
