"""The guards of an API at work: limits, authorizers, API keys, and checks of requests, in this order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.aws.rules.http import answers
from harness.aws.rules.http.guards import Checks, RateLimit, TokenBucket, written_out
from harness.aws.rules.http.model import HttpResponse
from harness.aws.rules.http.payloads import Arrival, body_of
from harness.aws.rules.http.usage import Usage
from harness.sim.services.execute_api.authorizing import Authorizing
from harness.sim.services.execute_api.values import Exchange

if TYPE_CHECKING:
    from harness.sim.world import World


class Guards:
    """Lets requests in. `usage` has the account's API keys and usage plans."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._authorizing = Authorizing(world)
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}
        self.usage = Usage()

    def let_in(self, arrival: Arrival) -> Arrival | HttpResponse:
        """The request with what its authorizer says of the client, or the answer that turns it away."""
        kind = arrival.api.kind
        if not self._has_room(arrival):
            return answers.own(kind, "THROTTLED")
        authorized = self._authorizing.authorize(arrival)
        if isinstance(authorized, HttpResponse):
            return authorized
        arrival = authorized
        if arrival.route.needs_key and (refused := self._refused_key(arrival)):
            return answers.own(kind, refused)
        return _problem(arrival) or arrival

    def _has_room(self, arrival: Arrival) -> bool:
        route, limits = arrival.route, arrival.stage.limits
        name = f"{route.method} {route.path}"
        limit: RateLimit | None = limits.get(name) or limits.get("")
        if limit is None:
            return True
        shared = name if name in limits else ""
        key, now = (arrival.api.arn, arrival.stage.name, shared), self._world.kernel.now
        return self._buckets.setdefault(key, TokenBucket(limit, now)).take(now)

    def _refused_key(self, arrival: Arrival) -> str:
        value = arrival.request.header("x-api-key")
        if arrival.api.key_by_authorizer:
            value = str((arrival.request.authorizer or {}).get("usageIdentifierKey", ""))
        method = f"{arrival.route.path}/{arrival.route.method}"
        return self.usage.refuses(value, arrival.api.id, arrival.stage.name, method, self._world.kernel.now)


def _problem(arrival: Arrival) -> HttpResponse | None:
    """The answer to a request that the method's checks find wrong.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    checks, kind = arrival.route.checks, arrival.api.kind
    if checks.validator.parameters:
        exchange = Exchange.of(arrival)
        missing = [each for each in checks.required if not exchange.rest_value(f"method.request.{each}")]
        if missing:
            names = ", ".join(each.partition(".")[2] for each in missing)
            return answers.own(
                kind, "BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]"
            )
    if checks.validator.body and checks.models and not _fits(arrival, checks):
        return answers.own(kind, "BAD_REQUEST_BODY")
    return None


def _fits(arrival: Arrival, checks: Checks) -> bool:
    """Does the body fit the model for its media type? A type without a model isn't checked."""
    media = arrival.request.header("content-type").partition(";")[0].strip() or "application/json"
    schema = checks.models.get(media, checks.models.get("$default"))
    if schema is None:
        return True
    body, _ = body_of(arrival.api, arrival.request)
    try:
        given = json.loads(body or "null")
    except ValueError:
        return False
    return _is_valid(given, schema, arrival.api.models)


def _is_valid(given: Any, schema: Any, models: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html: draft 4."""
    from jsonschema import Draft4Validator

    whole = written_out(schema, models) if isinstance(schema, Mapping) else {}
    return bool(Draft4Validator(whole).is_valid(given))
