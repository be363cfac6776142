"""Refusals of Lambda about a mapping from a queue that LocalStack lacks.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...aws.rules.filter_criteria import read_filter
from ...aws.rules.patterns import PatternError
from . import accounts, queues
from .functions import account_of
from .stream_sources import source_of

NOT_FOR_QUEUES = ("StartingPosition", "StartingPositionTimestamp")


def validate(original: Callable[..., Any], provider: Any, context: Any, request: Mapping[str, Any]) -> Any:
    """Around `LambdaProvider.validate_event_source_mapping`."""
    answer = original(provider, context, request)
    source = str(request.get("EventSourceArn") or "")
    if ":sqs:" in source and accounts.get(account_of(source)) is not None:
        why = problem_of(request, source, answer[3].config.timeout, queues.find(source))
        if why:
            from localstack.aws.api.lambda_ import InvalidParameterValueException

            raise InvalidParameterValueException(why, Type="User")
    return answer


def check_source(
    original: Callable[..., Any], provider: Any, service: str, resource_arn: str, *args: Any, **kwargs: Any
) -> None:
    """Around `LambdaProvider.check_service_resource_exists`: the guest has streams of its own."""
    source = source_of(resource_arn)
    if source is None or accounts.get(account_of(resource_arn)) is None:
        original(provider, service, resource_arn, *args, **kwargs)
        return
    try:
        source.shards(resource_arn)
    except LookupError as problem:
        from localstack.aws.api.lambda_ import InvalidParameterValueException

        raise InvalidParameterValueException(str(problem), Type="User") from None


def problem_of(request: Mapping[str, Any], source: str, timeout_seconds: int, queue: Any) -> str:
    """Why the mapping can't be; empty if it can."""
    for name in NOT_FOR_QUEUES:
        if request.get(name):
            return f"Unsupported parameter for given event source type. {name} is not valid for SQS."
    if source.endswith(".fifo") and request.get("MaximumBatchingWindowInSeconds"):
        return "Batching window is not supported for FIFO queues."
    if queue is not None and queue.visibility_timeout < timeout_seconds:
        return (
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{timeout_seconds} seconds"
        )
    try:
        for each in (request.get("FilterCriteria") or {}).get("Filters") or ():
            read_filter(each["Pattern"])
    except PatternError:
        return "Invalid filter pattern definition."
    return ""
