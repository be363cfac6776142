"""Whether a table or an index has CloudWatch Contributor Insights. It is kept and told; nothing is analysed.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.sim.services.service import Caller, Operation, Params, ServiceError

_DISABLED, _ENABLED = "DISABLED", "ENABLED"


class ContributorInsights:
    """One status for each table and index, by region."""

    def __init__(self, table: Callable[[str, str], Any], now: Callable[[], float]) -> None:
        """`table` finds a table by region and name; raises `LookupError`."""
        self._table = table
        self._now = now
        self._enabled_at: dict[tuple[str, str], float] = {}

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeContributorInsights": self.describe,
            "UpdateContributorInsights": self.update,
        }

    def describe(self, params: Params, caller: Caller) -> Params:
        enabled_at = self._enabled_at.get(self._place(params, caller))
        if enabled_at is None:
            return _answer(params, _DISABLED)
        return _answer(params, _ENABLED) | {"LastUpdateDateTime": enabled_at}

    def update(self, params: Params, caller: Caller) -> Params:
        place = self._place(params, caller)
        if params["ContributorInsightsAction"] == "ENABLE":
            self._enabled_at[place] = self._now()
            return _answer(params, "ENABLING")
        self._enabled_at.pop(place, None)
        return _answer(params, "DISABLING")

    def _place(self, params: Params, caller: Caller) -> tuple[str, str]:
        """The ARN of the table, and the index. Raises `ServiceError` for a table that isn't there."""
        name = str(params["TableName"]).rpartition("/")[2]
        try:
            table = self._table(caller.region, name)
        except LookupError:
            told = f"Requested resource not found: Table: {name} not found"
            raise ServiceError("ResourceNotFoundException", told) from None
        return table.table_arn, params.get("IndexName") or ""


def _answer(params: Params, status: str) -> Params:
    index = {"IndexName": params["IndexName"]} if params.get("IndexName") else {}
    return {
        "TableName": str(params["TableName"]).rpartition("/")[2],
        **index,
        "ContributorInsightsStatus": status,
    }
