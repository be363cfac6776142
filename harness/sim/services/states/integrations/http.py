"""HTTP tasks, and requests to APIs of API Gateway.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from harness.aws.rules.connections import added, authorization
from harness.sim.patches import stubs
from harness.sim.services import sdk_calls
from harness.sim.services.states.integrations import sdk
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.integrations.form import encoded
from harness.sim.services.states.integrations.job import Job
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.executions import HttpExchange

API_GATEWAY = "apigateway"
SERVICES = frozenset(("http", API_GATEWAY))


def check(job: Job) -> None:
    """Raises `StateError` for parameters that no request can be made of."""
    wrong = next(_misfits(job.given.value, is_api=job.resource.service == API_GATEWAY), None)
    if wrong is not None:
        raise sdk.could_not_start(job.given, f"The value of the field '{wrong}' has an invalid format")


def _misfits(params: Any, *, is_api: bool) -> Iterator[str]:
    """The fields that are of no use."""
    given = params if isinstance(params, Mapping) else {}
    for name in ("ApiEndpoint", "Method"):
        if not isinstance(given.get(name), str) or not given[name]:
            yield name
    for name in ("Headers", "QueryParameters", "Authentication", "InvocationConfig"):
        if not isinstance(given.get(name) or {}, Mapping):
            yield name
            return
    if is_api and any(not isinstance(value, list) for value in (given.get("Headers") or {}).values()):
        yield "Headers"
    connection = _authentication(given).get("ConnectionArn", "")
    if connection and not (isinstance(connection, str) and "/" in connection):
        yield "ConnectionArn"


@dataclass(frozen=True)
class TaskRequest:
    """A request that a task sends."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str

    @property
    def shown(self) -> dict[str, str]:
        """As TestState shows it."""
        told = {"protocol": urlsplit(self.url).scheme, "method": self.method, "url": self.url}
        return {
            **told,
            "headers": _listed(self.headers.items()),
            **({"body": self.body} if self.body else {}),
        }


def call(job: Job) -> Any:
    """Send the request; gives the response as the state gets it. Raises `CallFailed`."""
    is_api = job.resource.service == API_GATEWAY
    connection = _connection(job, job.given.value)
    request = _request(job, connection, is_api=is_api)
    url, error = request.url, "ApiGateway.SdkClientException" if is_api else errors.HTTP_SOCKET
    try:
        response = stubs.ask(url, request.method, request.headers, request.body)
    except OSError as problem:
        raise CallFailed(error, f"The request to {url} failed: {problem}") from None
    if response is None:
        host = urlsplit(url).hostname or ""
        told = f"nothing answers there; app.stub_http({host!r}, …) gives it a double"
        raise CallFailed(error, f"The request to {url} failed: {told}")
    status, headers, body = response
    if not is_api:
        bare = _request(job, {}, is_api=False) if connection else request
        job.strand.run.execution.exchange = HttpExchange(
            request.shown, bare.shown, _shown(url, status, headers, body)
        )
    return _answer(status, headers, body, is_api=is_api)


def _request(job: Job, connection: Mapping[str, Any], *, is_api: bool) -> TaskRequest:
    params = job.given.value
    url = _url(params, added(connection, "QueryStringParameters"), is_api=is_api)
    headers = {name: _joined(value) for name, value in (params.get("Headers") or {}).items()}
    if not is_api:
        headers |= {"User-Agent": f"Amazon|StepFunctions|HttpInvoke|{job.region}", "Range": "bytes=0-262144"}
    if connection:
        headers |= added(connection, "HeaderParameters") | authorization(connection)
    body = _body(params, headers, added(connection, "BodyParameters"))
    return TaskRequest(str(params["Method"]), url, headers, body)


def _shown(url: str, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> dict[str, str]:
    """A response as TestState shows it."""
    return {
        "protocol": urlsplit(url).scheme,
        "statusCode": str(status),
        "statusMessage": HTTPStatus(status).phrase,
        "headers": _listed(headers),
        "body": body.decode("utf-8", "replace"),
    }


def _listed(headers: Iterable[tuple[str, str]]) -> str:
    return "[" + ", ".join(f"{name}: {value}" for name, value in headers) + "]"


def _url(params: Mapping[str, Any], more: Mapping[str, str], *, is_api: bool) -> str:
    endpoint = str(params["ApiEndpoint"])
    if is_api:
        parts = [f"https://{endpoint}", params.get("Stage"), params.get("Path")]
        endpoint = "/".join(str(part).strip("/") for part in parts if part)
    query = {**(params.get("QueryParameters") or {}), **more}
    return f"{endpoint}?{urlencode(query, doseq=True)}" if query else endpoint


def _authentication(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return params.get("Authentication") or params.get("InvocationConfig") or {}


def _connection(job: Job, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of the connection that authorizes a request, with its secrets; none without one.

    Raises `CallFailed`. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    """
    arn = _authentication(params).get("ConnectionArn")
    if not arn:
        return {}
    try:
        described = sdk_calls.client_of("events", job.region).describe_connection(Name=arn.split("/")[1])
        kept = sdk_calls.client_of("secretsmanager", job.region).get_secret_value(
            SecretId=described["SecretArn"]
        )
    except (BotoCoreError, ClientError) as problem:
        raise CallFailed(errors.HTTP_SOCKET, f"The connection {arn} can't be read: {problem}") from None
    found: Mapping[str, Any] = json.loads(kept["SecretString"])
    return found


def _body(params: Mapping[str, Any], headers: dict[str, str], more: Mapping[str, str]) -> str:
    given = params.get("RequestBody")
    if more and (given is None or isinstance(given, Mapping)):
        given = {**(given or {}), **more}
    if given is None:
        return ""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    transform = params.get("Transform") or {}
    if isinstance(given, Mapping) and transform.get("RequestBodyEncoding") == "URL_ENCODED":
        return encoded(given, (transform.get("RequestEncodingOptions") or {}).get("ArrayFormat", "INDICES"))
    if isinstance(given, Mapping) and "x-www-form-urlencoded" in kind:
        return encoded(given, "REPEAT")
    if not kind:
        headers["Content-Type"] = "application/json"
    return given if isinstance(given, str) else to_json(given)


def _answer(status: int, given: Iterable[tuple[str, str]], body: bytes, *, is_api: bool) -> dict[str, Any]:
    text, headers = body.decode("utf-8", "replace"), dict(given)
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    content: Any = text
    if "json" in kind and text:
        content = json.loads(text)
    if status >= 400:
        name = "ApiGateway" if is_api else "States.Http.StatusCode"
        raise CallFailed(f"{name}.{status}", text)
    return {
        "Headers": {name: [value] for name, value in headers.items()},
        "ResponseBody": content,
        "StatusCode": status,
        "StatusText": HTTPStatus(status).phrase,
    }


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
