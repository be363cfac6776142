"""A mapping from an event source to a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws.rules.filter_criteria import Filter
from harness.sim.services.lambda_.model.naming import FunctionId

BATCH_SIZE_DEFAULT = 10


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """From a queue to a function. `filters` are the texts of its patterns, `patterns` what they say."""

    uuid: str
    source: str
    target: FunctionId
    last_modified: float
    batch_size: int = BATCH_SIZE_DEFAULT
    window_seconds: int = 0
    reports_failures: bool = False
    concurrency_max: int | None = None
    filters: tuple[str, ...] = ()
    patterns: tuple[Filter, ...] = ()
    enabled: bool = True
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """AWS's word for it, once settled."""
        return "Enabled" if self.enabled else "Disabled"

    @property
    def arn(self) -> str:
        """The mapping's own ARN."""
        return f"arn:aws:lambda:{self.target.region}:{self.target.account}:event-source-mapping:{self.uuid}"
