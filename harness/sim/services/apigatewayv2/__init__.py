"""HTTP APIs that are made call by call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from harness import aws
from harness.sim.services.made_apis import MadeApis, arn_of
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.world import World

_CHANGES = ("Create", "Delete", "Update")


class HttpApis:
    """The simulator's HTTP APIs, beside what moto holds."""

    facts: ClassVar = aws.service("apigatewayv2")

    def __init__(self, world: World) -> None:
        self._world = world
        self._apis = MadeApis(world, self.facts.name)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The one that moto doesn't know; all others are moto's."""
        return {"CreateDeployment": self._deploy}

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to what makes APIs."""
        raise DeliveryFailed("NotImplemented", f"{delivery.target} takes no deliveries", retryable=False)

    def watch(self, operation: str, params: Params, caller: Caller) -> Callable[[], None] | None:
        """A call on APIs is about to be carried out."""
        if operation == "CreateApi" and params.get("Target"):
            return partial(self._made_quickly, params, caller, set(self._apis.held(caller)))
        id_ = params.get("ApiId")
        if id_ is None or not operation.startswith(_CHANGES):
            return None
        if operation == "DeleteApi":
            return partial(self._apis.drop, str(id_), caller)
        return partial(self._changed, str(id_), caller)

    def _deploy(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html"""
        id_ = params["ApiId"]
        if id_ not in self._apis.held(caller):
            raise ServiceError("NotFoundException", f"Invalid API identifier specified {id_}", 404)
        self._changed(id_, caller, deployed=True)
        made = self._world.kernel.new_id(f"deployments of {id_}")
        return {"DeploymentId": made, "DeploymentStatus": "DEPLOYED", "AutoDeployed": False}

    def _made_quickly(self, params: Params, caller: Caller, before: set[str]) -> None:
        """An API with a target has a route to it, and a stage that deploys by itself.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
        """
        api = next(each for id_, each in self._apis.held(caller).items() if id_ not in before)
        made = api.create_integration(
            "INTERNET", "", "POST", "AWS_PROXY", params["Target"], payload_format_version="2.0"
        )
        key = params.get("RouteKey") or "$default"
        api.create_route(
            api_key_required=False, authorization_scopes=[], route_key=key, target=f"integrations/{made.id}"
        )
        api.create_stage({"stageName": "$default", "autoDeploy": True})
        self._changed(api.api_id, caller)

    def _changed(self, id_: str, caller: Caller, *, deployed: bool = False) -> None:
        """The stages of an API may have changed, and its routes: those count once they are deployed."""
        from harness.sim.services.apigatewayv2 import reading

        api = self._apis.held(caller).get(id_)
        if api is None or api.protocol_type != "HTTP":
            return
        if deployed or any(stage.auto_deploy for stage in api.stages.values()):
            self._apis.deploy(reading.api_of(api, arn_of(id_, caller)))
        self._apis.serve(id_, caller, reading.stages_of(api))


MOVER = HttpApis
