"""The settings that only mappings from streams have.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.aws.rules.stream_batches import FOR_EVER, BatchLimits
from harness.aws.rules.streams import AT_TIMESTAMP
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.mapping import StreamSettings
from harness.sim.services.service import Params

STREAMS = ("kinesis", "dynamodb")
FOR_STREAMS_ONLY = (
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
    "DestinationConfig",
)
AGE_SECONDS_MIN = 60
DESTINATIONS = ("sqs", "sns", "s3")


def check_start(service: str, stream: str, params: Params) -> None:
    """A stream is read from a position on. Raises `ServiceError`."""
    position = params.get("StartingPosition")
    if not position:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if service == "dynamodb" and position == AT_TIMESTAMP:
        raise invalid(f"Unsupported starting position for arn type: {stream}")
    if position == AT_TIMESTAMP and params.get("StartingPositionTimestamp") is None:
        raise invalid("StartingPositionTimestamp must be provided for StartingPosition AT_TIMESTAMP.")
    if position != AT_TIMESTAMP and params.get("StartingPositionTimestamp") is not None:
        raise invalid("StartingPositionTimestamp is only valid for StartingPosition AT_TIMESTAMP.")


def first_settings(params: Params) -> StreamSettings:
    """The settings of a new mapping, as far as they can't be changed later."""
    given = params.get("StartingPositionTimestamp")
    at = given.timestamp() if isinstance(given, datetime) else None if given is None else float(given)
    return StreamSettings(params["StartingPosition"], at)


def changed_stream(before: StreamSettings, params: Params) -> StreamSettings:
    """The settings with what the parameters say. Raises `ServiceError`."""
    changes: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name, ours, into in (
        ("ParallelizationFactor", "lanes", changes),
        ("TumblingWindowInSeconds", "tumbling_seconds", changes),
        ("MaximumRetryAttempts", "retries_max", limits),
        ("MaximumRecordAgeInSeconds", "age_seconds_max", limits),
        ("BisectBatchOnFunctionError", "bisects", limits),
    ):
        if params.get(name) is not None:
            into[ours] = params[name]
    age = limits.get("age_seconds_max", FOR_EVER)
    if age != FOR_EVER and age < AGE_SECONDS_MIN:
        raise invalid(
            f"MaximumRecordAgeInSeconds must be {FOR_EVER}, or at least {AGE_SECONDS_MIN} seconds: {age}."
        )
    if params.get("DestinationConfig") is not None:
        changes["on_failure"] = _destination(params["DestinationConfig"])
    return replace(before, **changes, limits=replace(before.limits, **limits))


def render_stream(settings: StreamSettings) -> Params:
    """The members of an EventSourceMappingConfiguration that only streams have."""
    limits: BatchLimits = settings.limits
    failing = {"Destination": settings.on_failure} if settings.on_failure else {}
    answer: Params = {
        "StartingPosition": settings.starting,
        "ParallelizationFactor": settings.lanes,
        "TumblingWindowInSeconds": settings.tumbling_seconds,
        "MaximumRetryAttempts": limits.retries_max,
        "MaximumRecordAgeInSeconds": limits.age_seconds_max,
        "BisectBatchOnFunctionError": limits.bisects,
        "DestinationConfig": {"OnFailure": failing},
    }
    if settings.timestamp is not None:
        answer["StartingPositionTimestamp"] = datetime.fromtimestamp(settings.timestamp, UTC)
    return answer


def _destination(config: Params) -> str:
    arn = str((config.get("OnFailure") or {}).get("Destination") or "")
    if arn and (not arn.startswith("arn:") or arn.split(":")[2] not in DESTINATIONS):
        raise invalid(f"The destination {arn} is not supported: a queue, a topic or a bucket is.")
    return arn
