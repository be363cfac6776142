"""Requests that an API makes to services of AWS, as bytes: whatever the service speaks.

https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from harness import wire
from harness.aws.rules.http.model import HttpResponse
from harness.wire.identify import CredentialScope, stamp_of
from harness.wire.names import by_signature

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class ToService:
    """A request to a service. `uri` is like "sqs:path/…" or "sqs:action/…", with an endpoint's prefix before
    the service if there is one."""

    uri: str
    region: str
    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready, and what it asks for."""

    stamp: wire.Stamp
    request: AWSPreparedRequest
    wants_json: bool

    @property
    def _how(self) -> wire.Wire:
        media = wire.text_of(self.request.headers.get("Content-Type", ""))
        return wire.wire_of(self.stamp.service, self.stamp.operation, media)

    def refused(self) -> AWSResponse | None:
        """The service's answer to a request that lacks parameters, which no SDK would have sent."""
        try:
            params = wire.parse(self._how, self.request)
            report = ParamValidator().validate(params, self._how.model.input_shape)
            problem = report.generate_report() if report.has_errors() else ""
        except (ValueError, TypeError, KeyError, AttributeError, LookupError) as failed:
            problem = f"{type(failed).__name__}: {failed}"
        if not problem:
            return None
        error = wire.ServiceError("ValidationException", problem)
        return wire.render_error(self._how, self.request, error, "")

    def answered(self, response: AWSResponse) -> HttpResponse:
        """The service's response as an API sees it: of the query protocol it asks for JSON."""
        body = response.content if isinstance(response.content, bytes) else str(response.content).encode()
        names = ("content-type", "x-amzn-requestid", "etag", "content-length", "last-modified")
        headers = tuple((name, str(value)) for name, value in response.headers.items() if _kept(name, names))
        if self.wants_json and self._how.protocol == "query" and body.lstrip().startswith(b"<"):
            told = _as_json(self.stamp, response, body)
            return HttpResponse(response.status_code, (("content-type", "application/json"),), told)
        return HttpResponse(response.status_code, headers, body)


class NoSuchOperation(LookupError):
    """Nobody knows the operation that an integration asks for."""


def prepared(asked: ToService) -> Prepared:
    """The request as bytes. Raises `NoSuchOperation`."""
    place, _, rest = asked.uri.partition(":")
    kind, _, rest = rest.partition("/")
    prefix, _, signed_for = place.rpartition(".")
    headers = HeadersDict(asked.headers)
    if kind == "action":
        return _action(asked, signed_for, rest.partition("&")[0].partition("?")[0], headers)
    path = "/" + "/".join(part for part in (prefix, rest.lstrip("/")) if part)
    target = path + (("&" if "?" in path else "?") + urlencode(asked.query) if asked.query else "")
    service = by_signature(signed_for, str(headers.get("X-Amz-Target", "")).partition(".")[0], path)
    stamp = stamp_of(CredentialScope(service, asked.region), asked.method, target, headers, asked.body)
    if stamp is None:
        raise NoSuchOperation(f"{asked.method} {target}: no operation of {service}")
    return _made(stamp, asked.method, target, headers, asked.body)


def _action(asked: ToService, signed_for: str, name: str, headers: HeadersDict) -> Prepared:
    service = by_signature(signed_for, "", "/")
    try:
        model = wire.service_model(service)
    except (UnknownServiceError, DataNotFoundError):
        raise NoSuchOperation(f"there is no service {signed_for}") from None
    if name not in model.operation_names:
        raise NoSuchOperation(f"{service} has no action {name}")
    stamp = wire.Stamp(service, name, asked.region)
    protocol = str(model.resolved_protocol)
    is_form = str(headers.get("Content-Type", "")).startswith(_FORM)
    also_query = model.metadata.get("awsQueryCompatible") is not None
    if protocol in ("query", "ec2") or (also_query and (is_form or asked.query or not asked.body)):
        query = {"Action": name, "Version": model.api_version, **asked.query}
        headers["Content-Type"] = _FORM
        given = asked.body.decode(errors="replace") if is_form else ""
        form = "&".join(part for part in (urlencode(query), given) if part)
        return _made(stamp, "POST", "/", headers, form.encode())
    headers.setdefault("X-Amz-Target", f"{model.metadata.get('targetPrefix', service)}.{name}")
    headers["Content-Type"] = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"
    return _made(stamp, "POST", "/", headers, asked.body or b"{}")


def operation(service: str, name: str, region: str, params: Mapping[str, Any]) -> Prepared:
    """The request for an operation with these parameters. Raises botocore's errors for what is invalid."""
    model = wire.service_model(service)
    protocol = str(model.resolved_protocol)
    if protocol == wire.CBOR:
        protocol = "json"
    found = create_serializer(protocol).serialize_to_request(params, model.operation_model(name))
    body = found["body"]
    content = urlencode(body).encode() if isinstance(body, dict) else body
    content = content.encode() if isinstance(content, str) else content or b""
    query = found.get("query_string") or {}
    target = found["url_path"] + (f"?{urlencode(query)}" if query else "")
    stamp = wire.Stamp(service, name, region)
    return _made(stamp, found["method"], target, HeadersDict(found["headers"]), content)


def _made(stamp: wire.Stamp, method: str, target: str, headers: HeadersDict, body: bytes) -> Prepared:
    url = f"https://{stamp.service}.{stamp.region}.amazonaws.com{target}"
    wants_json = "xml" not in str(headers.get("Accept", "application/json"))
    return Prepared(stamp, AWSPreparedRequest(method, url, headers, body, False), wants_json)


def _kept(name: str, names: tuple[str, ...]) -> bool:
    return name.lower() in names or name.lower().startswith("x-amz")


def _as_json(stamp: wire.Stamp, response: AWSResponse, body: bytes) -> bytes:
    """An answer of the query protocol in JSON, as the services that speak it give it to who accepts that."""
    how = wire.wire_of(stamp.service, stamp.operation, _FORM)
    told = wire.result_of(how, response.status_code, response.headers, body)
    about = told.pop("ResponseMetadata", {})
    if response.status_code >= 300:
        error = {name: told.get("Error", {}).get(name) for name in ("Code", "Message", "Type")}
        return json.dumps({"Error": error, "RequestId": about.get("RequestId")}).encode()
    if stamp.service == "sqs" and "Messages" in told:
        told["messages"] = told.pop("Messages")
    name = stamp.operation
    answer = {f"{name}Result": told or None, "ResponseMetadata": {"RequestId": about.get("RequestId")}}
    return json.dumps({f"{name}Response": answer}, default=str).encode()
