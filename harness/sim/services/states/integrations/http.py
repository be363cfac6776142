"""HTTP tasks, and requests to APIs of API Gateway.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from harness.aws.rules.connections import added, authorization
from harness.sim.patches import stubs
from harness.sim.services import sdk_calls
from harness.sim.services.states.integrations import sdk
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.integrations.job import Job
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.text import to_json

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
    for name in ("Headers", "QueryParameters", "Authentication"):
        if not isinstance(given.get(name) or {}, Mapping):
            yield name
            return
    if is_api and any(not isinstance(value, list) for value in (given.get("Headers") or {}).values()):
        yield "Headers"
    connection = (given.get("Authentication") or {}).get("ConnectionArn", "")
    if connection and not (isinstance(connection, str) and "/" in connection):
        yield "ConnectionArn"


def call(job: Job) -> Any:
    """Send the request; gives the response as the state gets it. Raises `CallFailed`."""
    params = job.given.value
    is_api = job.resource.service == API_GATEWAY
    connection = _connection(job, params)
    url = _url(params, added(connection, "QueryStringParameters"), is_api=is_api)
    headers = {name: _joined(value) for name, value in (params.get("Headers") or {}).items()}
    if connection:
        headers |= added(connection, "HeaderParameters") | authorization(connection)
    body = _body(params.get("RequestBody"), headers, added(connection, "BodyParameters"))
    error = "ApiGateway.SdkClientException" if is_api else errors.HTTP_SOCKET
    try:
        response = stubs.ask(url, str(params["Method"]), headers, body)
    except OSError as problem:
        raise CallFailed(error, f"The request to {url} failed: {problem}") from None
    if response is None:
        host = urlsplit(url).hostname or ""
        told = f"nothing answers there; app.stub_http({host!r}, …) gives it a double"
        raise CallFailed(error, f"The request to {url} failed: {told}")
    return _answer(*response, is_api=is_api)


def _url(params: Mapping[str, Any], more: Mapping[str, str], *, is_api: bool) -> str:
    endpoint = str(params["ApiEndpoint"])
    if is_api:
        parts = [f"https://{endpoint}", params.get("Stage"), params.get("Path")]
        endpoint = "/".join(str(part).strip("/") for part in parts if part)
    query = {**(params.get("QueryParameters") or {}), **more}
    return f"{endpoint}?{urlencode(query, doseq=True)}" if query else endpoint


def _connection(job: Job, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of the connection that authorizes a request, with its secrets; none without one.

    Raises `CallFailed`. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    """
    arn = (params.get("Authentication") or {}).get("ConnectionArn")
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


def _body(given: Any, headers: dict[str, str], more: Mapping[str, str]) -> str:
    if more and (given is None or isinstance(given, Mapping)):
        given = {**(given or {}), **more}
    if given is None:
        return ""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "x-www-form-urlencoded" in kind and isinstance(given, Mapping):
        return urlencode(given, doseq=True)
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
