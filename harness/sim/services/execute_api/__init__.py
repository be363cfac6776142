"""HTTP in front of functions: APIs of API Gateway, and URLs of functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from harness import aws
from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel
from harness.aws.rules.http import answers
from harness.aws.rules.http.model import HttpRequest, HttpResponse, Proxy, ServedApi, Stage
from harness.aws.rules.http.payloads import Arrival, body_of, event_of
from harness.aws.rules.http.routes import route_of
from harness.sim.hops import HopResult
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed, Operation
from harness.sim.world import World

_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_THROTTLED = "TooManyRequestsException"


class ExecuteApi:
    """The service that clients of APIs and URLs talk to."""

    facts: ClassVar = aws.service("apigatewaymanagementapi")
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self._apis: dict[str, ServedApi] = {}

    def deliver(self, delivery: Delivery) -> Delivered:
        """No service of the simulator asks APIs."""
        raise DeliveryFailed("NotImplemented", f"{delivery.target} takes no deliveries", retryable=False)

    def put_api(self, api: ServedApi) -> None:
        """Keep an API, in place of the one that has its ARN."""
        self._apis[api.arn] = api

    def api(self, arn: str) -> ServedApi:
        """An API. Raises `LookupError`."""
        if arn not in self._apis:
            raise LookupError(f"there is no API {arn}")
        return self._apis[arn]

    def respond(self, arn: str, request: HttpRequest, stage: str) -> HttpResponse:
        """Answer a request that has arrived."""
        api = self.api(arn)
        at = api.stage(stage)
        direct = answers.preflight(api, request)
        if direct is not None:
            return direct
        found = route_of(api, request)
        if found is None:
            return answers.not_found(api.kind)
        route, parameters = found
        if not isinstance(route.integration, Proxy):
            return route.integration.answer
        kernel = self._world.kernel
        message = kernel.new_id(f"requests of {arn}")
        arrival = Arrival(
            api, at, route, parameters, request, message, kernel.now, self._world.region, self._world.account
        )
        return answers.with_cors(api, request, self._pass_on(arrival, _filled(route.integration, at)))

    def _pass_on(self, arrival: Arrival, proxy: Proxy) -> HttpResponse:
        """Run the function and wait, not longer than the API does: it runs on without anybody who waits."""
        recorder, kernel, api = self._world.recorder, self._world.kernel, arrival.api
        place, message = self._world.names.of(api.arn), arrival.id
        body, _ = body_of(api, arrival.request)
        ended: list[HttpResponse] = []
        parcel = FunctionParcel(payload=event_of(arrival, proxy.payload), invocation=REQUEST_RESPONSE)

        def run() -> None:
            result = self._world.hops.run(Delivery(api.arn, proxy.function, (message,), parcel))
            told = _told(api, proxy, result)
            if result.ok and result.value["error"] is None:
                recorder.deleted(place, message, by_mover=True)
            else:
                recorder.purged(place, (message,), reason=f"its client was told: {told.status}")
            ended.append(told)

        accepted = recorder.accepted(place, message, body=body or "")
        with recorder.caused_by(accepted, actor="execute-api"):
            kernel.spawn(f"request to {place}", run).join(proxy.timeout)
        return ended[0] if ended else answers.timed_out(api.kind)


def _filled(proxy: Proxy, stage: Stage) -> Proxy:
    """The integration of a stage, whose variables stand in for their names."""
    function = _VARIABLE.sub(lambda found: stage.variables.get(found[1], ""), proxy.function)
    return replace(proxy, function=function)


def _told(api: ServedApi, proxy: Proxy, result: HopResult) -> HttpResponse:
    """The answer to the client, by the end of the function's run."""
    if not result.ok:
        return answers.rejected(api.kind, throttled=result.error == _THROTTLED)
    if result.value["error"] is not None:
        return answers.failed(api.kind)
    return answers.answer_of(api, proxy.payload, result.value["payload"])


MOVER = ExecuteApi
