"""The CDK's provider framework, which is in Node.js there: it asks a user's functions for a custom resource.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html#provider-framework
"""

import json
import os
import urllib.request
from typing import Any

import boto3


class NotComplete(Exception):
    """The resource isn't there yet: the state machine around `isComplete` asks again."""


def onEvent(event: dict[str, Any], context: Any) -> None:
    """Ask the user's handler, and answer CloudFormation; or wait, if another handler says when it is done."""
    try:
        told = _ask("USER_ON_EVENT_FUNCTION_ARN", event) or {}
        made = {**event, "PhysicalResourceId": event.get("PhysicalResourceId") or event["RequestId"], **told}
        machine = os.environ.get("WAITER_STATE_MACHINE_ARN")
        if machine is None:
            _answer("SUCCESS", made)
        else:
            boto3.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(made))
    except Exception as problem:
        _answer("FAILED", event, str(problem))


def isComplete(event: dict[str, Any], context: Any) -> None:
    """Ask the user's handler whether the resource is there, and answer CloudFormation once it is."""
    try:
        told = _ask("USER_IS_COMPLETE_FUNCTION_ARN", event)
        if not told["IsComplete"] and told.get("Data"):
            raise ValueError('"Data" is not allowed if "IsComplete" is "False"')
    except Exception as problem:
        _answer("FAILED", event, str(problem))
        return
    if not told["IsComplete"]:
        raise NotComplete(json.dumps(event))
    _answer("SUCCESS", {**event, **told, "Data": {**event.get("Data", {}), **told.get("Data", {})}})


def onTimeout(event: dict[str, Any], context: Any) -> None:
    """It never was: tell CloudFormation."""
    asked = json.loads(json.loads(event["Cause"])["errorMessage"])
    _answer("FAILED", asked, "Operation timed out")


def _ask(function: str, event: dict[str, Any]) -> Any:
    answer = boto3.client("lambda").invoke(
        FunctionName=os.environ[function], Payload=json.dumps(event).encode()
    )
    told = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise RuntimeError(told.get("errorMessage", "error"))
    return told


def _answer(status: str, made: dict[str, Any], reason: str = "") -> None:
    answer = {
        "Status": status,
        "Reason": reason or status,
        "StackId": made["StackId"],
        "RequestId": made["RequestId"],
        "PhysicalResourceId": made.get("PhysicalResourceId") or made["RequestId"],
        "LogicalResourceId": made["LogicalResourceId"],
        "NoEcho": made.get("NoEcho", False),
        "Data": made.get("Data") or {},
    }
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(made["ResponseURL"], data=body, method="PUT"))
