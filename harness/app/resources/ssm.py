"""Parameter Store: parameters."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties
from harness.app.resources.shapes import text
from harness.cloud import Cloud


def create_parameter(making: Making) -> Created:
    name = text(making.get("Name") or f"CFN-{making.name('')}")
    value, kind = text(making.need("Value")), making.get("Type", "String")
    others = making.given(("AllowedPattern", "DataType", "Description", "Tier"))
    making.call("ssm", "put_parameter", Name=name, Value=value, Type=kind, **others)
    making.named(name, service="ssm")
    arn = making.arn("ssm", f"parameter/{name.removeprefix('/')}")
    return Created(name, {"Arn": arn, "Name": name, "Type": kind, "Value": value})


def read(cloud: Cloud, text: str) -> str:
    """`{{resolve:ssm:name}}` and `{{resolve:ssm:name:version}}`, as GetParameter takes them, too."""
    return str(cloud.client("ssm").get_parameter(Name=text, WithDecryption=True)["Parameter"]["Value"])


REFERENCES = {"ssm": read, "ssm-secure": read}

TYPES = {
    "AWS::SSM::Parameter": ResourceType(
        create_parameter,
        properties("Name Value Type Description AllowedPattern Tier DataType"),
        properties("Policies Tags"),
        tells=True,
    ),
}
