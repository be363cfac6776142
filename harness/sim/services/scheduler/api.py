"""The operations on schedules and groups.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from harness.aws.rules.schedules import BadExpression, Schedule, read
from harness.cloud import Unsupported
from harness.sim.services import pages
from harness.sim.services.scheduler import universal
from harness.sim.services.scheduler.delivery import ScheduleRuns
from harness.sim.services.scheduler.model import DEFAULT, ENABLED, GroupState, ScheduleState, ScheduleStore
from harness.sim.services.service import Caller, Operation, Params, ServiceError

PAGE = 100
_SHOWN = (
    *("ScheduleExpression", "StartDate", "EndDate", "Description", "KmsKeyArn"),
    *("Target", "FlexibleTimeWindow"),
)


class SchedulerApi:
    """One method an operation."""

    def __init__(
        self,
        store: ScheduleStore,
        runs: ScheduleRuns,
        now: Callable[[], float],
        takes: Callable[[str], bool],
    ) -> None:
        """`takes` says which targets there are."""
        self._store = store
        self._runs = runs
        self._now = now
        self._takes = takes

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreateSchedule": self._once("CreateSchedule", self.create_schedule),
            "CreateScheduleGroup": self._once("CreateScheduleGroup", self.create_schedule_group),
            "DeleteSchedule": self._once("DeleteSchedule", self.delete_schedule),
            "DeleteScheduleGroup": self._once("DeleteScheduleGroup", self.delete_schedule_group),
            "GetSchedule": self.get_schedule,
            "GetScheduleGroup": self.get_schedule_group,
            "ListScheduleGroups": self.list_schedule_groups,
            "ListSchedules": self.list_schedules,
            "ListTagsForResource": self.list_tags_for_resource,
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "UpdateSchedule": self._once("UpdateSchedule", self.update_schedule),
        }

    def _once(self, name: str, operation: Operation) -> Operation:
        """An operation that isn't carried out again for a request with a token that has been answered."""

        def carried_out(params: Params, caller: Caller) -> Params:
            token = params.get("ClientToken")
            if not token:
                return operation(params, caller)
            key = (name, caller.region, caller.account, token)
            asked, answer = self._store.answered.get(key, (None, {}))
            if asked != params:
                answer = operation(params, caller)
                self._store.answered[key] = (params, answer)
            return dict(answer)

        return carried_out

    def create_schedule(self, params: Params, caller: Caller) -> Params:
        name, group = params["Name"], params.get("GroupName") or DEFAULT
        self._group(group, caller)
        arn = _here(caller, f"schedule/{group}/{name}")
        if arn in self._store.schedules:
            raise _conflict(f"Schedule {name} already exists.")
        now = self._now()
        schedule = ScheduleState(arn, name, group, params, *self._checked(params), now, now)
        self._store.schedules[arn] = schedule
        self._runs.changed(schedule)
        return {"ScheduleArn": arn}

    def update_schedule(self, params: Params, caller: Caller) -> Params:
        schedule = self._schedule(params, caller)
        schedule.schedule, schedule.zone = self._checked(params)
        schedule.given, schedule.changed_at, schedule.last_at = params, self._now(), None
        self._runs.changed(schedule)
        return {"ScheduleArn": schedule.arn}

    def delete_schedule(self, params: Params, caller: Caller) -> Params:
        self._delete(self._schedule(params, caller))
        return {}

    def get_schedule(self, params: Params, caller: Caller) -> Params:
        schedule = self._schedule(params, caller)
        given = {name: schedule.given[name] for name in _SHOWN if schedule.given.get(name) is not None}
        given["Target"] = {
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": int(schedule.policy.age_seconds_max),
                "MaximumRetryAttempts": schedule.policy.attempts_max,
            },
            **schedule.target,
        }
        return {
            **_listed(schedule),
            **given,
            "ScheduleExpressionTimezone": schedule.given.get("ScheduleExpressionTimezone", "UTC"),
            "ActionAfterCompletion": schedule.given.get("ActionAfterCompletion", "NONE"),
        }

    def list_schedules(self, params: Params, caller: Caller) -> Params:
        within = params.get("GroupName")
        prefix = _here(caller, f"schedule/{within}/" if within else "schedule/")
        found = [
            {**_listed(schedule), "Target": {"Arn": schedule.target["Arn"]}}
            for arn, schedule in sorted(self._store.schedules.items())
            if arn.startswith(prefix)
            and schedule.name.startswith(params.get("NamePrefix") or "")
            and params.get("State") in (None, schedule.given.get("State", ENABLED))
        ]
        return _page("Schedules", found, params)

    def create_schedule_group(self, params: Params, caller: Caller) -> Params:
        name = params["Name"]
        arn = _here(caller, f"schedule-group/{name}")
        if self._store.group(arn) is not None:
            raise _conflict(f"Schedule group {name} already exists.")
        self._store.groups[arn] = GroupState(arn, name, self._now(), _tags(params))
        return {"ScheduleGroupArn": arn}

    def delete_schedule_group(self, params: Params, caller: Caller) -> Params:
        if params["Name"] == DEFAULT:
            raise ServiceError("ValidationException", "The default schedule group cannot be deleted.")
        group = self._group(params["Name"], caller)
        for schedule in self._store.of_group(group.arn):
            self._delete(schedule)
        del self._store.groups[group.arn]
        self._store.forget_answers(group.arn)
        return {}

    def get_schedule_group(self, params: Params, caller: Caller) -> Params:
        return _shown_group(self._group(params.get("Name") or DEFAULT, caller))

    def list_schedule_groups(self, params: Params, caller: Caller) -> Params:
        self._group(DEFAULT, caller)
        prefix = _here(caller, f"schedule-group/{params.get('NamePrefix') or ''}")
        groups = [
            _shown_group(group) for arn, group in sorted(self._store.groups.items()) if arn.startswith(prefix)
        ]
        return _page("ScheduleGroups", groups, params)

    def tag_resource(self, params: Params, caller: Caller) -> Params:
        self._tagged(params).update(_tags(params))
        return {}

    def untag_resource(self, params: Params, caller: Caller) -> Params:
        tags = self._tagged(params)
        for key in params["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params, caller: Caller) -> Params:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._tagged(params).items()]}

    def _checked(self, params: Params) -> tuple[Schedule, ZoneInfo]:
        """The schedule and the time zone. Raises ValidationException; `Unsupported` for other targets."""
        text = params["ScheduleExpression"]
        try:
            schedule = read(text, once=True, strict=False)
        except BadExpression:
            raise ServiceError("ValidationException", f"Invalid Schedule Expression {text}.") from None
        zone = params.get("ScheduleExpressionTimezone") or "UTC"
        try:
            found = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ServiceError("ValidationException", f"Invalid timezone {zone}.") from None
        target = params["Target"]["Arn"]
        if target.startswith(universal.PREFIX):
            universal.check(target)
        elif target.count(":") < 5:
            raise universal.malformed(target)
        elif not self._takes(target):
            raise Unsupported(
                f"the target {target}: the simulator's Scheduler has queues, topics, functions, buses, "
                "streams and the operations of aws-sdk; inputs for Firehose, ECS, CodeBuild, CodePipeline "
                "and SageMaker go to app.outbox()"
            )
        if (problem := _inconsistent(params)) is not None:
            raise ServiceError("ValidationException", problem)
        return schedule, found

    def _delete(self, schedule: ScheduleState) -> None:
        del self._store.schedules[schedule.arn]
        self._store.forget_answers(schedule.arn)
        self._runs.changed(schedule)

    def _schedule(self, params: Params, caller: Caller) -> ScheduleState:
        group, name = params.get("GroupName") or DEFAULT, params["Name"]
        self._group(group, caller)
        found = self._store.schedules.get(_here(caller, f"schedule/{group}/{name}"))
        if found is None:
            raise _not_found(f"Schedule {name} does not exist.")
        return found

    def _group(self, name: str, caller: Caller) -> GroupState:
        found = self._store.group(_here(caller, f"schedule-group/{name}"))
        if found is None:
            raise _not_found(f"Schedule group {name} does not exist.")
        return found

    def _tagged(self, params: Params) -> dict[str, str]:
        found = self._store.group(params["ResourceArn"])
        if found is None:
            raise _not_found(f"Schedule group {params['ResourceArn'].rpartition('/')[2]} does not exist.")
        return found.tags


def _inconsistent(params: Params) -> str | None:
    """What parameters that are right one by one say against each other.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html
    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html
    """
    window = params["FlexibleTimeWindow"]
    flexible = window["Mode"] == "FLEXIBLE"
    if flexible != (window.get("MaximumWindowInMinutes") is not None):
        what = "required" if flexible else "not allowed"
        return f"FlexibleTimeWindow: MaximumWindowInMinutes is {what} with Mode {window['Mode']}."
    start, end = params.get("StartDate"), params.get("EndDate")
    if start is not None and end is not None and start >= end:
        return "EndDate must be after StartDate."
    target = params["Target"]
    if ":event-bus/" in target["Arn"] and not target.get("EventBridgeParameters"):
        return "Target: an event bus needs EventBridgeParameters with DetailType and Source."
    return None


def _here(caller: Caller, resource: str) -> str:
    return f"arn:aws:scheduler:{caller.region}:{caller.account}:{resource}"


def _listed(schedule: ScheduleState) -> Params:
    return {
        "Arn": schedule.arn,
        "Name": schedule.name,
        "GroupName": schedule.group,
        "State": schedule.given.get("State", ENABLED),
        "CreationDate": datetime.fromtimestamp(schedule.created_at, UTC),
        "LastModificationDate": datetime.fromtimestamp(schedule.changed_at, UTC),
    }


def _shown_group(group: GroupState) -> Params:
    created = datetime.fromtimestamp(group.created_at, UTC)
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": created,
        "LastModificationDate": created,
    }


def _page(member: str, items: list[Params], params: Params) -> Params:
    limit = params.get("MaxResults") or PAGE
    return pages.page(member, items, params.get("NextToken"), limit, _bad_token)


def _bad_token() -> ServiceError:
    return ServiceError("ValidationException", "Invalid NextToken.")


def _conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409, Message=message)


def _not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message, 404, Message=message)


def _tags(params: Params) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
