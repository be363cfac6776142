"""Guards of APIs, as templates and OpenAPI documents write them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.resources.integrations import function_of, named, texts, texts_by_name
from harness.app.resources.shapes import text
from harness.aws.rules.http.guards import REQUEST, TOKEN, Authorizer, Checks, OwnAnswer, RateLimit, Validator
from harness.aws.rules.http.model import ApiKind

_REST_SECONDS = 300
_PLACES = {"query": "querystring", "header": "header", "path": "path"}


def authorizer(kind: ApiKind, given: Mapping[str, Any]) -> Authorizer:
    """An authorizer; one that is no function lets everybody in."""
    about = named(given)
    type_ = text(about.get("type") or about.get("authorizerType") or "").upper()
    function = function_of(text(about.get("authorizerUri") or ""))
    if type_ not in (TOKEN, REQUEST) or not function:
        return Authorizer(type_)
    rest = kind is ApiKind.REST
    seconds = about.get("authorizerResultTtlInSeconds", _REST_SECONDS if rest else 0)
    sources = about.get("identitySource") or ""
    listed = texts(sources) or tuple(each.strip() for each in text(sources).split(",") if each.strip())
    if type_ == TOKEN and not listed:
        listed = (f"method.request.header.{about.get('name', 'Authorization')}",)
    payload = "1.0" if rest else text(about.get("authorizerPayloadFormatVersion", "1.0"))
    simple = text(about.get("enableSimpleResponses", False)).lower() == "true"
    pattern = text(about.get("identityValidationExpression") or "")
    return Authorizer(type_, function, listed, pattern, float(seconds), payload, simple)


def validator(given: Mapping[str, Any]) -> Validator:
    """A request validator."""
    about = named(given)
    return Validator(
        _is_true(about.get("validateRequestBody")), _is_true(about.get("validateRequestParameters"))
    )


def own_answer(given: Mapping[str, Any]) -> OwnAnswer:
    """A gateway response."""
    about = named(given)
    status = about.get("statusCode")
    return OwnAnswer(
        None if status is None else int(status),
        texts_by_name(about.get("responseParameters")),
        texts_by_name(about.get("responseTemplates")),
    )


def throttle(given: Any) -> RateLimit | None:
    """A limit, in any of the words that templates have for one; None: there is none."""
    about = named(given)
    rate = about.get("rateLimit", about.get("throttlingRateLimit"))
    burst = about.get("burstLimit", about.get("throttlingBurstLimit"))
    if rate is None and burst is None:
        return None
    return RateLimit(
        float(rate if rate is not None else 1e9), float(burst if burst is not None else rate or 1)
    )


def method_limits(settings: Any) -> dict[str, RateLimit]:
    """The limits of a REST API's stage: paths have "~1" for slashes, "*" stands for all."""
    found = {}
    for each in settings if isinstance(settings, list) else ():
        about = named(each)
        limit = throttle(about)
        path = text(about.get("resourcePath", "/*")).replace("~1", "/")
        method = text(about.get("httpMethod", "*"))
        if limit is not None:
            path = path[1:] if path.startswith("//") else path
            found["" if (path, method) == ("/*", "*") else f"{method} {path}"] = limit
    return found


def route_limits(usual: Any, each: Any) -> dict[str, RateLimit]:
    """The limits of an HTTP API's stage: the usual one, and those of single routes."""
    found = {text(key): throttle(given) for key, given in (each or {}).items()}
    found[""] = throttle(usual)
    return {key: limit for key, limit in found.items() if limit is not None}


def checks(about: Mapping[str, Any], known: Validator) -> Checks:
    """The checks of a REST API's method in a template."""
    required = tuple(
        text(name).removeprefix("method.request.")
        for name, needed in (about.get("RequestParameters") or {}).items()
        if _is_true(needed.get("Required") if isinstance(needed, Mapping) else needed)
    )
    models = {text(media): {"$ref": text(name)} for media, name in (about.get("RequestModels") or {}).items()}
    return Checks(known, required, models)


def documented_checks(operation: Mapping[str, Any], shared: Any, known: Validator) -> Checks:
    """The checks of one operation of an OpenAPI document. `shared`: parameters of its whole path."""
    parameters = [each for each in (*(shared or ()), *(operation.get("parameters") or ())) if "name" in each]
    required = tuple(
        f"{_PLACES[each['in']]}.{each['name']}"
        for each in parameters
        if _is_true(each.get("required")) and each.get("in") in _PLACES
    )
    content = (operation.get("requestBody") or {}).get("content") or {}
    models = {text(media): each.get("schema") for media, each in content.items() if each.get("schema")}
    for each in parameters:
        if each.get("in") == "body" and each.get("schema"):
            consumed = operation.get("consumes") or ["application/json"]
            models |= {text(media): each["schema"] for media in consumed}
    return Checks(known, required, models)


def schema(given: Any) -> Any:
    """A model's schema, which may be written as a text."""
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return {}


def security(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    """The names of the security schemes that an operation asks for: its own, or those of the document."""
    asked = operation.get("security", document.get("security")) or ()
    for each in asked:
        yield from map(text, each)


def _is_true(value: Any) -> bool:
    return text(value).lower() == "true"
