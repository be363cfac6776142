"""EventBridge Scheduler: `api` are the operations, `model` is what they change, `delivery` what follows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from harness import aws
from harness.aws.parcels import OutsideParcel
from harness.sim.services.retrying import takes
from harness.sim.services.scheduler import universal
from harness.sim.services.scheduler.api import SchedulerApi
from harness.sim.services.scheduler.delivery import ScheduleRuns
from harness.sim.services.scheduler.model import ScheduleState, ScheduleStore
from harness.sim.services.service import (
    OUTSIDE,
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
)
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World


class Scheduler:
    """The simulator's EventBridge Scheduler."""

    facts: ClassVar = aws.service("scheduler")

    def __init__(self, world: World) -> None:
        self._world = world
        self._store = ScheduleStore()
        self._runs = ScheduleRuns(world, self._store)
        api = SchedulerApi(self._store, self._runs, lambda: world.kernel.now, partial(takes, world))
        self.operations: Mapping[str, Operation] = CheckedOperations(self._checked, api.operations())

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """The schedules and groups that a call is about. A name alone doesn't tell the group."""
        return self.facts.arns(operation, params, region=self._world.region, account=self._world.account)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Call the operation of a universal target. Nothing can be delivered to a schedule."""
        target = delivery.target
        if not target.startswith(universal.PREFIX):
            raise DeliveryFailed("ValidationException", f"{target} takes nothing", retryable=False)
        called = universal.called(target)
        if called is not None and not self._world.held.has(called[0]):
            return self._world.services[OUTSIDE].deliver(delivery)
        text = delivery.holding(OutsideParcel).body
        return Delivered(delivery.messages, universal.call(target, text, self._world.region))

    def has_schedule(self, target: str) -> bool:
        """Is there an enabled schedule that has this target?"""
        return bool(self._enabled(target))

    def run_schedules(self, target: str) -> int:
        """Run each schedule now that has this target."""
        wanted = self._enabled(target)
        for schedule in wanted:
            self._runs.run(schedule, self._world.kernel.now)
        return len(wanted)

    def _enabled(self, target: str) -> list[ScheduleState]:
        schedules = self._store.schedules.values()
        return [each for each in schedules if each.enabled and each.target["Arn"] == target]

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("scheduler", name, params)
        return operation(params, caller)


MOVER = Scheduler
