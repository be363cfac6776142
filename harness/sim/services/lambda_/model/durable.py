"""The settings of durable functions.

https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.sim.services.lambda_.errors import invalid

RETENTION_DAYS = 14


@dataclass(frozen=True, slots=True)
class DurableConfig:
    """How long an execution may take, and how long it is kept afterwards. `key`: of KMS."""

    timeout_seconds: int
    retention_days: int = RETENTION_DAYS
    key: str = ""

    def rendered(self) -> dict[str, Any]:
        """As answers show it."""
        shown: dict[str, Any] = {
            "ExecutionTimeout": self.timeout_seconds,
            "RetentionPeriodInDays": self.retention_days,
        }
        return shown | ({"KMSKeyArn": self.key} if self.key else {})


def changed(before: DurableConfig | None, asked: Mapping[str, Any]) -> DurableConfig:
    """The settings with what is asked for. Raises `ServiceError`."""
    if before is None:
        if asked.get("ExecutionTimeout") is None:
            raise invalid(
                "You cannot create a function with a durable configuration without an executionTimeout"
            )
        before = DurableConfig(asked["ExecutionTimeout"])
    names = {
        "ExecutionTimeout": "timeout_seconds",
        "RetentionPeriodInDays": "retention_days",
        "KMSKeyArn": "key",
    }
    given = {ours: asked[theirs] for theirs, ours in names.items() if asked.get(theirs) is not None}
    return replace(before, **given)
