"""CloudWatch Logs: log groups are created, for code that looks them up, and filters of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, is_seen, named_only, properties

_NOTE = "nothing in a run depends on it"


def create_log_group(making: Making) -> Created:
    name = making.name("LogGroupName", limit=512)
    making.call("logs", "create_log_group", logGroupName=name)
    arn = making.arn("logs", f"log-group:{name}:*")
    making.named(name, arn)
    return Created(name, {"Arn": arn})


def create_subscription_filter(making: Making) -> Created:
    making.check_seen("logs")
    name = making.name("FilterName", limit=512)
    making.call(
        "logs",
        "put_subscription_filter",
        logGroupName=making.need("LogGroupName"),
        filterName=name,
        filterPattern=making.get("FilterPattern", ""),
        destinationArn=making.need("DestinationArn"),
    )
    return Created(name)


def create_metric_filter(making: Making) -> Created:
    """Where nobody sees what is counted, it is a name."""
    name = making.name("FilterName", limit=512)
    if is_seen(making, "cloudwatch"):
        making.call(
            "logs",
            "put_metric_filter",
            logGroupName=making.need("LogGroupName"),
            filterName=name,
            filterPattern=making.get("FilterPattern", ""),
            metricTransformations=[_transformation(each) for each in making.need("MetricTransformations")],
        )
    return Created(name)


def _transformation(given: Mapping[str, Any]) -> dict[str, Any]:
    made = {name[0].lower() + name[1:]: value for name, value in given.items()}
    if "dimensions" in made:
        made["dimensions"] = {each["Key"]: each["Value"] for each in made["dimensions"]}
    return made


TYPES = {
    "AWS::Logs::MetricFilter": ResourceType(
        create_metric_filter,
        properties("FilterName FilterPattern LogGroupName MetricTransformations"),
        properties("ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria"),
        part_of=properties("LogGroupName"),
    ),
    "AWS::Logs::SubscriptionFilter": ResourceType(
        create_subscription_filter,
        properties("DestinationArn FilterName FilterPattern LogGroupName"),
        properties("ApplyOnTransformedLogs Distribution EmitSystemFields FieldSelectionCriteria RoleArn"),
        part_of=properties("LogGroupName DestinationArn"),
    ),
    "AWS::Logs::LogGroup": ResourceType(create_log_group, properties("LogGroupName"), note=_NOTE),
    **{
        f"AWS::Logs::{kind}": ResourceType(named_only("logs", "", name), note=_NOTE)
        for kind, name in (
            ("LogStream", "LogStreamName"),
            ("QueryDefinition", "Name"),
            ("ResourcePolicy", "PolicyName"),
        )
    },
}
