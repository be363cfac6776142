"""HTTP in front of an app: APIs of API Gateway, and URLs of functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from harness import aws
from harness.aws.rules.http import answers
from harness.aws.rules.http.integrations import Behind, Mapped, Proxy
from harness.aws.rules.http.model import ApiKind, HttpRequest, HttpResponse, Route, ServedApi, Stage
from harness.aws.rules.http.payloads import Arrival, body_of
from harness.aws.rules.http.routes import route_of
from harness.aws.rules.http.usage import Usage
from harness.cloud import Unsupported
from harness.sim.requests import TRIES_MAX
from harness.sim.services.execute_api.backends import Backends, Told
from harness.sim.services.execute_api.guarding import Guards
from harness.sim.services.execute_api.parameters import own_answer
from harness.sim.services.execute_api.values import Exchange
from harness.sim.services.execute_api.web import ApiHost
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed, Operation
from harness.sim.world import World

_HOST = re.compile(r"([\w-]+)\.(?:execute-api|lambda-url)\.[\w-]+\.(?:amazonaws\.com|on\.aws)")
_READING = ("GET", "HEAD", "OPTIONS")


class ExecuteApi:
    """The service that clients of APIs and URLs talk to."""

    facts: ClassVar = aws.service("apigatewaymanagementapi")
    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, world: World) -> None:
        self._world = world
        self._apis: dict[str, ServedApi] = {}
        self._backends = Backends(world, self.ask)
        self._guards = Guards(world)

    def deliver(self, delivery: Delivery) -> Delivered:
        """No service of the simulator asks APIs."""
        raise DeliveryFailed("NotImplemented", f"{delivery.target} takes no deliveries", retryable=False)

    def put_api(self, api: ServedApi) -> None:
        """Keep an API, in place of the one that has its ARN."""
        self._apis[api.arn] = api

    def drop_api(self, arn: str) -> None:
        """Forget an API, if there is one."""
        self._apis.pop(arn, None)

    def api(self, arn: str) -> ServedApi:
        """An API. Raises `LookupError`."""
        if arn not in self._apis:
            raise LookupError(f"there is no API {arn}")
        return self._apis[arn]

    def api_known(self, api_id: str) -> ServedApi:
        """The API, or the URL of a function, that has this id in its host. Raises `LookupError`."""
        found = next((api for api in self._apis.values() if api.id == api_id), None)
        if found is None:
            raise LookupError(f"there is no API with the id {api_id!r}")
        return found

    @property
    def usage(self) -> Usage:
        """The API keys and usage plans of the account."""
        return self._guards.usage

    def respond(self, arn: str, request: HttpRequest, stage: str) -> HttpResponse:
        """Answer a request that has arrived."""
        api = self.api(arn)
        if api.kind is ApiKind.WEBSOCKET:
            told = "connections over WebSocket aren't run here; invoke the functions of its routes yourself"
            raise Unsupported(f"{self._world.names.of(arn)}: {told}")
        at = api.stage(stage)
        direct = answers.preflight(api, request)
        if direct is not None:
            return direct
        found = route_of(api, request)
        if found is None:
            missing = Route(request.method, request.path, Proxy("", "1.0", 0.0))
            arrival = self._arrival(api, at, missing, {}, request)
            return self._own(arrival, answers.own(api.kind, "MISSING_AUTHENTICATION_TOKEN"))
        arrival = self._arrival(api, at, *found, request)
        let_in = self._guards.let_in(arrival)
        if isinstance(let_in, HttpResponse):
            answer = let_in
        else:
            arrival = let_in
            answer = self._pass_on(Exchange.of(arrival))
        return answers.with_cors(api, request, self._own(arrival, answer))

    def _arrival(
        self, api: ServedApi, at: Stage, route: Route, parameters: Mapping[str, str], request: HttpRequest
    ) -> Arrival:
        kernel = self._world.kernel
        message = kernel.new_id(f"requests of {api.arn}")
        return Arrival(
            api, at, route, parameters, request, message, kernel.now, self._world.region, self._world.account
        )

    def _own(self, arrival: Arrival, answer: HttpResponse) -> HttpResponse:
        """The answer as the API's owner wants it, if it is one that the API gives by itself."""
        return own_answer(Exchange.of(arrival), answer) if answer.own and arrival.api.own_answers else answer

    def _pass_on(self, exchange: Exchange) -> HttpResponse:
        """Ask the far side and wait, not longer than the API does: it goes on without anybody who waits."""
        arrival = exchange.arrival
        made = arrival.route.integration
        if isinstance(made, Mapped) and made.behind is Behind.NOTHING:
            return self._backends.answer(exchange).answer
        recorder, kernel, api = self._world.recorder, self._world.kernel, arrival.api
        place, message = self._world.names.of(api.arn), arrival.id
        body, _ = body_of(api, arrival.request)
        ended: list[HttpResponse] = []

        def run() -> None:
            told = self._backends.answer(exchange)
            self._close(arrival, told)
            ended.append(told.answer)

        accepted = recorder.accepted(place, message, body=body or "")
        with recorder.caused_by(accepted, actor="execute-api"):
            kernel.spawn(f"request to {place}", run).join(made.timeout)
        return ended[0] if ended else answers.own(api.kind, "INTEGRATION_TIMEOUT")

    def _close(self, arrival: Arrival, told: Told) -> None:
        """The API is done with a request: it was carried out, or its client knows better, or nobody does."""
        recorder, place, message = self._world.recorder, self._world.names.of(arrival.api.arn), arrival.id
        if not told.failed:
            recorder.deleted(place, message, by_mover=told.handed_on)
        elif told.unheard and arrival.request.method not in _READING:
            reason = f"{told.failed}, and its client was told: {told.answer.status}"
            recorder.dropped(place, (message,), reason=reason)
        else:
            reason = f"its client was told: {told.answer.status} ({told.failed})"
            recorder.purged(place, (message,), reason=reason)

    def at(self, host: str) -> ApiHost | None:
        """What answers at a host; None: no API has it."""
        found = _HOST.fullmatch(host)
        is_own = found is not None and any(api.id == found[1] for api in self._apis.values())
        return ApiHost(host, self._world.kernel, partial(self.ask, tries=1)) if is_own else None

    def ask(self, host: str, request: HttpRequest, tries: int = TRIES_MAX) -> HttpResponse | None:
        """Ask an API of this cloud by its host, the stage in the path. None: it isn't one."""
        if self.at(host) is None:
            return None
        api = self.api_known(host.partition(".")[0])
        if api.signed and not request.is_signed:
            return answers.unsigned()
        if not api.stages:
            return HttpResponse.saying(403, "Forbidden")
        stage, path = api.stage_of(request.path)
        return self._world.requests.send(api.arn, replace(request, path=path), stage, tries)


MOVER = ExecuteApi
