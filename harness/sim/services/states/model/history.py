"""The history of an execution, as GetExecutionHistory gives it.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

EVENTS_MAX = 25_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

NOT_TRUNCATED: Mapping[str, bool] = {"truncated": False}


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event. `member` is the name of its details in answers, empty if it has none."""

    id: int
    previous: int
    kind: str
    at: float
    member: str
    details: Mapping[str, Any]

    def rendered(self, *, include_data: bool = True) -> dict[str, Any]:
        """The event as an answer shows it. Without data: no inputs, outputs, errors' causes."""
        shown: dict[str, Any] = {
            "timestamp": self.at,
            "type": self.kind,
            "id": self.id,
            "previousEventId": self.previous,
        }
        if self.member:
            details = self.details if include_data else _without_data(self.details)
            shown[self.member] = dict(details)
        return shown


@dataclass(slots=True)
class ExecutionHistory:
    """The events of one execution. `written` is told of each."""

    clock: Callable[[], float]
    written: Callable[[HistoryEvent], object]
    events: list[HistoryEvent] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Has the execution reached the limit of events?"""
        return len(self.events) >= EVENTS_MAX - 1

    def add(
        self, kind: str, previous: int, member: str = "", details: Mapping[str, Any] | None = None
    ) -> int:
        """Write an event; gives its id. Members that are None are left out."""
        kept = {name: value for name, value in (details or {}).items() if value is not None}
        event = HistoryEvent(len(self.events) + 1, previous, kind, self.clock(), member, kept)
        self.events.append(event)
        self.written(event)
        return event.id


_DATA = frozenset(
    (
        *("input", "inputDetails", "output", "outputDetails", "parameters"),
        *("assignedVariables", "assignedVariablesDetails"),
    )
)


def _without_data(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name not in _DATA}
