"""APIs over HTTP: API Gateway's, and URLs of functions."""

from __future__ import annotations

import json as json_
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from harness.app.handles.handle import Handle
from harness.app.handles.messages import as_json
from harness.app.handles.samples import ANY_TEXT, MADE_UP, Sample, body_in, fitting
from harness.app.intrinsics import Created
from harness.aws.rules.http.guards import written_out
from harness.aws.rules.http.model import HttpRequest, HttpResponse, Pairs, Route, ServedApi, pairs
from harness.cloud import Cloud, ServesHttp, Unsupported, lacks

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
Values = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""Headers or parameters: of a name with several values, a list."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer, in the words that `requests` has for one.

    `pairs`: its headers as they came, each as often as it did; `content`: its body as bytes.
    """

    status_code: int
    pairs: Pairs
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers by their names in small letters; of several with one name, joined by commas."""
        found: dict[str, str] = {}
        for name, value in self.pairs:
            known = found.get(name.lower())
            found[name.lower()] = value if known is None else f"{known},{value}"
        return found

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return json_.loads(self.content)


class HttpApi(Handle):
    """A REST API, an HTTP API or the URL of a function, as its clients see it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/welcome.html

    >>> bookings = cloud.deploy("fixtures/apps/bookings/template.yaml")
    >>> answer = bookings.api("Desk").post("/rooms/12/bookings", json={"booking": "b-1", "guest": "Ada"})
    >>> (answer.status_code, answer.json()["room"])
    (201, '12')
    """

    kind = "api"
    types = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: str | bytes | None = None,
        headers: Values | None = None,
        params: Values | None = None,
        stage: str = "",
        authorizer: Mapping[str, Any] | None = None,
    ) -> HttpAnswer:
        """Send a request with this `method`, `path` and `headers`, and wait for the answer.

        `json` or `body`: one of them; `params`: the query. `stage`: by default "$default", or the one that
        the template makes last. `authorizer`: what an authorizer says of the client; none is run.
        Raises `ConnectionError` if no answer came, and `LookupError` for a stage that there isn't.
        """
        if not isinstance(self._cloud, ServesHttp):
            raise _no_http(self._cloud)
        if method.upper() not in _METHODS:
            raise ValueError(f"{method!r} is no HTTP method; expected one of {', '.join(_METHODS)}")
        if json is not None and body:
            raise ValueError("pass json or body, not both")
        if not path.startswith("/"):
            raise ValueError(f"a path begins with a slash: {path!r}")
        sent = pairs(headers)
        if json is not None:
            body = as_json("a body is data that JSON can hold", json)
            if not any(name.lower() == "content-type" for name, _ in sent):
                sent = (*sent, ("Content-Type", "application/json"))
        parts = urlsplit(path)
        query = (*parse_qsl(parts.query, keep_blank_values=True), *pairs(params))
        content = body.encode() if isinstance(body, str) else body or b""
        request = HttpRequest(
            method.upper(), quote(parts.path, safe="/%:@!$&'()*+,;=~"), query, sent, content, authorizer
        )
        return _answer(self._cloud.request(self.arn, request, stage))

    def samples(self) -> list[Sample]:
        """One request for each route. Raises `ValueError` if the answer is an error: of a request without a
        body only those of the server, as a path is made up."""
        if not isinstance(self._cloud, ServesHttp):
            return []
        api = self._cloud.api(self.arn)
        return [self._sample(route, api.models) for route in api.routes if route.method != "OPTIONS"]

    def _sample(self, route: Route, models: Mapping[str, Any]) -> Sample:
        wanted = "POST" if route.method == "ANY" else route.method
        path = "/" if route.path == "$default" else re.sub(r"\{[^}]*\}", ANY_TEXT, route.path)
        has_body = wanted in ("POST", "PUT", "PATCH")
        wants = route.checks.models if has_body and route.checks.validator.body else {}
        below = 400 if has_body else 500
        bodies = [fitting(written_out(schema, models)) for schema in wants.values()]
        body = bodies[0] if bodies else MADE_UP

        def send(event: Any) -> None:
            answer = self.request(wanted, path, json=event if has_body else None)
            if answer.status_code >= below:
                raise ValueError(f"answered {answer.status_code}: {answer.text:.80}")

        given = ", json={event}" if has_body else ""
        code = f'app.api("{self.logical_id}").{wanted.lower()}("{path}"{given})'
        return Sample(f"{wanted} {path}", body, send, code, lambda event: _body_in(event, wanted), below)

    def get(self, path: str, **how: Any) -> HttpAnswer:
        """A GET request; see `request`."""
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> HttpAnswer:
        """A POST request; see `request`."""
        return self.request("POST", path, **how)

    def put(self, path: str, **how: Any) -> HttpAnswer:
        """A PUT request; see `request`."""
        return self.request("PUT", path, **how)

    def patch(self, path: str, **how: Any) -> HttpAnswer:
        """A PATCH request; see `request`."""
        return self.request("PATCH", path, **how)

    def delete(self, path: str, **how: Any) -> HttpAnswer:
        """A DELETE request; see `request`."""
        return self.request("DELETE", path, **how)


def api_at(cloud: Cloud, url: str) -> tuple[HttpApi, str, str]:
    """The API that a URL leads to, with the stage and the path in it. Raises `LookupError`, `ValueError`."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"http: {url!r} is no URL; pass a URL, or a path together with api=…")
    served = _known(cloud, parts.hostname.partition(".")[0])
    stage, path = served.stage_of(parts.path or "/")
    return _made(cloud, served), stage, f"{path}?{parts.query}" if parts.query else path


def api_of_id(cloud: Cloud, api_id: str) -> HttpApi:
    """The API that the cloud knows by this id. Raises `LookupError`."""
    return _made(cloud, _known(cloud, api_id))


def _known(cloud: Cloud, api_id: str) -> ServedApi:
    if not isinstance(cloud, ServesHttp):
        raise _no_http(cloud)
    return cloud.api_known(api_id)


def _made(cloud: Cloud, served: ServedApi) -> HttpApi:
    return HttpApi(cloud, served.id, Created(served.id, {"Arn": served.arn}))


def _no_http(cloud: Cloud) -> Unsupported:
    return lacks(cloud, "requests to APIs", "the simulator does; or invoke the function yourself")


def _answer(answer: HttpResponse) -> HttpAnswer:
    return HttpAnswer(answer.status, answer.headers, answer.body)


def _body_in(event: Any, method: str) -> Any | None:
    """The JSON body in the event of a proxy integration, if it is of this method; or a plain body. None of
    another text, as that of an image."""
    if not isinstance(event, Mapping) or not {"httpMethod", "requestContext"} & event.keys():
        return body_in(event)
    http = (event.get("requestContext") or {}).get("http") or {}
    found = event.get("httpMethod") or http.get("method")
    with suppress(ValueError):
        return json_.loads(event.get("body") or "null") if found == method else None
    return None
