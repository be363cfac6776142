"""Integrations of APIs, as templates and OpenAPI documents write them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.resources.resource_type import Making
from harness.app.resources.shapes import text
from harness.aws.rules.http.integrations import (
    FIRST_CLASS,
    Behind,
    FirstClass,
    Integration,
    Mapped,
    MappedAnswer,
    Passed,
    Proxy,
)
from harness.aws.rules.http.model import ApiKind, Cors, ServedApi
from harness.cloud import ServesHttp, Unsupported, lacks

REST_SECONDS, HTTP_SECONDS = 29.0, 30.0
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

_FUNCTION = re.compile(r".*/functions/(.+)/invocations")
_TENANT = "integration.request.header.x-amz-tenant-id"
_SERVICE = re.compile(r"arn:[\w-]+:apigateway:([\w-]+):(.+)", re.DOTALL)


def server(making: Making) -> ServesHttp:
    """The cloud, which must serve HTTP. Raises `Unsupported`."""
    if not isinstance(making.cloud, ServesHttp):
        raise lacks(
            making.cloud, "APIs and function URLs", "the simulator does; or leave them out with ignore"
        )
    return making.cloud


def api_of(making: Making, name: str) -> ServedApi:
    """The API that a property names. Raises `TemplateError` if there is none."""
    id_ = text(making.need(name))
    try:
        return server(making).api(making.arn("execute-api", id_))
    except LookupError:
        raise making.error(f"{name}: there is no API {id_}", name) from None


def integration(making: Making | None, kind: ApiKind, where: str, given: Mapping[str, Any]) -> Integration:
    """One integration. Raises `Unsupported`. `making`: the resource of a template that it is part of."""
    about = named(given)
    type_ = str(about.get("type", about.get("integrationType", ""))).upper()
    usual = REST_SECONDS if kind is ApiKind.REST else HTTP_SECONDS
    seconds = float(about.get("timeoutInMillis", usual * 1000)) / 1000
    uri = text(about.get("uri") or about.get("integrationUri") or "")
    method = text(about.get("httpMethod") or about.get("integrationHttpMethod") or "ANY").upper()
    method = text(about.get("integrationMethod") or method).upper()
    subtype = about.get("integrationSubtype") or about.get("subtype")
    parameters, answers = texts_by_name(about.get("requestParameters")), _answers_of(about)
    if subtype:
        return _first_class(making, where, text(subtype), seconds, parameters, answers)
    if type_ == "AWS_PROXY" and (function := function_of(uri)):
        payload = "1.0" if kind is ApiKind.REST else text(about.get("payloadFormatVersion", "1.0"))
        if kind is ApiKind.HTTP:
            return Proxy(function, payload, seconds, parameters, answers)
        tenant = next((each for name, each in parameters.items() if name.lower() == _TENANT), "")
        return Proxy(function, payload, seconds, answers=answers, tenant=tenant)
    if type_ == "HTTP_PROXY" and uri.startswith("arn:"):
        return Passed(_in_vpc(uri), method, seconds, parameters, answers, keeps_path=True)
    if type_ == "HTTP_PROXY":
        return Passed(uri, method, seconds, parameters, answers)
    behind = _behind(type_, uri)
    if kind is ApiKind.REST and behind is not None:
        return _mapped(behind, uri, method, seconds, about)
    told = f"integrations of type {type_ or 'none'} aren't run here"
    if type_ == "AWS_PROXY":
        told = f"AWS_PROXY takes a function, not {uri or 'nothing'}"
        if "response-streaming" in uri:
            told = "AWS_PROXY is run here for functions that answer as a whole, not for streams"
    raise Unsupported(f"{where}: {told}{_instead(making)}")


def _in_vpc(arn: str) -> str:
    """The address that stands for a load balancer's listener, or a service of Cloud Map, in a VPC.

    >>> _in_vpc("arn:aws:servicediscovery:us-east-1:123456789012:service/shop-Orders")
    'http://shop-orders.internal'
    """
    return f"http://{arn.rpartition('/')[2].lower()}.internal"


def named(given: Any) -> dict[str, Any]:
    """Settings by their names as OpenAPI documents write them: CloudFormation begins with a capital."""
    return {name[0].lower() + name[1:]: value for name, value in (given or {}).items()}


def function_of(uri: str) -> str:
    """The function that a URI invokes, "" if it doesn't."""
    found = _FUNCTION.fullmatch(uri)
    function = found[1] if found else uri
    is_one = re.match(r"arn:[^/]*:function:", function) or function.startswith("${stageVariables.")
    return function if is_one else ""


