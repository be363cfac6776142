"""A function that drops events which it failed on three times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.lint.physical import FUNCTION
from harness.lint.rule import Problem, Rule
from harness.lint.senders import notifications, rule_targets, schedule_targets, subscriptions
from harness.lint.values import UNKNOWN
from harness.lint.wiring import Resource, Wiring

_CONFIG = "AWS::Lambda::EventInvokeConfig"


def async_without_destination(app: Wiring) -> Iterator[Problem]:
    """A function that is invoked asynchronously has neither an on-failure destination nor a dead-letter
    queue.

    Lambda accepts the event, tries up to three times, and then drops it; its sender got a success long
    before, and a dead-letter queue of the subscription or rule doesn't get it either. Add an
    EventInvokeConfig with DestinationConfig.OnFailure, or a DeadLetterConfig. Said of functions that a
    topic, rule, schedule or bucket of the template invokes, and of those with an EventInvokeConfig.
    """
    configs = list(app.of(_CONFIG))
    callers = list(_invokes(app))
    for function in app.of(FUNCTION):
        by = next((resource for resource, target in callers if app.function(target) is function), None)
        if by and function.at("DeadLetterConfig") is None and not _has_destination(app, function, configs):
            yield Problem(
                function,
                f"it is invoked asynchronously ({_how(by)}), and an event that keeps failing is dropped",
                "add an EventInvokeConfig with an OnFailure destination, or a DeadLetterConfig",
            )


def _how(by: Resource) -> str:
    return "it has an EventInvokeConfig" if by.type == _CONFIG else f"by {by}"


def _invokes(app: Wiring) -> Iterator[tuple[Resource, Any]]:
    """Asynchronous invocations: the invoker and the function."""
    yield from ((each.resource, each.endpoint) for each in subscriptions(app) if each.protocol == "lambda")
    yield from ((target.resource, target.at("Arn")) for target in rule_targets(app))
    yield from ((target.resource, target.at("Arn")) for target in schedule_targets(app))
    yield from ((bucket, arn) for bucket, arn, _ in notifications(app, "LambdaConfigurations", "Function"))
    yield from ((config, config.at("FunctionName")) for config in app.of(_CONFIG))


def _has_destination(app: Wiring, function: Resource, configs: list[Resource]) -> bool:
    """Also if that can't be known."""
    return any(
        config.at("DestinationConfig", "OnFailure", "Destination") is not None
        for config in configs
        if config.at("FunctionName") is UNKNOWN or app.function(config.at("FunctionName")) is function
    )


RULE = Rule(
    "async-without-destination",
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    async_without_destination,
)
