"""REST APIs that are made call by call. moto holds them; what a deployment makes of one is served here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from harness import aws
from harness.aws.rules.http.model import ServedApi
from harness.sim.requests import AnswersRequests
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.world import World

_CHANGES = ("CreateDeployment", "CreateStage", "UpdateStage", "DeleteStage")


class ApiGateway:
    """The simulator's API Gateway, beside what moto holds."""

    facts: ClassVar = aws.service("apigateway")
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self._deployed: dict[str, ServedApi] = {}

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to what makes APIs."""
        raise DeliveryFailed("NotImplemented", f"{delivery.target} takes no deliveries", retryable=False)

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call on APIs is about to be carried out."""
        if operation == "DeleteRestApi":
            return partial(self._drop, str(params["restApiId"]), caller)
        if operation in _CHANGES:
            return partial(self._serve, operation, str(params["restApiId"]), caller)
        return None

    def _serve(self, operation: str, id_: str, caller: Caller) -> None:
        """An API is served as it was when it was deployed, under the stages that it has now."""
        from harness.sim.services.apigateway import reading

        held = self._world.held.backend("apigateway", caller.region).apis[id_]
        if operation == "CreateDeployment" or id_ not in self._deployed:
            self._deployed[id_] = reading.api_of(held, _arn(caller, id_))
        stages = reading.stages_of(held)
        self._server(caller, id_).put_api(replace(self._deployed[id_], stages=stages))

    def _drop(self, id_: str, caller: Caller) -> None:
        self._deployed.pop(id_, None)
        self._server(caller, id_).drop_api(_arn(caller, id_))

    def _server(self, caller: Caller, id_: str) -> Any:
        server = self._world.owner(_arn(caller, id_))
        assert isinstance(server, AnswersRequests)
        return server


def _arn(caller: Caller, id_: str) -> str:
    return f"arn:aws:execute-api:{caller.region}:{caller.account}:{id_}"


MOVER = ApiGateway
