"""Which resources a call is about, by its parameters: names, ARNs and URLs as they were sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.wire.errors import Params

_NAMING = (
    "TableName",
    "Bucket",
    "SecretId",
    "KeyId",
    "StreamName",
    "logGroupName",
    "RoleName",
    "Name",
    "ResourceArn",
    "ResourceARN",
)
"""Parameters that say which resource a call is about, the telling ones first."""

FunctionOfMapping = Callable[[str], str | None]
"""From the UUID of an event source mapping to its function's ARN."""


def resources_of(
    service: str, params: Params, function_of_mapping: FunctionOfMapping = lambda uuid: None
) -> tuple[str, ...]:
    """The names of the resources that a call is about, the one it is named after first."""
    if service == "sqs":
        found = queue_of(params)
    elif service == "sns":
        found = topic_of(params)
    elif service == "lambda":
        found = function_of(params, function_of_mapping)
    else:
        return held_resources_of(params)
    return (found,) if found else ()


def queue_of(params: Params) -> str | None:
    """The queue that a call of SQS is about."""
    found = params.get("QueueUrl") or params.get("QueueName") or params.get("SourceArn")
    return str(found) if found else None


def topic_of(params: Params) -> str | None:
    """The topic that a call of SNS is about, or what comes nearest to one."""
    for name in ("TopicArn", "TargetArn", "Name", "ResourceArn"):
        if params.get(name):
            return str(params[name])
    subscription = params.get("SubscriptionArn")
    if subscription:
        return str(subscription).rpartition(":")[0] or str(subscription)
    number = params.get("PhoneNumber") or params.get("phoneNumber")
    return str(number) if number else None


def function_of(params: Params, function_of_mapping: FunctionOfMapping) -> str | None:
    """The function, mapping's function or layer that a call of Lambda is about."""
    if params.get("FunctionName"):
        return _unqualified(str(params["FunctionName"]))
    if params.get("UUID"):
        return function_of_mapping(str(params["UUID"]))
    return params.get("LayerName") or params.get("Resource")


def held_resources_of(params: Params) -> tuple[str, ...]:
    """The resources that a call is about, of a service that holds things: tables, buckets, …"""
    return tuple(dict.fromkeys(_names(params)))


def _names(params: Params) -> Iterator[str]:
    for naming in _NAMING:
        if isinstance(params.get(naming), str):
            yield params[naming]
            return
    if isinstance(params.get("RequestItems"), dict):
        yield from params["RequestItems"]
    for item in params.get("TransactItems") or ():
        for part in item.values():
            yield part["TableName"]


def _unqualified(text: str) -> str:
    """A function's name or ARN as display names know it: without the qualifier."""
    parts = text.split(":")
    if parts[0] == "arn":
        return ":".join(parts[:7])
    return next((part for part in reversed(parts[:-1] if len(parts) > 1 else parts) if part), text)
