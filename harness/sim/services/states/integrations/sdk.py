"""Calls of tasks: through the SDK and the door for API calls, once each, as the retries are the states'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.model import OperationModel

from harness.cloud import Unsupported
from harness.sim.services import sdk_calls
from harness.sim.services.sdk_shapes import misfit, to_sdk
from harness.sim.services.service import ServiceError
from harness.sim.services.states.integrations import failures
from harness.sim.services.states.integrations.resource import TaskResource
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.model.document import Document
from harness.sim.services.validation import check

_OPTIMISED: Mapping[tuple[str, str], str] = {("bedrock", "invokeModel"): "bedrock-runtime"}
"""Optimised integrations whose service is another one in the SDK."""


def service_name(resource: TaskResource) -> str:
    """The name that boto3 knows a task's service by. Raises `Unsupported`."""
    name = resource.service
    if not resource.sdk:
        name = _OPTIMISED.get((name, resource.action), name)
    found = sdk_calls.boto3_name(name)
    if found is None:
        raise Unsupported(f"{resource.arn}: there is no service {resource.service}")
    return found


def operation(client: Any, resource: TaskResource) -> OperationModel:
    """The operation of a task. Raises `Unsupported`."""
    found = sdk_calls.operation(client.meta.service_model, resource.action)
    if found is None:
        raise Unsupported(f"{resource.arn}: {resource.service} has no operation {resource.action}")
    return found


def call(
    resource: TaskResource, params: Mapping[str, Any], region: str
) -> tuple[OperationModel, dict[str, Any]]:
    """Make the call; gives botocore's answer. Raises `CallFailed`."""
    client = sdk_calls.client_of(service_name(resource), region)
    model = operation(client, resource)
    given = to_sdk(model.input_shape, params)
    try:
        answer = client._make_api_call(model.name, given)
    except ClientError as problem:
        raise failures.of_answer(resource, client.meta.service_model, problem) from None
    except ParamValidationError as problem:
        raise _invalid(resource, client, model, given, problem) from None
    except BotoCoreError as problem:
        raise failures.of_client(resource, client.meta.service_model, problem) from None
    return model, answer


def check_types(resource: TaskResource, given: Document, region: str) -> None:
    """Raises `StateError` for parameters that no request can be made of."""
    shape = operation(sdk_calls.client_of(service_name(resource), region), resource).input_shape
    field = misfit(shape, to_sdk(shape, given.value))
    if field is not None:
        raise could_not_start(given, f"The value of the field '{field}' has an invalid format")


def could_not_start(given: Document, why: str) -> StateError:
    """The error of a task whose parameters are of no use."""
    cause = f"The Parameters '{given.text}' could not be used to start the Task: [{why}]"
    return StateError(errors.RUNTIME, cause)


def _invalid(
    resource: TaskResource, client: Any, model: OperationModel, given: Any, problem: ParamValidationError
) -> failures.CallFailed:
    """Parameters that the SDK refuses: the service would, too, in its own words where we have them."""
    try:
        if "Invalid type" in str(problem):
            raise ServiceError("ValidationException", str(problem))
        check(client.meta.service_model.service_name, model.name, given)
    except ServiceError as refusal:
        return _refused(resource, client, refusal)
    return _refused(resource, client, ServiceError("ValidationException", str(problem)))


def _refused(resource: TaskResource, client: Any, refusal: ServiceError) -> failures.CallFailed:
    """The service refuses the parameters."""
    error = {"Code": refusal.code, "Message": refusal.message}
    about = {"HTTPStatusCode": refusal.status, "RequestId": "00000000-0000-0000-0000-000000000000"}
    told = ClientError({"Error": error, "ResponseMetadata": about}, resource.action)
    return failures.of_answer(resource, client.meta.service_model, told)
