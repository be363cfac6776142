"""The events that functions get of requests: payload formats 1.0 and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, unquote, urlencode

from .model import ApiKind, HttpRequest, Pairs, Route, ServedApi, Stage
from .routes import DEFAULT

CLIENT = "127.0.0.1"
_TEXTS = (
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that has come in by a route. `now`: in epoch seconds."""

    api: ServedApi
    stage: Stage
    route: Route
    parameters: Mapping[str, str]
    request: HttpRequest
    id: str
    now: float
    region: str
    account: str

    @property
    def prefix(self) -> str:
        """The stage in the path that the client asks for."""
        return "" if self.stage.name == DEFAULT else f"/{self.stage.name}"

    @property
    def host(self) -> str:
        """The name of the API's host."""
        service = "lambda-url" if self.api.kind is ApiKind.URL else "execute-api"
        end = "on.aws" if self.api.kind is ApiKind.URL else "amazonaws.com"
        return f"{self.api.id}.{service}.{self.region}.{end}"

    @property
    def headers(self) -> Pairs:
        """The headers with those that every request has."""
        given = {name.lower() for name, _ in self.request.headers}
        usual = (("Host", self.host), ("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https"))
        return (*self.request.headers, *((name, value) for name, value in usual if name.lower() not in given))

    @property
    def time(self) -> str:
        """The moment, as both formats write it."""
        return datetime.fromtimestamp(self.now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def event_of(arrival: Arrival, payload: str) -> dict[str, Any]:
    """The event, in one of the two formats."""
    return _second(arrival) if payload == "2.0" else _first(arrival)


def _first(arrival: Arrival) -> dict[str, Any]:
    api, request, route = arrival.api, arrival.request, arrival.route
    body, encoded = body_of(api, request)
    headers, query = arrival.headers, request.query
    path = unquote(request.path)
    event: dict[str, Any] = {} if api.kind is ApiKind.REST else {"version": "1.0"}
    return event | {
        "resource": route.path,
        "path": path if api.kind is ApiKind.REST else arrival.prefix + path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": _lists(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _lists(query) or None,
        "pathParameters": dict(arrival.parameters) or None,
        "stageVariables": dict(arrival.stage.variables) or None,
        "requestContext": context_of(arrival),
        "body": body,
        "isBase64Encoded": encoded,
    }


def context_of(arrival: Arrival) -> dict[str, Any]:
    """The request's context of format 1.0, which mapping templates and expressions see as well."""
    api, request, route = arrival.api, arrival.request, arrival.route
    return {
        "accountId": arrival.account,
        "apiId": api.id,
        **({"authorizer": dict(request.authorizer)} if request.authorizer is not None else {}),
        "domainName": arrival.host,
        "domainPrefix": api.id,
        "extendedRequestId": arrival.id,
        "httpMethod": request.method,
        "identity": {"sourceIp": CLIENT, "userAgent": request.header("user-agent") or None},
        "path": arrival.prefix + unquote(request.path),
        "protocol": "HTTP/1.1",
        "requestId": arrival.id,
        "requestTime": arrival.time,
        "requestTimeEpoch": int(arrival.now * 1000),
        "resourcePath": route.path,
        "stage": arrival.stage.name,
    }


def _second(arrival: Arrival) -> dict[str, Any]:
    api, request, route = arrival.api, arrival.request, arrival.route
    body, encoded = body_of(api, request)
    key = DEFAULT if route.path == DEFAULT else f"{route.method} {route.path}"
    path = arrival.prefix + unquote(request.path)
    cookies = [text.strip() for text in request.header("cookie").split(";") if text.strip()]
    event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": urlencode(request.query, quote_via=quote),
        "cookies": cookies or None,
        "headers": _joined(
            (name.lower(), value) for name, value in arrival.headers if name.lower() != "cookie"
        ),
        "queryStringParameters": _joined(request.query) or None,
        "requestContext": {
            "accountId": "anonymous" if api.kind is ApiKind.URL else arrival.account,
            "apiId": api.id,
            **({"authorizer": dict(request.authorizer)} if request.authorizer is not None else {}),
            "domainName": arrival.host,
            "domainPrefix": api.id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": CLIENT,
                "userAgent": request.header("user-agent"),
            },
            "requestId": arrival.id,
            "routeKey": key,
            "stage": arrival.stage.name,
            "time": arrival.time,
            "timeEpoch": int(arrival.now * 1000),
        },
        "body": body,
        "pathParameters": dict(arrival.parameters) or None,
        "isBase64Encoded": encoded,
        "stageVariables": dict(arrival.stage.variables) or None,
    }
    return {name: value for name, value in event.items() if value is not None}


def body_of(api: ServedApi, request: HttpRequest) -> tuple[str | None, bool]:
    """The body as events have it, and whether that is Base64."""
    if not request.body:
        return None, False
    media = request.header("content-type").partition(";")[0].strip().lower()
    if _is_binary(api, media):
        return b64encode(request.body).decode(), True
    return request.body.decode(errors="replace"), False


def _is_binary(api: ServedApi, media: str) -> bool:
    """REST APIs are told the media types that are binary; HTTP APIs and URLs know those that are texts."""
    if api.kind is ApiKind.REST:
        return any(fnmatchcase(media, each.replace("~1", "/")) for each in api.binary)
    return bool(media) and not media.startswith("text/") and not media.endswith(("+json", "+xml", *_TEXTS))


def _lists(given: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in given:
        found.setdefault(name, []).append(value)
    return found


def _joined(given: Any) -> dict[str, str]:
    return {name: ",".join(values) for name, values in _lists(tuple(given)).items()}
