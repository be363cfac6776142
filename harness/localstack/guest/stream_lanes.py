"""How far a mapping has read its stream, and by which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...aws.rules import stream_batches as rules
from ...aws.rules.filter_criteria import read_filter
from ...aws.rules.stream_lanes import Lane
from ...aws.rules.stream_pieces import Consumed


@dataclass(eq=False)
class StreamLane(Lane):
    """A lane. `busy`: a thread reads it."""

    busy: bool = False


@dataclass(eq=False)
class StreamProgress:
    """How far a mapping has read, whichever worker of LocalStack's does it."""

    lanes: dict[tuple[str, int], StreamLane] = field(default_factory=dict)
    begun: bool = False
    generation: int = 0


def consumed_by(stream: str, given: Mapping[str, Any]) -> Consumed:
    """The settings of a mapping, as the API shows them."""
    patterns = [each["Pattern"] for each in (given.get("FilterCriteria") or {}).get("Filters") or ()]
    timestamp = given.get("StartingPositionTimestamp")
    return Consumed(
        stream,
        given["FunctionArn"],
        int(given["BatchSize"]),
        given["StartingPosition"],
        None if timestamp is None else float(getattr(timestamp, "timestamp", lambda: timestamp)()),
        int(given.get("MaximumBatchingWindowInSeconds") or 0),
        int(given.get("ParallelizationFactor") or 1),
        int(given.get("TumblingWindowInSeconds") or 0),
        tuple(read_filter(pattern, data="data") for pattern in patterns),
        rules.BatchLimits(
            _limit(given.get("MaximumRetryAttempts")),
            _limit(given.get("MaximumRecordAgeInSeconds")),
            bool(given.get("BisectBatchOnFunctionError")),
        ),
    )


def _limit(given: Any) -> int:
    return rules.FOR_EVER if given is None else int(given)
