"""APIs that are made call by call: moto holds them, and they are served as they were deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.aws.rules.http.model import ServedApi, Stage
from harness.sim.requests import AnswersRequests
from harness.sim.services.service import Caller
from harness.sim.world import World


class MadeApis:
    """Those of one service."""

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        self._service = service
        self._deployed: dict[str, ServedApi] = {}

    def held(self, caller: Caller) -> dict[str, Any]:
        """moto's APIs by their ids."""
        apis: dict[str, Any] = self._world.held.backend(self._service, caller.region).apis
        return apis

    def deploy(self, api: ServedApi) -> None:
        """From now on this is what its stages serve."""
        self._deployed[api.id] = api

    def serve(self, id_: str, caller: Caller, stages: tuple[Stage, ...]) -> None:
        """An API that has been deployed has these stages now."""
        if id_ in self._deployed:
            self._server(id_, caller).put_api(replace(self._deployed[id_], stages=stages))

    def drop(self, id_: str, caller: Caller) -> None:
        """It is deleted."""
        self._deployed.pop(id_, None)
        self._server(id_, caller).drop_api(arn_of(id_, caller))

    def _server(self, id_: str, caller: Caller) -> AnswersRequests:
        server = self._world.owner(arn_of(id_, caller))
        assert isinstance(server, AnswersRequests)
        return server


def arn_of(id_: str, caller: Caller) -> str:
    """The ARN of an API for its clients."""
    return f"arn:aws:execute-api:{caller.region}:{caller.account}:{id_}"
