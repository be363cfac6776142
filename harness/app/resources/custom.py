"""Custom resources: a function, or the subscribers of a topic, make them and answer, as on AWS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.app.intrinsics import Created, references
from harness.app.resources.resource_type import Making, ResourceType, properties
from harness.app.resources.shapes import text
from harness.aws.cloudformation import stack_id
from harness.cloud import StubsHttp, lacks
from harness.history.failures import said_in

CUSTOM = "AWS::CloudFormation::CustomResource"
_PREFIX = "Custom::"
_FUNCTION = "AWS::Lambda::Function"
_LAYER = "AWS::Lambda::LayerVersion"
_POLICIES = ("AWS::IAM::", "AWS::Lambda::Permission")
_TOKEN = "ServiceToken"
_FRAMEWORK = "framework"
_ON_EVENT = "USER_ON_EVENT_FUNCTION_ARN"
_PROVIDER = Path(__file__).with_name("inline") / "cdk_provider.py"

WAIT_SECONDS = 3600
"""CloudFormation waits so long for an answer, unless the template says otherwise."""
ANSWER_BYTES_MAX = 4096
LOG_LINES = 12
"""So many lines of a handler's log go into an error, the last ones."""

_NOT_RUN = {
    "Custom::CDKBucketDeployment": "its handler needs the AWS CLI; put the objects there yourself: "
    "app.bucket(…).put(…)"
}


def is_custom(kind: str) -> bool:
    """Is this the type of a custom resource?"""
    return kind == CUSTOM or kind.startswith(_PREFIX)


@cache
def custom(kind: str) -> ResourceType:
    """The type of a custom resource of this name; it takes any property."""
    return ResourceType(lambda making: _create(making, kind), open=True, part_of=properties(_TOKEN))


def not_run(resources: Mapping[str, Any], *, python_only: bool) -> dict[str, str]:
    """The custom resources that nobody here can make, with the functions and layers that serve nothing else.

    `python_only`: functions in other languages don't run here, as the CDK's own providers are.
    """
    made = {logical_id: resource for logical_id, resource in resources.items() if is_custom(resource["Type"])}
    left_out = {
        logical_id: why
        for logical_id, resource in made.items()
        if (why := _why_not(resource, resources, python_only=python_only))
    }
    makers = {maker for logical_id in left_out for maker in _makers(made[logical_id])}
    for kind, found in ((_FUNCTION, makers), (_LAYER, resources.keys())):
        for logical_id in sorted(found & resources.keys()):
            if resources[logical_id]["Type"] == kind and _serves_only(left_out, logical_id, resources):
                left_out[logical_id] = "it serves custom resources that aren't made here, and nothing else"
    return left_out


def _why_not(resource: Mapping[str, Any], resources: Mapping[str, Any], *, python_only: bool) -> str:
    """The reason why a custom resource can't be made here; empty if there is none."""
    if resource["Type"] in _NOT_RUN:
        return _NOT_RUN[resource["Type"]]
    for maker in _makers(resource):
        if python_only and _is_foreign(resources.get(maker, {})) and _makes_only(maker, resources):
            runtime = resources[maker]["Properties"]["Runtime"]
            return f"its handler {maker} is in {runtime}, which isn't run here"
    return ""


def _makes_only(function: str, resources: Mapping[str, Any]) -> bool:
    """Nothing starts the function but custom resources."""
    customs = {logical_id: "" for logical_id, resource in resources.items() if is_custom(resource["Type"])}
    return _serves_only(customs, function, resources)


def _serves_only(those: Mapping[str, str], logical_id: str, resources: Mapping[str, Any]) -> bool:
    """Are these the only ones that name a resource, and one of them does? Policies may name it, too."""
    naming = {
        name
        for name, resource in resources.items()
        if not resource["Type"].startswith(_POLICIES)
        and logical_id in references(resource.get("Properties") or {})
    }
    return bool(naming) and naming <= those.keys()


def in_python(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """A function's properties; with code in Python if it is one of the CDK's provider framework."""
    module, _, name = str(function.get("Handler")).partition(".")
    environment = function.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, Mapping) else None
    ours = module == _FRAMEWORK and isinstance(variables, Mapping) and _ON_EVENT in variables
    if not ours or str(function.get("Runtime")).startswith("python"):
        return function
    code = {"ZipFile": _PROVIDER.read_text(encoding="utf-8")}
    return {**function, "Runtime": "python3.13", "Handler": f"index.{name}", "Code": code}


