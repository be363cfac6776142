"""Another request that works on the same item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness import aws
from harness.aws.facts import Met, at
from harness.faults.decision import Decision
from harness.faults.places import OnCall
from harness.faults.points import CallPoint, Candidate, Point
from harness.faults.sites import Call
from harness.near import near
from harness.plan import PlanError, kind, like

CONFLICTS = {
    f"{service.name}:{name}": operation.conflict
    for service in aws.services().values()
    for name, operation in service.operations.items()
    if operation.conflict is not None
}
"""Operations that AWS refuses while another request works on the same item, and how."""


@kind("conflict")
@dataclass(frozen=True)
class Conflict(OnCall):
    """Another transaction works on one of the items at that moment. Nothing is applied, and the SDK doesn't
    try again.

    A transaction is cancelled with the reason `TransactionConflict` for one item (of `resource`, if given); a
    single write is answered with TransactionConflictException.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    Finds code that takes every cancelled transaction for an unmet condition, such as a duplicate order.

    >>> chaos.inject(faults.conflict("dynamodb:PutItem", resource="Ledger"))
    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> [a.data["error"] for a in app.history().of("answer") if "PutItem Ledger" in a.subject]
    ['TransactionConflictException', None]
    """

    def check(self) -> None:
        super().check()
        if self.operation not in CONFLICTS:
            raise PlanError(
                f'operation="{self.operation}": no other call conflicts with it'
                f"{near(self.operation, CONFLICTS)}"
            )

    def decide(self, call: Call) -> Decision:
        met = CONFLICTS.get(call.operation)
        if met is None:
            return Decision.passed()
        words = met.words
        if not met.places:
            return Decision.refuse(words.code, words.message, status=words.status)
        places = list(at(met.places, call.params))
        struck = self._struck(call, places)
        codes = [met.reason if number == struck else "None" for number in range(len(places))]
        message = f"{words.message} [{', '.join(codes)}]"
        return Decision.refuse(words.code, message, status=words.status, fields=_reasons(codes, met))

    def _struck(self, call: Call, places: list[str]) -> int:
        """The item concerned: the first that is about the resource. A call names them in their order."""
        names = dict(zip(dict.fromkeys(places), (call.resource, *call.others), strict=False))
        return next((n for n, place in enumerate(places) if like(self.resource, names.get(place))), 0)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        met = CONFLICTS.get(point.operation) if isinstance(point, CallPoint) else None
        if isinstance(point, CallPoint) and met is not None and met.places and not point.by_test:
            yield Candidate("conflict", cls._at(point))


def _reasons(codes: list[str], met: Met) -> dict[str, list[dict[str, str]]]:
    told = {met.reason: {"Code": met.reason, "Message": "Transaction is ongoing for the item"}}
    return {"CancellationReasons": [told.get(code, {"Code": code}) for code in codes]}
