"""The operations on activities and task tokens.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from __future__ import annotations

import json

from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.services.states.api import errors, lookup
from harness.sim.services.states.api.machines import OWN_KEY
from harness.sim.services.states.engine import StatesEngine
from harness.sim.services.states.model.machines import ActivityState
from harness.sim.services.states.model.naming import activity_arn, parse
from harness.sim.services.states.model.tokens import TaskReport, Waiting

POLL_SECONDS = 60.0
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html"""


class ActivitiesApi:
    """One method an operation."""

    def __init__(self, engine: StatesEngine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreateActivity": self.create,
            "DeleteActivity": self.delete,
            "DescribeActivity": self.describe,
            "ListActivities": self.list,
            "GetActivityTask": self.get_task,
            "SendTaskSuccess": self.succeed,
            "SendTaskFailure": self.fail,
            "SendTaskHeartbeat": self.heartbeat,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        name = params["name"]
        lookup.check_name(name)
        arn = activity_arn(caller, name)
        activity = self._engine.activities.get(arn)
        if activity is None:
            tags = lookup.tags_given(params)
            encryption = params.get("encryptionConfiguration") or OWN_KEY
            activity = ActivityState(arn, name, self._engine.world.kernel.now, encryption, tags)
            self._engine.activities[arn] = activity
        return {"activityArn": arn, "creationDate": activity.created_at}

    def delete(self, params: Params, caller: Caller) -> Params:
        self._check_arn(params["activityArn"])
        self._engine.activities.pop(params["activityArn"], None)
        return {}

    def describe(self, params: Params, caller: Caller) -> Params:
        activity = self._activity(params)
        return {
            "activityArn": activity.arn,
            "name": activity.name,
            "creationDate": activity.created_at,
            "encryptionConfiguration": activity.encryption,
        }

    def list(self, params: Params, caller: Caller) -> Params:
        beginning = activity_arn(caller, "")
        found = [
            {"activityArn": each.arn, "name": each.name, "creationDate": each.created_at}
            for each in self._engine.activities.values()
            if each.arn.startswith(beginning)
        ]
        return lookup.page("activities", found, params)

    def get_task(self, params: Params, caller: Caller) -> Params:
        activity, kernel = self._activity(params), self._engine.world.kernel
        until = kernel.now + POLL_SECONDS
        while True:
            while activity.tasks:
                waiting = activity.tasks.popleft()
                if waiting.over:
                    continue
                waiting.taken, waiting.worker, waiting.heard_at = True, params.get("workerName"), kernel.now
                waiting.on_taken()
                waiting.changed.notify()
                return {"taskToken": waiting.token, "input": waiting.input}
            if kernel.now >= until or not kernel.wait(activity.arrived, until - kernel.now):
                return {}

    def succeed(self, params: Params, caller: Caller) -> Params:
        waiting = self._waiting(params)
        try:
            output = json.loads(params["output"])
        except (ValueError, RecursionError):
            raise ServiceError("InvalidOutput", "Invalid Output: 'Invalid token'") from None
        self._report(waiting, TaskReport(output, params["output"]))
        return {}

    def fail(self, params: Params, caller: Caller) -> Params:
        waiting = self._waiting(params)
        self._report(waiting, TaskReport(failed=True, error=params.get("error"), cause=params.get("cause")))
        return {}

    def heartbeat(self, params: Params, caller: Caller) -> Params:
        waiting = self._waiting(params)
        if _is_lost(waiting):
            return {}
        waiting.heard_at = self._engine.world.kernel.now
        waiting.changed.notify()
        return {}

    def _report(self, waiting: Waiting, reported: TaskReport) -> None:
        if _is_lost(waiting):
            return
        waiting.reported = reported
        waiting.over = True
        waiting.changed.notify()

    def _waiting(self, params: Params) -> Waiting:
        waiting = self._engine.tokens.get(params["taskToken"])
        if waiting is None:
            raise errors.invalid_token()
        if waiting.over:
            raise errors.task_timed_out()
        return waiting

    def _activity(self, params: Params) -> ActivityState:
        self._check_arn(params["activityArn"])
        activity = self._engine.activities.get(params["activityArn"])
        if activity is None:
            raise errors.no_such_activity(params["activityArn"])
        return activity

    def _check_arn(self, arn: str) -> None:
        parsed = parse(arn)
        if parsed is None or parsed.kind != "activity":
            raise errors.invalid_arn(arn)


def _is_lost(waiting: Waiting) -> bool:
    """Does a fault keep from the task what is sent with its token?"""
    if waiting.lost is None:
        return False
    waiting.lost.acted()
    return True
