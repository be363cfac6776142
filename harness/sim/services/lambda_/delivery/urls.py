"""The URLs of functions, where HTTP clients find them.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.aws.rules.http.integrations import Proxy
from harness.aws.rules.http.model import ApiKind, Cors, Route, ServedApi, Stage, url_arn
from harness.sim.requests import AnswersRequests
from harness.sim.services.lambda_.model.functions import FunctionUrl
from harness.sim.world import World

SECONDS = 900.0
"""A URL waits as long as a function may run."""


def serve(world: World, function_arn: str, url: FunctionUrl | None) -> None:
    """Requests to the URL invoke the function or alias with this ARN. None: it has no URL any more."""
    arn = url_arn(function_arn)
    server = world.owner(arn)
    assert isinstance(server, AnswersRequests)
    if url is None:
        server.drop_api(arn)
        return
    id_ = url.url.removeprefix("https://").partition(".")[0]
    route = Route("ANY", "$default", Proxy(function_arn, "2.0", SECONDS))
    stages = (Stage("$default"),)
    cors, signed = _cors(url.cors or {}), url.auth == "AWS_IAM"
    server.put_api(ServedApi(ApiKind.URL, arn, id_, routes=(route,), stages=stages, cors=cors, signed=signed))


def _cors(given: Mapping[str, Any]) -> Cors | None:
    if not given:
        return None
    return Cors(
        origins=tuple(given.get("AllowOrigins") or ()),
        methods=tuple(given.get("AllowMethods") or ()),
        headers=tuple(given.get("AllowHeaders") or ()),
        exposed=tuple(given.get("ExposeHeaders") or ()),
        max_age=given.get("MaxAge"),
        credentials=bool(given.get("AllowCredentials")),
    )
