"""CloudWatch's metrics and alarms; dashboards and the rest are moto's.

`api_metrics`, `api_alarms`: the operations. `metrics`: what was measured, with `expressions` over it;
`alarms`: an alarm as a state machine. `observed`: the metrics of services, from the history. `delivery`:
evaluations, and what follows from them, in the words of `told`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from harness import aws
from harness.sim.kernel import EPOCH
from harness.sim.services.cloudwatch.alarms import Alarm
from harness.sim.services.cloudwatch.api_alarms import AlarmApi
from harness.sim.services.cloudwatch.api_metrics import MetricApi
from harness.sim.services.cloudwatch.delivery import AlarmWatch
from harness.sim.services.cloudwatch.metrics import Datum, MetricId, MetricStore
from harness.sim.services.cloudwatch.observed import MEASURED, Observed
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World


class CloudWatch:
    """The simulator's CloudWatch."""

    facts: ClassVar = aws.service("cloudwatch")

    def __init__(self, world: World) -> None:
        self._world = world
        self._physical: dict[str, tuple[str, str] | None] = {}
        store, alarms = MetricStore(), dict[str, Alarm]()
        self._store = store
        self._watch = AlarmWatch(world, store, alarms, Observed(store, EPOCH, self._measured))
        metric_api = MetricApi(store, lambda: world.kernel.now, self._watch.look)
        alarm_api = AlarmApi(alarms, lambda: world.kernel.now, self._watch.change)
        self.operations: Mapping[str, Operation] = CheckedOperations(
            self._checked, metric_api.operations(), alarm_api.operations()
        )

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """What is asked of moto leads to no delivery."""
        return None

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to an alarm."""
        raise DeliveryFailed("ValidationException", f"{delivery.target} takes nothing", retryable=False)

    def measure(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, at: float
    ) -> None:
        """One value that another service has measured."""
        metric = MetricId(namespace, name, tuple(sorted(dimensions.items())))
        self._store.add(metric, Datum.one(at, value))

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("cloudwatch", name, params)
        answer = operation(params, caller)
        if name == "PutMetricAlarm":
            self._watch.begin()
        return answer

    def _measured(self, place: str) -> tuple[str, str] | None:
        """The service and the physical name of a place that has metrics."""
        if place not in self._physical:
            arn = self._world.names.arn(place) or ""
            found = aws.service_of(arn)
            has = found is not None and found.name in MEASURED
            whole = found is not None and found.name == "stepfunctions"
            name = arn if whole else arn.rpartition(":")[2].rpartition("/")[2]
            self._physical[place] = (found.name, name) if has and found is not None else None
        return self._physical[place]


MOVER = CloudWatch
