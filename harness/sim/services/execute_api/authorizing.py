"""Authorizers that are functions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel
from harness.aws.rules.http import answers
from harness.aws.rules.http.guards import TOKEN, Authorizer, allows
from harness.aws.rules.http.model import ApiKind, HttpResponse
from harness.aws.rules.http.payloads import Arrival, event_of
from harness.sim.services.execute_api.values import Exchange
from harness.sim.services.service import Delivery

if TYPE_CHECKING:
    from harness.sim.hops import HopResult
    from harness.sim.world import World

_EXPLICIT = "User is not authorized to access this resource with an explicit deny"
REST_SECONDS, HTTP_SECONDS = 29.0, 10.0
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

_Known = tuple[float, Mapping[str, Any]]


class Authorizing:
    """Asks authorizers, and remembers what they said as long as they may be remembered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[tuple[str, str, tuple[str, ...]], _Known] = {}

    def authorize(self, arrival: Arrival) -> Arrival | HttpResponse:
        """The request with what the authorizer says of the client, or the answer that turns it away.

        Where the test says it, nobody is asked.
        """
        authorizer = arrival.api.authorizers.get(arrival.route.authorizer)
        if authorizer is None or not authorizer.function or arrival.request.authorizer is not None:
            return arrival
        identity = _identity(arrival, authorizer)
        if identity is None:
            return answers.own(arrival.api.kind, "UNAUTHORIZED")
        said = self._asked(arrival, authorizer, identity)
        if isinstance(said, HttpResponse):
            return said
        return _judged(arrival, authorizer, said)

    def _asked(
        self, arrival: Arrival, authorizer: Authorizer, identity: tuple[str, ...]
    ) -> Mapping[str, Any] | HttpResponse:
        """The authorizer's answer, maybe one of before."""
        key, now = (arrival.api.arn, arrival.route.authorizer, identity), self._world.kernel.now
        until, said = self._known.get(key, (0.0, {}))
        if now < until:
            return said
        event = _event(arrival, authorizer, identity)
        parcel = FunctionParcel(payload=event, invocation=REQUEST_RESPONSE)
        delivery, kind = Delivery(arrival.api.arn, authorizer.function, (), parcel), arrival.api.kind
        result = self._waited(delivery, REST_SECONDS if kind is ApiKind.REST else HTTP_SECONDS)
        if result is None or not result.ok:
            return answers.own(kind, "AUTHORIZER_FAILURE")
        error, given = result.value["error"], result.value["payload"]
        if error is not None:
            said_no = kind is ApiKind.REST and error.get("errorMessage") == "Unauthorized"
            return answers.own(kind, "UNAUTHORIZED" if said_no else "AUTHORIZER_FAILURE")
        if not isinstance(given, Mapping):
            return answers.own(kind, "AUTHORIZER_CONFIGURATION_ERROR")
        if authorizer.seconds and identity:
            self._known[key] = (now + authorizer.seconds, given)
        return given

    def _waited(self, delivery: Delivery, seconds: float) -> HopResult | None:
        """The end of the function's run; None: it takes too long."""
        ended: list[HopResult] = []
        name = f"authorizer of {self._world.names.of(delivery.source)}"
        self._world.kernel.spawn(name, lambda: ended.append(self._world.hops.run(delivery))).join(seconds)
        return ended[0] if ended else None


def method_arn(arrival: Arrival) -> str:
    """The ARN by which policies name what a request asks for."""
    path = arrival.request.path.removeprefix("/")
    return f"{arrival.api.arn}/{arrival.stage.name}/{arrival.request.method}/{path}"


def _identity(arrival: Arrival, authorizer: Authorizer) -> tuple[str, ...] | None:
    """The values by which the client is known; None: one is missing, so nobody is asked."""
    exchange = Exchange.of(arrival)
    rest = arrival.api.kind is ApiKind.REST
    found = tuple(
        (exchange.rest_value(source) if rest else exchange.http_value(source)) or ""
        for source in authorizer.sources
    )
    if not all(found):
        asks_anyway = authorizer.kind != TOKEN and rest and not authorizer.seconds
        return found if asks_anyway else None
    if authorizer.pattern and not re.match(authorizer.pattern, found[0]):
        return None
    return found


def _event(arrival: Arrival, authorizer: Authorizer, identity: tuple[str, ...]) -> dict[str, Any]:
    """The event of the authorizer."""
    arn = method_arn(arrival)
    if authorizer.kind == TOKEN:
        return {"type": TOKEN, "authorizationToken": identity[0], "methodArn": arn}
    event = event_of(arrival, authorizer.payload)
    event.pop("body", None)
    event.pop("isBase64Encoded", None)
    event["type"] = "REQUEST"
    if authorizer.payload == "2.0":
        return event | {"routeArn": arn, "identitySource": list(identity) or None}
    token = {"identitySource": ",".join(identity), "authorizationToken": ",".join(identity)}
    return event | {"methodArn": arn} | (token if arrival.api.kind is ApiKind.HTTP else {})


def _judged(arrival: Arrival, authorizer: Authorizer, said: Mapping[str, Any]) -> Arrival | HttpResponse:
    kind, context = arrival.api.kind, said.get("context") or {}
    if authorizer.simple:
        if said.get("isAuthorized") is not True:
            return answers.own(kind, "ACCESS_DENIED")
    elif "policyDocument" not in said or "principalId" not in said:
        return answers.own(kind, "AUTHORIZER_CONFIGURATION_ERROR")
    else:
        allowed = allows(said["policyDocument"], method_arn(arrival))
        if not allowed:
            return answers.own(kind, "ACCESS_DENIED", _EXPLICIT if allowed is False else "")
    if kind is ApiKind.REST:
        shown: dict[str, Any] = {"principalId": said["principalId"], **context}
        if said.get("usageIdentifierKey"):
            shown["usageIdentifierKey"] = said["usageIdentifierKey"]
    else:
        shown = {"lambda": context}
    return replace(arrival, request=replace(arrival.request, authorizer=shown))
