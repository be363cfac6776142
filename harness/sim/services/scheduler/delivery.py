"""Runs of schedules: their timers, and the deliveries to their targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from harness import aws
from harness.aws.parcels import EventParcel, Parcel, QueueParcel, Text
from harness.aws.rules.event_retries import dead_letter_attributes
from harness.sim.activities import Timer
from harness.sim.services.retrying import Addressed, GaveUp, RetriedDeliveries, RetriedDelivery, addressed
from harness.sim.services.scheduler.model import ScheduleState, ScheduleStore
from harness.sim.world import World


class ScheduleRuns:
    """One timer for each schedule, and the runs that are under way. The timers don't keep a run from being
    settled."""

    def __init__(self, world: World, store: ScheduleStore) -> None:
        self._world = world
        self._store = store
        self._retried = RetriedDeliveries(world)
        self._timers: dict[str, Timer] = {}

    def changed(self, schedule: ScheduleState) -> None:
        """A schedule is new, has changed or is gone."""
        self._world.kernel.cancel(self._timers.pop(schedule.arn, None))
        if schedule.enabled and self._store.schedules.get(schedule.arn) is schedule:
            self._plan(schedule)

    def run(self, schedule: ScheduleState, at: float) -> None:
        """Run it now; `at` is the time for which it was planned."""
        execution = self._world.kernel.new_id(f"runs of {schedule.arn}")
        text = _input(schedule, execution, at)
        recorder, place = self._world.recorder, self._world.names.of(schedule.arn)
        accepted = recorder.accepted(place, execution, body=_read(text), actor="scheduler")
        with recorder.caused_by(accepted, actor="scheduler"):
            self._retried.start(self._delivery(schedule, execution, text, at))

    def _plan(self, schedule: ScheduleState) -> None:
        kernel = self._world.kernel
        at = schedule.next_time(kernel.now)
        if at is None:
            if schedule.goes_after_its_end:
                self._store.schedules.pop(schedule.arn, None)
            return
        name = self._world.names.of(schedule.arn)
        late = kernel.chance(f"window of {name}").uniform(0.0, schedule.window_seconds)
        due = partial(self._due, schedule, at)
        self._timers[schedule.arn] = kernel.call_at(at + late, due, background=True, name=name)

    def _due(self, schedule: ScheduleState, at: float) -> None:
        schedule.last_at = at
        self.run(schedule, at)
        self._plan(schedule)

    def _delivery(self, schedule: ScheduleState, execution: str, text: str, at: float) -> RetriedDelivery:
        target = schedule.target["Arn"]
        known = {
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": target,
            "EXECUTION_ID": execution,
            "SCHEDULED_TIME": moment(at),
        }

        def address(attempt: int) -> Addressed:
            shown = text.replace("<aws.scheduler.attempt-number>", str(attempt))
            outside = addressed(self._world, target, Text(text=shown), {})
            return outside or Addressed(target, _parcel(schedule.target, shown))

        def dead_letter(end: GaveUp) -> QueueParcel:
            attributes = dead_letter_attributes(
                known, end.result.error, end.result.message, exhausted=end.exhausted, retries=end.retries
            )
            return QueueParcel(body=text, attributes=attributes)

        now, queue = self._world.kernel.now, schedule.dead_letter_queue
        return RetriedDelivery(
            schedule.arn, target, execution, schedule.policy, now, address, queue, dead_letter
        )


def moment(at: float) -> str:
    """A time as Scheduler writes it.

    >>> moment(60)
    '1970-01-01T00:01:00Z'
    """
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _input(schedule: ScheduleState, execution: str, at: float) -> str:
    """The text for the target: the schedule's own with its context, or the event that stands in for it.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    given = schedule.target.get("Input")
    if given is None:
        parts = schedule.arn.split(":")
        event = {
            "version": "0",
            "id": execution,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": parts[4],
            "time": moment(at),
            "region": parts[3],
            "resources": [schedule.arn],
            "detail": "{}",
        }
        return json.dumps(event)
    known = {
        "<aws.scheduler.schedule-arn>": schedule.arn,
        "<aws.scheduler.scheduled-time>": moment(at),
        "<aws.scheduler.execution-id>": execution,
    }
    for name, value in known.items():
        given = given.replace(name, value)
    return str(given)


def _parcel(target: Mapping[str, Any], text: str) -> Parcel:
    key = (target.get("KinesisParameters") or {}).get("PartitionKey")
    group = key or (target.get("SqsParameters") or {}).get("MessageGroupId")
    event = target.get("EventBridgeParameters") or {}
    told = Text(
        text=text, group=group, source=event.get("Source", ""), detail_type=event.get("DetailType", "")
    )
    parcel = aws.parcel(target["Arn"], told)
    assert parcel is not None, "CreateSchedule lets only targets pass that take something"
    if isinstance(parcel, EventParcel):
        return EventParcel(event={**parcel.event, "detail": _read(text)})
    return parcel


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
