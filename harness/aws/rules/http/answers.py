"""Answers of functions as answers to requests.

https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from .model import ApiKind, Cors, HttpRequest, HttpResponse, Pairs, ServedApi, pairs

_MEMBERS = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"))
_JSON = (("content-type", "application/json"),)


class MalformedAnswer(ValueError):
    """A function's answer that is none to a request."""


_OWN: Mapping[str, tuple[int, str | None]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, None),
    "AUTHORIZER_FAILURE": (500, None),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "DEFAULT_5XX": (502, "Internal server error"),
    "INTEGRATION_FAILURE": (504, "Network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""

_UNSIGNED = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
_OF_HTTP = {
    "ACCESS_DENIED": (403, "Forbidden"),
    "API_CONFIGURATION_ERROR": (500, "Internal Server Error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal Server Error"),
    "AUTHORIZER_FAILURE": (500, "Internal Server Error"),
    "DEFAULT_5XX": (500, "Internal Server Error"),
    "INTEGRATION_FAILURE": (503, "Service Unavailable"),
    "INTEGRATION_TIMEOUT": (503, "Service Unavailable"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "Not Found"),
}


def own(kind: ApiKind, type_: str, message: str = "") -> HttpResponse:
    """What an API answers by itself; the type is that of a REST API's gateway response."""
    if kind is ApiKind.REST:
        status, words = _OWN[type_]
        word = "Message" if type_ == "ACCESS_DENIED" else "message"
        return HttpResponse.saying(status, message or words, word, own=type_)
    status, words = _OF_HTTP.get(type_, _OWN[type_])
    return HttpResponse.saying(status, words)


def unsigned() -> HttpResponse:
    """A URL takes signed requests only. Recorded on AWS, November 2025."""
    told = HttpResponse.saying(403, _UNSIGNED, "Message")
    return replace(told, headers=(*told.headers, ("x-amzn-ErrorType", "AccessDeniedException")))


def rejected(kind: ApiKind, *, throttled: bool) -> HttpResponse:
    """Lambda didn't take the request."""
    if kind is ApiKind.URL:
        return HttpResponse.saying(429, "Rate Exceeded.", "Reason") if throttled else failed(kind)
    return own(kind, "API_CONFIGURATION_ERROR" if kind is ApiKind.REST else "INTEGRATION_FAILURE")


def failed(kind: ApiKind) -> HttpResponse:
    """The function failed, or gave an answer that is none."""
    if kind is ApiKind.URL:
        return HttpResponse(502, (("content-type", "text/plain"),), b"Internal Server Error")
    return own(kind, "DEFAULT_5XX")


def answer_of(api: ServedApi, payload: str, given: Any) -> HttpResponse:
    """The answer that a function's answer stands for; of the API itself for one that is malformed."""
    try:
        return _answer(api, payload, given)
    except MalformedAnswer:
        return failed(api.kind)


def _answer(api: ServedApi, payload: str, given: Any) -> HttpResponse:
    if payload == "2.0" and not (isinstance(given, Mapping) and "statusCode" in given):
        between = (",", ":") if api.kind is ApiKind.URL else None
        text = given if isinstance(given, str) else json.dumps(given, separators=between)
        return HttpResponse(200, _JSON, text.encode())
    if not isinstance(given, Mapping):
        raise MalformedAnswer("an answer is an object")
    if api.kind is ApiKind.REST and set(given) - (_MEMBERS - {"cookies"}):
        raise MalformedAnswer("it has members that no answer has")
    body = given.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedAnswer("a body is a text")
    content = (body or "").encode()
    if given.get("isBase64Encoded") is True:
        try:
            content = b64decode(content, validate=True)
        except ValueError:
            raise MalformedAnswer("the body is no Base64") from None
    headers = _headers(given, payload)
    if not any(name.lower() == "content-type" for name, _ in headers):
        plain = api.kind is ApiKind.HTTP
        headers = (*headers, ("content-type", "text/plain; charset=utf-8")) if plain else (*headers, *_JSON)
    return HttpResponse(
        _status(given.get("statusCode", 200 if api.kind is ApiKind.REST else None)), headers, content
    )


def _status(given: Any) -> int:
    try:
        status = -1 if isinstance(given, bool) else int(given)
    except (TypeError, ValueError):
        status = -1
    if not 100 <= status <= 599:
        raise MalformedAnswer("there is no such status")
    return status


def _headers(given: Mapping[str, Any], payload: str) -> Pairs:
    single, multiple = given.get("headers") or {}, given.get("multiValueHeaders") or {}
    if not isinstance(single, Mapping) or not isinstance(multiple, Mapping):
        raise MalformedAnswer("headers are an object")
    if any(isinstance(value, Mapping | list) for value in single.values()):
        raise MalformedAnswer("a header is a text")
    if payload == "2.0":
        cookies = given.get("cookies") or []
        if not isinstance(cookies, list):
            raise MalformedAnswer("cookies are a list")
        return (*pairs(single), *(("set-cookie", str(cookie)) for cookie in cookies))
    several = {name.lower() for name in multiple}
    return (*((n, v) for n, v in pairs(single) if n.lower() not in several), *pairs(multiple))


def preflight(api: ServedApi, request: HttpRequest) -> HttpResponse | None:
    """The answer to a preflight request that an API with a CORS configuration gives by itself.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    cors = api.cors
    asked = request.header("origin") and request.header("access-control-request-method")
    if cors is None or request.method != "OPTIONS" or not asked:
        return None
    headers = _allowing(cors, request)
    if headers:
        lists = (("methods", cors.methods), ("headers", cors.headers))
        headers += [(f"access-control-allow-{name}", ",".join(of)) for name, of in lists if of]
        if cors.max_age is not None:
            headers.append(("access-control-max-age", str(cors.max_age)))
    return HttpResponse(200 if api.kind is ApiKind.URL else 204, tuple(headers))


def with_cors(api: ServedApi, request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer with the headers of a CORS configuration, which replace those of the function."""
    if api.cors is None or not request.header("origin"):
        return answer
    kept = [pair for pair in answer.headers if not pair[0].lower().startswith("access-control-")]
    added = _allowing(api.cors, request)
    if added and api.cors.exposed:
        added.append(("access-control-expose-headers", ",".join(api.cors.exposed)))
    return replace(answer, headers=(*kept, *added))


def _allowing(cors: Cors, request: HttpRequest) -> list[tuple[str, str]]:
    origin = request.header("origin")
    if not any(fnmatchcase(origin, pattern) for pattern in cors.origins):
        return []
    allowed = "*" if "*" in cors.origins and not cors.credentials else origin
    credentials = [("access-control-allow-credentials", "true")] if cors.credentials else []
    return [("access-control-allow-origin", allowed), *credentials]
