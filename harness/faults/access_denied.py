"""A permission that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.faults import errors
from harness.faults.decision import Decision
from harness.faults.places import OnCall
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.plan import kind


@kind("access_denied")
@dataclass(frozen=True)
class AccessDenied(OnCall):
    """The caller lacks the permission, as after a change of a policy. Nothing is applied, no retry helps.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    Finds handlers that retry every error as temporary, and apps that lose the message instead of
    parking it until the permission is back.

    >>> chaos.inject(faults.access_denied("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [run.outcome for run in app.function("Billing").invocations()]
    ['ok', 'ok']
    """

    @property
    def passes(self) -> bool:
        """It stays: permissions don't come back by themselves."""
        return False

    def decide(self, call: Call) -> Decision:
        words = errors.denying(call.operation, call.actor)
        return Decision.refuse(words.code, words.message, status=words.status, retryable=False)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if isinstance(point, CallPoint) and not point.by_test:
            yield Candidate("access_denied", cls._at(point))
