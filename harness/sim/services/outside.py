"""Everything outside of the cloud: HTTP endpoints, mailboxes and phones. Nothing listens there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness.aws import Service
from harness.aws.parcels import OutsideParcel
from harness.cloud import Sent
from harness.sim.patches import stubs
from harness.sim.services.service import OUTSIDE, Delivered, Delivery, DeliveryFailed, Operation
from harness.sim.world import World


class Outside:
    """Takes every delivery and keeps it."""

    facts: ClassVar = Service(name=OUTSIDE)
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self.outbox: list[Sent] = []

    def deliver(self, delivery: Delivery) -> Delivered:
        """It has left. A stub of its host answers it, if its sender waits for that."""
        parcel = delivery.holding(OutsideParcel)
        self.outbox.append(
            Sent(
                parcel.protocol,
                parcel.endpoint,
                parcel.body,
                self._world.kernel.elapsed,
                parcel.subscription,
                parcel.subject,
                parcel.headers,
            )
        )
        answer = None
        if parcel.method:
            try:
                answer = stubs.ask(parcel.endpoint, parcel.method, parcel.headers, parcel.body)
            except OSError as problem:
                raise DeliveryFailed(type(problem).__name__, str(problem), retryable=False) from None
        return Delivered(delivery.messages, answer)


MOVER = Outside
