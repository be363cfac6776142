"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tag_list
from harness.app.resources.shapes import text

_SCHEDULE = properties(
    "ActionAfterCompletion Description EndDate FlexibleTimeWindow GroupName KmsKeyArn ScheduleExpression "
    "ScheduleExpressionTimezone StartDate State"
)
_DEFAULT_GROUP = "default"


def create_schedule(making: Making) -> Created:
    making.check_seen("scheduler")
    name = making.name("Name", limit=64)
    target = dict(making.need("Target"))
    target["RoleArn"] = making.role(target.get("RoleArn"))
    if "Input" in target:
        target["Input"] = text(target["Input"])
    group = making.get("GroupName") or _DEFAULT_GROUP
    arn = making.arn("scheduler", f"schedule/{group}/{name}")
    making.named(arn)  # before it exists: a rate begins at once
    making.call("scheduler", "create_schedule", Name=name, Target=target, **making.given(_SCHEDULE))
    return Created(name, {"Arn": arn})


def create_group(making: Making) -> Created:
    name = making.name("Name", limit=64)
    arn = making.call("scheduler", "create_schedule_group", Name=name, Tags=tag_list(making))[
        "ScheduleGroupArn"
    ]
    return Created(name, {"Arn": arn, "State": "ACTIVE"})


TYPES = {
    "AWS::Scheduler::Schedule": ResourceType(
        create_schedule, _SCHEDULE | properties("Name Target"), part_of=properties("GroupName Target.Arn")
    ),
    "AWS::Scheduler::ScheduleGroup": ResourceType(create_group, properties("Name Tags")),
}
