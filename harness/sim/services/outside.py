"""Everything outside of the cloud: HTTP endpoints, mailboxes and phones. Nothing listens there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness.aws import Service
from harness.aws.parcels import OutsideParcel
from harness.cloud import Sent
from harness.sim.services.service import OUTSIDE, Delivered, Delivery, Operation
from harness.sim.world import World


class Outside:
    """Takes every delivery and keeps it."""

    facts: ClassVar = Service(name=OUTSIDE)
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self.outbox: list[Sent] = []

    def deliver(self, delivery: Delivery) -> Delivered:
        """It has left."""
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
        return Delivered(delivery.messages)


MOVER = Outside
