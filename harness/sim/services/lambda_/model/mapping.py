"""A mapping from an event source to a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws.rules.filter_criteria import Filter
from harness.aws.rules.stream_batches import BatchLimits
from harness.sim.services.lambda_.model.naming import FunctionId

BATCH_SIZE_DEFAULT = 10
STREAM_BATCH_SIZE_DEFAULT = 100


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """The settings that only a mapping from a stream has. `timestamp`: of AT_TIMESTAMP, in epoch seconds.

    `on_failure`: the ARN of the failure destination, "" for none.
    """

    starting: str
    timestamp: float | None = None
    limits: BatchLimits = field(default_factory=BatchLimits)
    lanes: int = 1
    tumbling_seconds: int = 0
    on_failure: str = ""


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """From a queue or a stream to a function.

    `filters` are the texts of its patterns, `patterns` what they say. `stream`: the settings for a stream.
    """

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
    stream: StreamSettings | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """AWS's word for it, once settled."""
        return "Enabled" if self.enabled else "Disabled"

    @property
    def arn(self) -> str:
        """The mapping's own ARN."""
        return f"arn:aws:lambda:{self.target.region}:{self.target.account}:event-source-mapping:{self.uuid}"
