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
from harness.sim.services.lambda_.api.stream_settings import (
    FOR_STREAMS_ONLY,
    STREAMS,
    changed_stream,
    check_start,
    first_settings,
    render_stream,
)
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.mapping import STREAM_BATCH_SIZE_DEFAULT, EventSourceMapping
from harness.sim.services.service import Params

BATCH_SIZE_MAX_WITHOUT_WINDOW = 10
REPORT_FAILURES = "ReportBatchItemFailures"
_HAS = ", which has SQS, DynamoDB and Kinesis; localstack has them"
_FOR_QUEUES_ONLY = ("ScalingConfig", "ProvisionedPollerConfig")
_FOR_OTHERS_ONLY = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "Queues",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
)
_CALLED = {"sqs": "SQS", "kinesis": "Kinesis", "dynamodb": "DynamoDB"}
_DATA = {"kinesis": "data", "dynamodb": "dynamodb"}
"""The field that filters look into, by the source's service."""


def check_source(params: Params) -> str:
    """The ARN of a queue or a stream. Raises `ServiceError`, and `Unsupported` for other kinds of sources."""
    if (params.get("DestinationConfig") or {}).get("OnSuccess"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    if params.get("SelfManagedEventSource") and not params.get("SourceAccessConfigurations"):
        raise invalid("Required 'sourceAccessConfigurations' parameter is missing.")
    arn: str = params.get("EventSourceArn") or ""
    if params.get("SelfManagedEventSource"):
        raise Unsupported(f"mappings from Kafka don't run in sim{_HAS}")
    if not arn:
        raise invalid("Unrecognized event source.")
    service = arn.split(":")[2]
    if service == "sqs":
        return arn
    if service in STREAMS:
        check_start(service, arn, params)
        return arn
    if service in ("kafka", "mq", "rds"):
        raise Unsupported(f"mappings from {service} ({arn}) don't run in sim{_HAS}")
    raise invalid("Unrecognized event source, must be kinesis, dynamodb stream, sqs, kafka, mq or docdb.")


def first(bare: EventSourceMapping, params: Params, *, fifo: bool) -> EventSourceMapping:
    """A new mapping as the parameters say. Raises `ServiceError`."""
    if bare.source.split(":")[2] in STREAMS:
        bare = replace(bare, stream=first_settings(params), batch_size=STREAM_BATCH_SIZE_DEFAULT)
    return changed(bare, params, fifo=fifo)


def changed(mapping: EventSourceMapping, params: Params, *, fifo: bool) -> EventSourceMapping:
    """The mapping with what the parameters say. Raises `ServiceError`."""
    changes: dict[str, Any] = {}
    if mapping.stream is not None:
        changes["stream"] = changed_stream(mapping.stream, params)
    _check_for(mapping.source.split(":")[2], params)
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
        changes |= {"filters": texts, "patterns": _patterns(texts, mapping.source)}
    kept = ("KMSKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig")
    others = {name: params[name] for name in kept if params.get(name) is not None}
    result = replace(mapping, **changes, others={**mapping.others, **others})
    if result.stream is None:
        _check_batching(result, fifo=fifo)
    return result


def _check_for(service: str, params: Params) -> None:
    foreign = (*_FOR_OTHERS_ONLY, *(_FOR_QUEUES_ONLY if service in STREAMS else FOR_STREAMS_ONLY))
    for name in foreign:
        if params.get(name) is not None:
            why = f"{name} is not valid for {_CALLED[service]}."
            raise invalid(f"Unsupported parameter for given event source type. {why}")


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
        "StateTransitionReason": "USER_INITIATED" if mapping.stream is None else "User action",
        "FunctionResponseTypes": [REPORT_FAILURES] if mapping.reports_failures else [],
    }
    if mapping.stream is not None:
        answer |= render_stream(mapping.stream)
    if mapping.concurrency_max is not None:
        answer["ScalingConfig"] = {"MaximumConcurrency": mapping.concurrency_max}
    if mapping.filters:
        answer["FilterCriteria"] = {"Filters": [{"Pattern": text} for text in mapping.filters]}
    return answer | dict(mapping.others)


def _patterns(texts: tuple[str, ...], source: str) -> tuple[Filter, ...]:
    data = _DATA.get(source.split(":")[2], "body")
    if len(texts) > FILTERS_MAX:
        raise invalid(f"More than {FILTERS_MAX} filters are not allowed.")
    try:
        return tuple(read_filter(text, data=data) for text in texts)
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
