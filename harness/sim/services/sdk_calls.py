"""Calls of any service by the names of the SDK for Java, which state machines and schedules know them by.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.model import OperationModel, ServiceModel

from harness.wire.names import by_package

_CLIENTS: dict[tuple[str, str], Any] = {}
_ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
_BOTO3_NAMES: Mapping[str, str] = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
"""The usual ones, found at once."""


def client_of(service: str, region: str) -> Any:
    """A client that tries once, made when it is first needed: whoever calls has retries of his own."""
    key = service, region
    if key not in _CLIENTS:
        _CLIENTS[key] = boto3.client(service, region_name=region, config=_ONCE)
    return _CLIENTS[key]


def boto3_name(service: str) -> str | None:
    """The name that boto3 knows a service by; None: there is no such service."""
    return _BOTO3_NAMES.get(service) or by_package(service)


def operation(model: ServiceModel, action: str) -> OperationModel | None:
    """The operation of an action, "sendMessage"; None: the service has no such operation."""
    wanted = action.lower()
    for name in model.operation_names:
        if name.lower() == wanted:
            found: OperationModel = model.operation_model(name)
            return found
    return None
