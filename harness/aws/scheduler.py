"""Amazon EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from .facts import Does, Errors, Operation, Params, Role, Service, Words

_GROUP = "arn:aws:scheduler:{region}:{account}:schedule-group/{name}"
_DEFAULT = "default"


def _group(params: Params) -> str:
    return f"{params.get('GroupName') or _DEFAULT}/"


def _on_schedule(does: Does) -> Operation:
    return Operation(does, ("Name",), within=_group)


SERVICE = Service(
    name="scheduler",
    word="schedule",
    operations={
        "CreateSchedule": _on_schedule(Does.CONFIGURES),
        "UpdateSchedule": _on_schedule(Does.CONFIGURES),
        "DeleteSchedule": _on_schedule(Does.CONFIGURES),
        "GetSchedule": _on_schedule(Does.READS),
        "CreateScheduleGroup": Operation(Does.CONFIGURES, ("Name",), form=_GROUP),
        "DeleteScheduleGroup": Operation(Does.CONFIGURES, ("Name",), form=_GROUP),
        "GetScheduleGroup": Operation(Does.READS, ("Name",), form=_GROUP),
    },
    roles={"schedule/*": Role.FANS_OUT, "aws-sdk:*": Role.LEAVES},
    errors=Errors(
        throttled=Words("ThrottlingException", 429, "Rate exceeded"),
        failing=Words("InternalServerException", 500, "Unexpected error encountered."),
    ),
    about=("Name", "ResourceArn"),
    form="arn:aws:scheduler:{region}:{account}:schedule/{name}",
)
