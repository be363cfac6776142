"""Integrations of APIs, as templates and OpenAPI documents write them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.app.resources.resource_type import Making
from harness.app.resources.shapes import text
from harness.aws.rules.http.model import ApiKind, Cors, HttpResponse, Mock, Proxy, Route, ServedApi
from harness.cloud import ServesHttp, Unsupported, lacks

REST_SECONDS, HTTP_SECONDS = 29.0, 30.0
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

_FUNCTION = re.compile(r".*/functions/(.+)/invocations")
_EXTENSION = "x-amazon-apigateway-"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_HEADER = "method.response.header."


def server(making: Making) -> ServesHttp:
    """The cloud, which must serve HTTP. Raises `Unsupported`."""
    if not isinstance(making.cloud, ServesHttp):
        raise lacks(
            making.cloud, "APIs and function URLs", "the simulator does; or leave them out with ignore"
        )
    return making.cloud


def of_document(making: Making, api: ServedApi, document: Any) -> ServedApi:
    """An API with the routes and settings of an OpenAPI document."""
    if not isinstance(document, Mapping):
        raise making.error("Body: expected an OpenAPI document", "Body")
    routes = tuple(_routes(making, api.kind, document.get("paths") or {}))
    binary = tuple(map(str, document.get(_EXTENSION + "binary-media-types") or ()))
    cors = cors_of(document.get(_EXTENSION + "cors"))
    return replace(
        api,
        name=api.name or text((document.get("info") or {}).get("title", "")),
        routes=(*api.routes, *routes),
        binary=(*api.binary, *binary),
        cors=api.cors or cors,
    )


def _routes(making: Making, kind: ApiKind, paths: Mapping[str, Any]) -> Iterator[Route]:
    for path, item in paths.items():
        for name, operation in item.items():
            any_method = name == _EXTENSION + "any-method"
            if not any_method and name.lower() not in _METHODS:
                continue
            method = "ANY" if any_method else name.upper()
            given = (operation or {}).get(_EXTENSION + "integration")
            if given is None:
                told = f"{method} {path} has no integration: API Gateway refuses to deploy such an API"
                raise making.error(told)
            yield Route(method, path, integration(making, kind, f"{method} {path}", given))


def integration(making: Making, kind: ApiKind, where: str, given: Mapping[str, Any]) -> Proxy | Mock:
    """One integration: a Lambda proxy, or an answer that is always the same. Raises `Unsupported`."""
    named = {name[0].lower() + name[1:]: value for name, value in given.items()}
    type_ = str(named.get("type", named.get("integrationType", ""))).upper()
    if type_ == "AWS_PROXY" and not (named.get("integrationSubtype") or named.get("subtype")):
        uri = str(named.get("uri") or named.get("integrationUri") or "")
        found = _FUNCTION.fullmatch(uri)
        function = found[1] if found else uri
        if re.match(r"arn:[^/]*:function:", function) or function.startswith("${stageVariables."):
            usual = REST_SECONDS if kind is ApiKind.REST else HTTP_SECONDS
            seconds = float(named.get("timeoutInMillis", usual * 1000)) / 1000
            payload = "1.0" if kind is ApiKind.REST else str(named.get("payloadFormatVersion", "1.0"))
            return Proxy(function, payload, seconds)
    if type_ == "MOCK":
        return _mock(making, where, named)
    told = f"integrations of type {type_ or 'none'} aren't run here"
    if type_ == "AWS_PROXY":
        told = (
            "AWS_PROXY is run here for functions that answer as a whole, not for streams and other services"
        )
    raise Unsupported(f"{where}: {told}; {_instead(making)}")


def _mock(making: Making, where: str, named: Mapping[str, Any]) -> Mock:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html"""
    responses = named.get("responses") or named.get("integrationResponses") or {}
    if isinstance(responses, list):
        responses = {text(each.get("SelectionPattern") or "default"): each for each in responses}
    try:
        asked = json.loads((named.get("requestTemplates") or {}).get("application/json") or "{}")
    except ValueError:
        asked = {}
    wanted = text(asked.get("statusCode", 200)) if isinstance(asked, Mapping) else "200"
    chosen = responses.get(wanted) or responses.get("default") or {}
    chosen = {name[0].lower() + name[1:]: value for name, value in chosen.items()}
    body = str((chosen.get("responseTemplates") or {}).get("application/json") or "").strip()
    headers = tuple(_literals(chosen.get("responseParameters") or {}))
    if "$" in body or "#" in body or len(headers) != len(chosen.get("responseParameters") or {}):
        raise Unsupported(
            f"{where}: the answer of its mock integration comes of a mapping template, which isn't run here; "
            f"{_instead(making)}"
        )
    kind = (("content-type", "application/json"),)
    status = int(chosen.get("statusCode", wanted))
    return Mock(HttpResponse(status, (*headers, *kind), body.encode()))


def _instead(making: Making) -> str:
    return f"leave it out with ignore=[{making.display or making.logical_id!r}]"


def _literals(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in parameters.items():
        given = text(value)
        if name.startswith(_HEADER) and given[:1] == given[-1:] == "'":
            yield name.removeprefix(_HEADER), given[1:-1]


def cors_of(given: Any) -> Cors | None:
    """A configuration of CORS, in the words of a template or of an OpenAPI document."""
    if not isinstance(given, Mapping):
        return None
    named = {name[0].lower() + name[1:]: value for name, value in given.items()}
    age = named.get("maxAge")
    return Cors(
        texts(named.get("allowOrigins")),
        texts(named.get("allowMethods")),
        texts(named.get("allowHeaders")),
        texts(named.get("exposeHeaders")),
        None if age is None else int(age),
        text(named.get("allowCredentials", False)).lower() == "true",
    )


def texts(given: Any) -> tuple[str, ...]:
    """A list of texts; none if it is no list."""
    return tuple(map(text, given)) if isinstance(given, list) else ()