def _is_foreign(resource: Mapping[str, Any]) -> bool:
    given = resource.get("Properties") or {}
    runtime = given.get("Runtime")
    foreign = isinstance(runtime, str) and not runtime.startswith("python")
    return resource.get("Type") == _FUNCTION and foreign and in_python(given) is given


def _makers(resource: Mapping[str, Any]) -> list[str]:
    return list(references((resource.get("Properties") or {}).get(_TOKEN)))


def _create(making: Making, kind: str) -> Created:
    token = text(making.need(_TOKEN))
    if not isinstance(making.cloud, StubsHttp):
        raise lacks(making.cloud, "custom resources", "the simulator does; or leave them out with ignore")
    request = _request(making, kind, token)
    answers: list[bytes] = []
    host = request["ResponseURL"].removeprefix("https://").partition("/")[0]

    def hear(answer: Any) -> str:
        answers.append(answer.body)
        return ""

    making.cloud.stub_http(host, hear)
    _ask(making, token, json.dumps(request))
    limit = int(making.get("ServiceTimeout", WAIT_SECONDS))
    for _ in range(limit):
        if answers:
            break
        making.cloud.advance(1.0)
    if not answers:
        raise making.error(
            f"its handler didn't answer within {limit} s: it must PUT its answer to the event's ResponseURL, "
            "as cfnresponse.send does, even if it fails; or leave the resource out with ignore"
            + _log(making, token)
        )
    return _created(making, token, answers[0])


def _log(making: Making, token: str) -> str:
    """What its handler printed, to go behind an error."""
    history, function = making.cloud.history(), making.cloud.names.of(token)
    logs = [log for seq, log in history.logs.items() if history[seq].subject == function]
    lines = [line for log in logs for line in said_in(log)][-LOG_LINES:]
    return "".join(("; its log:", *(f"\n    {line}" for line in lines))) if lines else ""


def _request(making: Making, kind: str, token: str) -> dict[str, Any]:
    cloud = making.cloud
    stack = stack_id(making.prefix, region=cloud.region, account=cloud.account)
    digest = hashlib.sha256(f"{stack}/{making.logical_id}".encode()).hexdigest()
    request_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    bucket = f"cloudformation-custom-resource-response-{cloud.region.replace('-', '')}"
    host = f"{bucket}.s3.{cloud.region}.amazonaws.com"
    return {
        "RequestType": "Create",
        "ServiceToken": token,
        "ResponseURL": f"https://{host}/{stack}%7C{making.logical_id}%7C{request_id}",
        "StackId": stack,
        "RequestId": request_id,
        "LogicalResourceId": making.logical_id,
        "ResourceType": kind,
        "ResourceProperties": _as_texts(making.properties),
    }


def _as_texts(value: Any) -> Any:
    """Properties as a handler gets them: numbers and booleans are texts there."""
    if isinstance(value, Mapping):
        return {text(name): _as_texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    return text(value)


def _ask(making: Making, token: str, request: str) -> None:
    if token.startswith("arn:aws:sns:"):
        subject = "AWS CloudFormation custom resource request"
        making.call("sns", "publish", TopicArn=token, Subject=subject, Message=request)
    else:
        making.call("lambda", "invoke", FunctionName=token, InvocationType="Event", Payload=request.encode())


def _created(making: Making, token: str, body: bytes) -> Created:
    if len(body) > ANSWER_BYTES_MAX:
        raise making.error(
            f"its handler's answer has {len(body):,} bytes; CloudFormation takes {ANSWER_BYTES_MAX:,}"
        )
    try:
        answer = json.loads(body)
        status, physical_id, data = (
            answer["Status"],
            answer.get("PhysicalResourceId"),
            answer.get("Data") or {},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise making.error(f"its handler's answer isn't one: {body[:200]!r}") from None
    if status != "SUCCESS":
        reason = answer.get("Reason") or "without a reason"
        raise making.error(f"its handler answered {status}: {reason}{_log(making, token)}")
    if not physical_id or not isinstance(data, dict):
        raise making.error("its handler's answer needs a PhysicalResourceId, and its Data must be a mapping")
    return Created(str(physical_id), data)
