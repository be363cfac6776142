"""REST APIs that are made call by call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from harness import aws
from harness.sim.services.made_apis import MadeApis, arn_of
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.world import World

_CHANGES = ("CreateDeployment", "CreateStage", "UpdateStage", "DeleteStage")


class ApiGateway:
    """The simulator's API Gateway, beside what moto holds."""

    facts: ClassVar = aws.service("apigateway")
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._apis = MadeApis(world, self.facts.name)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to what makes APIs."""
        raise DeliveryFailed("NotImplemented", f"{delivery.target} takes no deliveries", retryable=False)

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call on APIs is about to be carried out."""
        if operation == "DeleteRestApi":
            return partial(self._apis.drop, str(params["restApiId"]), caller)
        if operation in _CHANGES:
            return partial(self._serve, operation, str(params["restApiId"]), caller)
        return None

    def _serve(self, operation: str, id_: str, caller: Caller) -> None:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
        from harness.sim.services.apigateway import reading

        held = self._apis.held(caller)[id_]
        if operation == "CreateDeployment":
            self._apis.deploy(reading.api_of(held, arn_of(id_, caller)))
        self._apis.serve(id_, caller, reading.stages_of(held))


MOVER = ApiGateway