def _behind(type_: str, uri: str) -> Behind | None:
    if type_ == "AWS" and _SERVICE.fullmatch(uri):
        return Behind.FUNCTION if function_of(uri) else Behind.SERVICE
    return {"MOCK": Behind.NOTHING, "HTTP": Behind.ADDRESS}.get(type_)


def _mapped(behind: Behind, uri: str, method: str, seconds: float, about: Mapping[str, Any]) -> Mapped:
    region, found = "", _SERVICE.fullmatch(uri)
    if behind is Behind.FUNCTION:
        uri = function_of(uri)
    elif behind is Behind.SERVICE and found is not None:
        region, uri = found[1], found[2]
    return Mapped(
        behind,
        uri,
        "POST" if method == "ANY" else method,
        seconds,
        region,
        texts_by_name(about.get("requestParameters")),
        texts_by_name(about.get("requestTemplates")),
        text(about.get("passthroughBehavior") or "").upper(),
        tuple(_integration_responses(about)),
    )


def _integration_responses(about: Mapping[str, Any]) -> Iterator[MappedAnswer]:
    given = about.get("responses") or about.get("integrationResponses") or {}
    listed = given if isinstance(given, list) else [{**each, "key": key} for key, each in given.items()]
    for each in map(named, listed):
        pattern = text(each.get("key", each.get("selectionPattern")) or "")
        yield MappedAnswer(
            int(each.get("statusCode", 200)),
            "" if pattern == "default" else pattern,
            texts_by_name(each.get("responseParameters")),
            texts_by_name(each.get("responseTemplates")),
        )


def _first_class(
    making: Making | None,
    where: str,
    subtype: str,
    seconds: float,
    parameters: Mapping[str, str],
    answers: Mapping[str, Mapping[str, str]],
) -> FirstClass:
    found = FIRST_CLASS.get(subtype)
    if found is None:
        known = ", ".join(FIRST_CLASS)
        told = f"{where}: there is no integration subtype {subtype!r}; there are {known}"
        raise Unsupported(told) if making is None else making.error(told)
    return FirstClass(*found, seconds, "", parameters, answers)


def _answers_of(about: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The parameters of an HTTP API's answers by status: CloudFormation lists them."""
    found = {}
    for status, given in (about.get("responseParameters") or {}).items():
        listed = named(given).get("responseParameters", given)
        if isinstance(listed, list):
            listed = {each["Destination"]: each["Source"] for each in listed}
        found[text(status)] = texts_by_name(listed)
    return found


def texts_by_name(given: Any) -> dict[str, str]:
    """A mapping of texts; an empty one if there is none."""
    return {text(name): text(value) for name, value in (given or {}).items()}


def _instead(making: Making | None) -> str:
    if making is None:
        return ""
    return f"; leave it out with ignore=[{making.display or making.logical_id!r}]"


def cors_of(given: Any) -> Cors | None:
    """A configuration of CORS, in the words of a template or of an OpenAPI document."""
    if not isinstance(given, Mapping):
        return None
    about = named(given)
    age = about.get("maxAge")
    return Cors(
        texts(about.get("allowOrigins")),
        texts(about.get("allowMethods")),
        texts(about.get("allowHeaders")),
        texts(about.get("exposeHeaders")),
        None if age is None else int(age),
        text(about.get("allowCredentials", False)).lower() == "true",
    )


def texts(given: Any) -> tuple[str, ...]:
    """A list of texts; none if it is no list."""
    return tuple(map(text, given)) if isinstance(given, list) else ()
