"""The checks of the work that a task names: is there such an integration, and has it such parameters?

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness import wire
from harness.sim.services import sdk_calls
from harness.sim.services.states.language.problems import Diagnostic, schema

EXPRESS = "EXPRESS"
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:\d*:activity:")
_INTEGRATION = re.compile(
    r"arn:[^:]+:states:[^:]*:[^:]*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(?P<pattern>\.[\w:]+)?"
)
_PATTERN = re.compile(r"\.(sync(?::2)?|waitForTaskToken)$")
_TOKEN, _SYNC = ".waitForTaskToken", (".sync", ".sync:2")
_OPTIMISED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "apigateway": (("invoke",), (_TOKEN,)),
    "dynamodb": (("deleteItem", "getItem", "putItem", "updateItem"), ()),
    "ecs": (("runTask",), (_TOKEN, *_SYNC)),
    "events": (("putEvents",), (_TOKEN,)),
    "http": (("invoke",), ()),
    "lambda": (("invoke",), (_TOKEN,)),
    "sns": (("publish",), (_TOKEN,)),
    "sqs": (("sendMessage",), (_TOKEN,)),
    "states": (("startExecution",), (_TOKEN, *_SYNC)),
}
"""The actions and the ways of waiting of the optimised integrations that are known here for good."""
_OF_THEIR_OWN = ("apigateway", "eks", "http")
"""Optimised integrations whose parameters are no operation's."""


def of_task(state: Mapping[str, Any], at: str, kind: str) -> Iterator[Diagnostic]:
    """Everything that is wrong with the resource of a task and the parameters for it."""
    resource, place = state.get("Resource"), f"{at}/Resource"
    if not isinstance(resource, str):
        return
    if not _ARN.match(resource):
        yield schema("Value is not a valid resource ARN", place)
    elif kind == EXPRESS and _ACTIVITY.match(resource):
        yield schema("Express state machine does not support Activity ARN", place)
    elif kind == EXPRESS and (pattern := _PATTERN.search(resource)):
        yield schema(f"Express state machine does not support '.{pattern[1]}' service integration ", place)
    elif found := _INTEGRATION.fullmatch(resource):
        if not _is_there(**found.groupdict()):
            yield schema(
                f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
                "or the resource is not available in this region.",
                place,
            )
        else:
            yield from _parameters(state, at, **found.groupdict())


def _is_there(sdk: str | None, service: str, action: str, pattern: str | None) -> bool:
    """A service of the SDK that isn't known here may be there all the same, by a name of Java's own."""
    if sdk:
        name = sdk_calls.boto3_name(service)
        found = name is None or sdk_calls.operation(wire.service_model(name), action) is not None
        return found and pattern in (None, _TOKEN)
    actions, patterns = _OPTIMISED.get(service, ((), ()))
    known = not actions or action.lower() in map(str.lower, actions)
    return known and (not actions or pattern is None or pattern in patterns)


def _parameters(
    state: Mapping[str, Any], at: str, sdk: str | None, service: str, action: str, pattern: str | None
) -> Iterator[Diagnostic]:
    """Names are those of the operation, with a capital letter at the beginning."""
    if not sdk and (service in _OF_THEIR_OWN or service not in _OPTIMISED):
        return
    name = sdk_calls.boto3_name(service)
    operation = sdk_calls.operation(wire.service_model(name), action) if name is not None else None
    if operation is None:
        return
    shape = operation.input_shape
    members = {member.lower() for member in shape.members} if shape is not None else set()
    for field in ("Parameters", "Arguments"):
        given = state.get(field)
        for each in given if isinstance(given, Mapping) else ():
            bare = each.removesuffix(".$")
            if bare.lower() not in members or bare[:1].islower():
                yield schema(f'The field "{bare}" is not supported by Step Functions', f"{at}/{field}")
