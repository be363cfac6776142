"""CloudWatch Logs: a target of deliveries, and filters that send on what is logged or count it.

The groups and what is in them are moto's. `filters` are the operations on filters, and what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from harness import aws
from harness.aws import arns
from harness.aws.parcels import OutsideParcel
from harness.sim.services.logs.filters import LogFilters
from harness.sim.services.logs.lines import Lines
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World


class Logs:
    """Writes what is delivered to a log group as one log event, in a stream of its own as EventBridge does.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """

    facts: ClassVar = aws.service("logs")

    def __init__(self, world: World) -> None:
        self._world = world
        self._filters = LogFilters(world)
        self.operations: Mapping[str, Operation] = CheckedOperations(
            self._checked, self._filters.operations()
        )
        """Those on filters; all others are moto's."""
        world.held.hear_lines(self._logged)

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """Lines that a caller writes go through the filters, too."""
        if operation != "PutLogEvents":
            return None
        events = tuple((event["timestamp"] / 1000, event["message"]) for event in params["logEvents"])
        group, stream = params["logGroupName"], params["logStreamName"]
        return partial(self._filters.take, Lines(caller.region, group, stream, events))

    def deliver(self, delivery: Delivery) -> Delivered:
        """Write it down."""
        parcel = delivery.holding(OutsideParcel)
        place = arns.parse(delivery.target)
        assert place is not None, "only ARNs of log groups come here"
        group = place.resource.split(":")[1]
        logs = self._world.held.backend("logs", place.region)
        if group not in logs.groups:
            message = f"there is no log group {group}"
            raise DeliveryFailed("ResourceNotFoundException", message, retryable=False)
        stream = self._world.kernel.new_id(f"streams of {delivery.target}")
        logs.create_log_stream(group, stream)
        now = self._world.kernel.now
        logs.put_log_events(group, stream, [{"timestamp": round(now * 1000), "message": parcel.body}])
        self._filters.take(Lines(place.region, group, stream, ((now, parcel.body),)))
        return Delivered(delivery.messages)

    def _logged(self, region: str, group: str, stream: str, lines: tuple[tuple[float, str], ...]) -> None:
        self._filters.take(Lines(region, group, stream, lines))

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("logs", name, params)
        return operation(params, caller)


MOVER = Logs
