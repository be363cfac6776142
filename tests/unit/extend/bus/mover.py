"""The bus in the simulator."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from harness import aws
from harness.aws.parcels import Text
from harness.sim.hops import HopResult
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params, ServiceError
from harness.sim.world import World
from tests.unit.extend.bus.facts import SERVICE


class Bus:
    """Copies each message to every queue that was added; what can't be delivered is dropped."""

    facts: ClassVar = SERVICE

    def __init__(self, world: World) -> None:
        self._world = world
        self._queues: dict[str, list[str]] = {}
        self.operations = {"CreateBus": self._create, "AddQueue": self._add, "Publish": self._publish}

    def deliver(self, delivery: Delivery) -> Delivered:
        """Another service sends something to a bus."""
        if delivery.target not in self._queues:
            raise DeliveryFailed("NoSuchBus", f"there is no {delivery.target}", retryable=False)
        return Delivered((self._copy(delivery.target, delivery.parcel.text),))

    def _create(self, params: Params, caller: Caller) -> Params:
        arn = SERVICE.arn(params["BusName"], region=caller.region, account=caller.account)
        self._queues.setdefault(arn, [])
        return {"BusArn": arn}

    def _add(self, params: Params, caller: Caller) -> Params:
        self._queues[self._existing(params, caller)].append(params["QueueArn"])
        return {}

    def _publish(self, params: Params, caller: Caller) -> Params:
        return {"MessageId": self._copy(self._existing(params, caller), params["Message"])}

    def _existing(self, params: Params, caller: Caller) -> str:
        arn = SERVICE.arn(params["BusName"], region=caller.region, account=caller.account)
        if arn not in self._queues:
            raise ServiceError("NoSuchBus", f"there is no bus {params['BusName']}")
        return arn

    def _copy(self, bus: str, text: str) -> str:
        recorder, message = self._world.recorder, self._world.kernel.new_id()
        name = self._world.names.of(bus)
        with recorder.caused_by(recorder.accepted(name, message, body=text), actor="bus"):
            for queue in self._queues[bus]:
                parcel = aws.parcel(queue, Text(text=text))
                delivery = Delivery(bus, queue, (message,), parcel)
                self._world.hops.send(delivery, partial(self._ended, delivery))
        return message

    def _ended(self, delivery: Delivery, result: HopResult) -> None:
        if not result.ok:
            names = self._world.names
            self._world.recorder.dropped(
                names.of(delivery.source),
                delivery.messages,
                reason=result.error,
                target=names.of(delivery.target),
            )


MOVER = Bus
