"""Event source mappings: settings from parameters, checked, and back into answers.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.aws.rules.filter_criteria import FILTERS_MAX, Filter, read_filter
from harness.aws.rules.patterns import PatternError
from harness.cloud import Unsupported
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.mapping import EventSourceMapping
from harness.sim.services.service import Params

BATCH_SIZE_MAX_WITHOUT_WINDOW = 10
REPORT_FAILURES = "ReportBatchItemFailures"
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


def check_source(params: Params) -> str:
    """The ARN of a queue. Raises `ServiceError`, and `Unsupported` for other kinds of sources."""
    if (params.get("DestinationConfig") or {}).get("OnSuccess"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    if params.get("SelfManagedEventSource") and not params.get("SourceAccessConfigurations"):
        raise invalid("Required 'sourceAccessConfigurations' parameter is missing.")
    arn: str = params.get("EventSourceArn") or ""
    if params.get("SelfManagedEventSource"):
        raise Unsupported("mappings from Kafka don't run in sim, which has SQS; localstack has them")
    if not arn:
        raise invalid("Unrecognized event source.")
    service = arn.split(":")[2]
    if service == "sqs":
        return arn
    if service in ("kinesis", "dynamodb"):
        _check_start(service, arn, params)
    if service in ("kinesis", "dynamodb", "kafka", "mq", "rds"):
        raise Unsupported(
            f"mappings from {service} ({arn}) don't run in sim, which has SQS; localstack has them"
        )
    raise invalid("Unrecognized event source, must be kinesis, dynamodb stream, sqs, kafka, mq or docdb.")


def _check_start(service: str, stream: str, params: Params) -> None:
    """A stream is read from a position on."""
    position = params.get("StartingPosition")
    if not position:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if service == "dynamodb" and position == "AT_TIMESTAMP":
        raise invalid(f"Unsupported starting position for arn type: {stream}")


def changed(mapping: EventSourceMapping, params: Params, *, fifo: bool) -> EventSourceMapping:
    """The mapping with what the parameters say. Raises `ServiceError`."""
    for name in FOR_STREAMS_ONLY:
        if params.get(name) is not None:
            raise invalid(f"Unsupported parameter for given event source type. {name} is not valid for SQS.")
    changes: dict[str, Any] = {}
    simple = {
        "BatchSize": "batch_size",
        "MaximumBatchingWindowInSeconds": "window_seconds",
        "Enabled": "enabled",
    }
    changes |= {ours: params[theirs] for theirs, ours in simple.items() if params.get(theirs) is not None}
    if params.get("FunctionResponseTypes") is not None:
        changes["reports_failures"] = REPORT_FAILURES in params["FunctionResponseTypes"]
    if params.get("ScalingConfig") is not None:
        changes["concurrency_max"] = params["ScalingConfig"].get("MaximumConcurrency")
    if params.get("FilterCriteria") is not None:
        texts = tuple(each["Pattern"] for each in params["FilterCriteria"].get("Filters") or () if each)
        changes |= {"filters": texts, "patterns": _patterns(texts)}
    kept = ("KMSKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig")
    others = {name: params[name] for name in kept if params.get(name) is not None}
    result = replace(mapping, **changes, others={**mapping.others, **others})
    _check_batching(result, fifo=fifo)
    return result


def render(mapping: EventSourceMapping, *, state: str | None = None) -> Params:
    """EventSourceMappingConfiguration. `state`: what it passes through right now."""
    answer: Params = {
        "UUID": mapping.uuid,
        "EventSourceMappingArn": mapping.arn,
        "EventSourceArn": mapping.source,
        "FunctionArn": mapping.target.qualified_arn,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": mapping.window_seconds,
        "LastModified": datetime.fromtimestamp(mapping.last_modified, UTC),
        "State": state or mapping.state,
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [REPORT_FAILURES] if mapping.reports_failures else [],
    }
    if mapping.concurrency_max is not None:
        answer["ScalingConfig"] = {"MaximumConcurrency": mapping.concurrency_max}
    if mapping.filters:
        answer["FilterCriteria"] = {"Filters": [{"Pattern": text} for text in mapping.filters]}
    return answer | dict(mapping.others)


def _patterns(texts: tuple[str, ...]) -> tuple[Filter, ...]:
    if len(texts) > FILTERS_MAX:
        raise invalid(f"More than {FILTERS_MAX} filters are not allowed.")
    try:
        return tuple(read_filter(text) for text in texts)
    except PatternError:
        raise invalid("Invalid filter pattern definition.") from None


def _check_batching(mapping: EventSourceMapping, *, fifo: bool) -> None:
    if fifo and mapping.batch_size > BATCH_SIZE_MAX_WITHOUT_WINDOW:
        raise invalid("Batch size must be between 1 and 10 for FIFO queues.")
    if fifo and mapping.window_seconds:
        raise invalid("Batching window is not supported for FIFO queues.")
    if mapping.batch_size > BATCH_SIZE_MAX_WITHOUT_WINDOW and not mapping.window_seconds:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
