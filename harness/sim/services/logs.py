"""CloudWatch Logs as a target of deliveries. The groups and what is in them are moto's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from harness import aws
from harness.aws import arns
from harness.aws.parcels import OutsideParcel
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.world import World


class Logs:
    """Writes what is delivered to a log group as one log event, in a stream of its own as EventBridge does.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """

    facts: ClassVar = aws.service("logs")
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """What is asked of moto leads to no delivery."""
        return None

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
        event = {"timestamp": round(self._world.kernel.now * 1000), "message": parcel.body}
        logs.put_log_events(group, stream, [event])
        return Delivered(delivery.messages)


MOVER = Logs
