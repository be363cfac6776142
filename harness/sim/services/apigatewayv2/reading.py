"""From moto's HTTP APIs to those that are served.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.app.resources import api_guards as guards
from harness.app.resources.integrations import cors_of, integration, texts_by_name
from harness.aws.rules.http.model import ApiKind, Route, ServedApi, Stage


def api_of(held: Any, arn: str) -> ServedApi:
    """The API, without stages."""
    return ServedApi(
        ApiKind.HTTP,
        arn,
        held.api_id,
        name=held.name,
        routes=tuple(_routes(held)),
        cors=cors_of(held.cors_configuration),
        authorizers={
            id_: guards.authorizer(ApiKind.HTTP, _given(each)) for id_, each in held.authorizers.items()
        },
    )


def stages_of(held: Any) -> tuple[Stage, ...]:
    """The stages that an API has now."""
    return tuple(
        Stage(
            name,
            texts_by_name(stage.stage_variables),
            guards.route_limits(stage.default_route_settings, stage.route_settings),
        )
        for name, stage in held.stages.items()
    )


def _routes(held: Any) -> Iterator[Route]:
    for route in held.routes.values():
        part = held.integrations.get((route.target or "").removeprefix("integrations/"))
        if part is None:
            continue
        method, _, path = route.route_key.rpartition(" ")
        made = integration(None, ApiKind.HTTP, route.route_key, _given(part))
        yield Route(method or "ANY", path, made, route.authorizer_id or "")


def _given(made: Any) -> dict[str, Any]:
    return {name: value for name, value in made.to_json().items() if value is not None}
