"""Errors of called services, named and worded as Step Functions passes them on.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ServiceModel

from harness.sim.services.states.integrations.resource import TaskResource


@dataclass(frozen=True, slots=True)
class ErrorNames:
    """The names of a service in the errors of an optimised integration: `prefix` begins the error's name,
    `told` stands in its cause, `base` is the error that stands for those which have no name of their own."""

    prefix: str
    told: str
    base: str


_OPTIMISED: Mapping[str, ErrorNames] = {
    "dynamodb": ErrorNames("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "ecs": ErrorNames("ECS", "AmazonECS", "AmazonECSException"),
    "events": ErrorNames("EventBridge", "AmazonCloudWatchEvents", "AmazonCloudWatchEventsException"),
    "lambda": ErrorNames("Lambda", "AWSLambda", "AWSLambdaException"),
    "sns": ErrorNames("SNS", "AmazonSNS", "AmazonSNSException"),
    "sqs": ErrorNames("SQS", "AmazonSQS", "AmazonSQSException"),
    "states": ErrorNames("StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}


class CallFailed(Exception):
    """A task's call was answered with an error, or not at all."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def of_answer(resource: TaskResource, model: ServiceModel, problem: ClientError) -> CallFailed:
    """The error in an answer."""
    told = problem.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    about = problem.response.get("ResponseMetadata", {})
    status, request_id = about.get("HTTPStatusCode", 0), about.get("RequestId", "")
    name = _exception(model, code)
    if resource.sdk:
        service = sdk_name(model)
        extended = about.get("HostId") or (f"{request_id}=" if service == "S3" else "")
        more = f", Extended Request ID: {extended}" if extended else ""
        cause = f"{message} (Service: {service}, Status Code: {status}, Request ID: {request_id}{more})"
        return CallFailed(f"{service}.{name or service + 'Exception'}", cause)
    names = _OPTIMISED.get(resource.service) or _otherwise(resource.service)
    cause = (
        f"{message} (Service: {names.told}; Status Code: {status}; Error Code: {code}; "
        f"Request ID: {request_id}; Proxy: null)"
    )
    return CallFailed(f"{names.prefix}.{name or names.base}", cause)


def of_client(resource: TaskResource, model: ServiceModel, problem: BotoCoreError) -> CallFailed:
    """No answer came: the request or its answer was lost."""
    prefix = (
        sdk_name(model)
        if resource.sdk
        else (_OPTIMISED.get(resource.service) or _otherwise(resource.service)).prefix
    )
    return CallFailed(f"{prefix}.SdkClientException", f"Unable to execute HTTP request: {problem}")


def sdk_name(model: ServiceModel) -> str:
    """A service in the words of the SDK for Java, as its errors begin.

    "DynamoDB" is DynamoDb, "SQS" is Sqs, "Secrets Manager" is SecretsManager.
    """
    words = re.split(r"[^A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.service_id))
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def _exception(model: ServiceModel, code: str) -> str:
    """The name of a modelled error; empty if it isn't modelled."""
    bare = code.rpartition("#")[2]
    for shape in model.error_shapes:
        stated = (shape.metadata.get("error") or {}).get("code") or shape.name
        if bare in (stated, shape.name) or code == stated:
            name: str = shape.name
            return name if name.endswith("Exception") else f"{name}Exception"
    return ""


def _otherwise(service: str) -> ErrorNames:
    name = service[:1].upper() + service[1:]
    return ErrorNames(name, name, f"{name}Exception")
