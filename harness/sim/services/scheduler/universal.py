"""Universal targets: any operation of any service that isn't one that only reads.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.model import OperationModel

from harness import wire
from harness.sim.services import sdk_calls
from harness.sim.services.sdk_shapes import to_sdk
from harness.sim.services.service import DeliveryFailed, ServiceError

PREFIX = "arn:aws:scheduler:::aws-sdk:"
_READS = re.compile(
    "get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|"
    "batchDescribe|batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|"
    "translateDocument|isAuthorized|isAuthorizedWithToken|invokeModel"
)
_THROTTLED = 429


def called(arn: str) -> tuple[str, OperationModel] | None:
    """boto3's name of the service, and the operation; None: there is none like it."""
    service, _, action = arn.removeprefix(PREFIX).partition(":")
    name = sdk_calls.boto3_name(service)
    found = sdk_calls.operation(wire.service_model(name), action) if name is not None else None
    return (name, found) if name is not None and found is not None else None


def check(arn: str) -> None:
    """Raises ValidationException for a target that is no operation, or one that only reads."""
    if called(arn) is None or _READS.match(arn.rpartition(":")[2]):
        raise malformed(arn)


def malformed(arn: str) -> ServiceError:
    """ValidationException for a text that is no ARN of a target."""
    return ServiceError("ValidationException", f"Provided Arn is not in correct format. {arn}")


def call(arn: str, text: str, region: str) -> Any:
    """Call it with the input of a schedule. Raises `DeliveryFailed`."""
    found = called(arn)
    assert found is not None, "CreateSchedule lets only operations pass"
    service, operation = found
    try:
        return sdk_calls.client_of(service, region)._make_api_call(operation.name, _params(operation, text))
    except ClientError as problem:
        error, status = problem.response["Error"], problem.response["ResponseMetadata"]["HTTPStatusCode"]
        again = status >= 500 or status == _THROTTLED or "Throttl" in error["Code"]
        raise DeliveryFailed(error["Code"], error["Message"], retryable=again) from None
    except ParamValidationError as problem:
        raise DeliveryFailed("ValidationException", str(problem), retryable=False) from None
    except BotoCoreError as problem:
        raise DeliveryFailed(type(problem).__name__, str(problem)) from None


def _params(operation: OperationModel, text: str) -> Mapping[str, Any]:
    """The input as botocore takes it. A blob that is given as a text is that text."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, Mapping):
        raise DeliveryFailed("ValidationException", "The input is no JSON object", retryable=False)
    shape = operation.input_shape
    members = shape.members if shape is not None else {}
    blobs = {
        name: value.encode()
        for name, value in given.items()
        if isinstance(value, str) and name in members and members[name].type_name == "blob"
    }
    params: Mapping[str, Any] = to_sdk(shape, {**given, **blobs})
    return params
