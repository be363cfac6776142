"""Answers of functions as answers to requests.

https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from .model import ApiKind, Cors, HttpRequest, HttpResponse, Pairs, ServedApi, pairs

_MEMBERS = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"))
_JSON = (("content-type", "application/json"),)


class MalformedAnswer(ValueError):
    """A function's answer that is none to a request."""


def not_found(kind: ApiKind) -> HttpResponse:
    """The answer to a request that no route takes."""
    if kind is ApiKind.REST:
        return HttpResponse.saying(403, "Missing Authentication Token")
    return HttpResponse.saying(404, "Not Found")


def rejected(kind: ApiKind, *, throttled: bool) -> HttpResponse:
    """Lambda didn't take the request."""
    if kind is ApiKind.REST:
        return HttpResponse.saying(500, "Internal server error")
    if kind is ApiKind.HTTP:
        return HttpResponse.saying(503, "Service Unavailable")
    return HttpResponse.saying(429, "Rate Exceeded.", "Reason") if throttled else failed(kind)


def failed(kind: ApiKind) -> HttpResponse:
    """The function failed, or gave an answer that is none."""
    if kind is ApiKind.HTTP:
        return HttpResponse.saying(500, "Internal Server Error")
    if kind is ApiKind.REST:
        return HttpResponse.saying(502, "Internal server error")
    return HttpResponse(502, (("content-type", "text/plain"),), b"Internal Server Error")


def broken(kind: ApiKind) -> HttpResponse:
    """The API's configuration is wrong, as a mapping template that fails."""
    words = "Internal server error" if kind is ApiKind.REST else "Internal Server Error"
    return HttpResponse.saying(500, words)


def unreachable(kind: ApiKind) -> HttpResponse:
    """Nobody answers at the far side, or the connection to it broke."""
    if kind is ApiKind.HTTP:
        return HttpResponse.saying(503, "Service Unavailable")
    return HttpResponse.saying(504, "Network error communicating with endpoint")


def timed_out(kind: ApiKind) -> HttpResponse:
    """The function took longer than the API waits."""
    if kind is ApiKind.HTTP:
        return HttpResponse.saying(503, "Service Unavailable")
    return HttpResponse.saying(504, "Endpoint request timed out")


def answer_of(api: ServedApi, payload: str, given: Any) -> HttpResponse:
    """The answer that a function's answer stands for; of the API itself for one that is malformed."""
    try:
        return _answer(api, payload, given)
    except MalformedAnswer:
        return failed(api.kind)


def _answer(api: ServedApi, payload: str, given: Any) -> HttpResponse:
    if payload == "2.0" and not (isinstance(given, Mapping) and "statusCode" in given):
        text = given if isinstance(given, str) else json.dumps(given)
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
    own = [pair for pair in answer.headers if not pair[0].lower().startswith("access-control-")]
    added = _allowing(api.cors, request)
    if added and api.cors.exposed:
        added.append(("access-control-expose-headers", ",".join(api.cors.exposed)))
    return HttpResponse(answer.status, (*own, *added), answer.body)


def _allowing(cors: Cors, request: HttpRequest) -> list[tuple[str, str]]:
    origin = request.header("origin")
    if not any(fnmatchcase(origin, pattern) for pattern in cors.origins):
        return []
    allowed = "*" if "*" in cors.origins and not cors.credentials else origin
    credentials = [("access-control-allow-credentials", "true")] if cors.credentials else []
    return [("access-control-allow-origin", allowed), *credentials]
