"""CloudWatch Logs: log groups are created, for code that looks them up; the rest is accepted."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties

_NOTE = "nothing in a run depends on it"


def create_log_group(making: Making) -> Created:
    name = making.name("LogGroupName", limit=512)
    making.call("logs", "create_log_group", logGroupName=name)
    arn = making.arn("logs", f"log-group:{name}:*")
    making.named(name, arn)
    return Created(name, {"Arn": arn})


TYPES = {
    "AWS::Logs::LogGroup": ResourceType(create_log_group, properties("LogGroupName"), note=_NOTE),
    **{
        f"AWS::Logs::{kind}": ResourceType(named_only("logs", "", name), note=_NOTE)
        for kind, name in (
            ("LogStream", "LogStreamName"),
            ("MetricFilter", "FilterName"),
            ("QueryDefinition", "Name"),
            ("ResourcePolicy", "PolicyName"),
        )
    },
}
