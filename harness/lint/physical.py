"""Made-up physical names, so that references between the resources of a template can be followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness import aws
from harness.app.intrinsics import Created
from harness.aws import arns

REGION = "us-east-1"
ACCOUNT = "123456789012"
STACK = "app"

QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"
FUNCTION = "AWS::Lambda::Function"
TABLE = "AWS::DynamoDB::Table"
STREAM = "AWS::Kinesis::Stream"
RULE = "AWS::Events::Rule"
BUCKET = "AWS::S3::Bucket"
_QUALIFIED = {"AWS::Lambda::Alias": "Name", "AWS::Lambda::Version": ""}
_NAMES = {
    QUEUE: "QueueName",
    TOPIC: "TopicName",
    FUNCTION: "FunctionName",
    TABLE: "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    BUCKET: "BucketName",
    "AWS::KMS::Alias": "AliasName",
}
_MAIN = frozenset(
    (
        QUEUE,
        TOPIC,
        FUNCTION,
        TABLE,
        STREAM,
        BUCKET,
        "AWS::DynamoDB::GlobalTable",
        "AWS::Events::EventBus",
        "AWS::KMS::Key",
        "AWS::StepFunctions::StateMachine",
    )
)
"""Types whose ARNs have the form that is the usual one of their services."""

_HERE = {"region": REGION, "account": ACCOUNT}


def made_up(logical_id: str, kind: str, properties: Mapping[str, Any]) -> Created:
    """The values that Ref and GetAtt of a resource would have."""
    if kind in _QUALIFIED and isinstance(properties.get("FunctionName"), str):
        return _qualified(logical_id, kind, properties)
    name = _name(logical_id, kind, properties)
    arn = _arn(kind, name, properties)
    attributes = {"Arn": arn}
    if kind == QUEUE:
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})
    if kind == TOPIC:
        return Created(arn, {"TopicArn": arn, "TopicName": name})
    if kind == "AWS::StepFunctions::StateMachine":
        return Created(arn, _Anything(name, {"Arn": arn, "Name": name}))
    if "dynamodb" in arn:
        attributes["StreamArn"] = f"{arn}/stream/latest"
    return Created(name, _Anything(name, attributes))


def function_name(value: str) -> str:
    """A function's name out of its name or ARN, without the qualifier; any other ARN as it is."""
    if arns.is_arn(value) and aws.role_of(value) is not aws.Role.RUNS:
        return value
    return arns.name_of(aws.service("lambda").without_qualifier(value))


def _name(logical_id: str, kind: str, properties: Mapping[str, Any]) -> str:
    given = properties.get(_NAMES.get(kind, "Name"))
    if isinstance(given, str) and given:
        return given
    ending = (
        ".fifo" if str(properties.get("FifoQueue", properties.get("FifoTopic"))).lower() == "true" else ""
    )
    return f"{STACK}-{logical_id}{ending}"


def _arn(kind: str, name: str, properties: Mapping[str, Any]) -> str:
    service = aws.service(kind.split("::")[1].lower() if kind.count("::") > 1 else "custom")
    if kind == RULE:
        bus = properties.get("EventBusName")
        named = {"Name": name, "EventBusName": bus if isinstance(bus, str) else None}
        return service.arns("PutRule", named, **_HERE)[0]
    return service.arn(name, **_HERE, form="" if kind in _MAIN else arns.FORM)


def _qualified(logical_id: str, kind: str, properties: Mapping[str, Any]) -> Created:
    qualifier = properties.get(_QUALIFIED[kind], "1")
    function = function_name(properties["FunctionName"])
    arn = f"{_arn(FUNCTION, function, {})}:{qualifier}"
    return Created(arn, _Anything(logical_id, {"AliasArn": arn, "FunctionArn": arn, "Version": "1"}))


class _Anything(Mapping[str, Any]):
    """Attributes of a type that isn't known well: each has some value of its own."""

    def __init__(self, name: str, attributes: Mapping[str, Any]) -> None:
        self._name = name
        self._known = attributes

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return self._known.get(name, f"{self._name}.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
