"""Finds the service, operation and region of a request.

Service and region are in the credential scope of the signature, the operation in a header, in the body or
in method and path. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import DataNotFoundError, UnknownServiceError

from harness import aws
from harness.wire.names import by_signature, sharing
from harness.wire.protocols import service_model
from harness.wire.request import Stamp

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d*/([^/,\s]+)/([^/,\s]+)/aws4_request")
_APP = re.compile(r"\bapp/(\S+)")
_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class CredentialScope:
    """The service and the region that a request was signed for."""

    service: str
    region: str


def scope_of(headers: Mapping[str, Any], target: str) -> CredentialScope | None:
    """Service and region of a request, by its headers and its request target. None: nothing says so."""
    authorization = headers.get("Authorization")
    found = _SCOPE.search(authorization) if authorization else None
    if found is not None:
        return CredentialScope(by_signature(found[2], _target_prefix(headers), target), found[1])
    query = target.partition("?")[2]
    if "X-Amz-Credential=" in query:
        parts = dict(parse_qsl(query)).get("X-Amz-Credential", "").split("/")
        if len(parts) == 5:
            return CredentialScope(by_signature(parts[3], "", target), parts[2])
    if "AWSAccessKeyId=" in query and "Signature=" in query:
        return _of_old_presigned()
    return None


@cache
def _of_old_presigned() -> CredentialScope | None:
    """The one service whose URLs may be signed with version 2; the region is anybody's guess."""
    found = (service for service in aws.services().values() if service.signing.old_presigned)
    return next((CredentialScope(service.name, "us-east-1") for service in found), None)


def token_of(headers: Mapping[str, Any], target: str) -> str:
    """The session token, in a header or in a presigned URL."""
    token = headers.get("X-Amz-Security-Token")
    if token is None and "security-token=" in target.lower():
        query = parse_qsl(target.partition("?")[2])
        token = next((value for name, value in query if name.lower() == "x-amz-security-token"), "")
    return token or ""


def app_of(headers: Mapping[str, Any]) -> str:
    """The id of an app, by which its SDK names it among what it says of itself; "" if it has none.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
    """
    said = f"{headers.get('X-Amz-User-Agent', '')} {headers.get('User-Agent', '')}"
    found = _APP.search(said)
    return found[1] if found is not None else ""


def needs_body(headers: Mapping[str, Any]) -> bool:
    """Does the operation stand in the body, as with the query protocol?"""
    form = headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    return form and "X-Amz-Target" not in headers


def stamp_of(
    scope: CredentialScope, method: str, target: str, headers: Mapping[str, Any], body: bytes = b""
) -> Stamp | None:
    """The operation that a request is for; None if botocore's model has none like it."""
    operation = _operation(scope.service, method, target, headers, body)
    if operation:
        return Stamp(scope.service, operation, scope.region)
    for service in sharing(scope.service):
        operation = _operation(service, method, target, headers, body)
        if operation:
            return Stamp(service, operation, scope.region)
    return None


def _target_prefix(headers: Mapping[str, Any]) -> str:
    return str(headers.get("X-Amz-Target", "")).partition(".")[0]


def _operation(service: str, method: str, target: str, headers: Mapping[str, Any], body: bytes) -> str | None:
    names = _operations(service)
    header = headers.get("X-Amz-Target")
    if header:
        name = header.rpartition(".")[2]
        return name if name in names else None
    if needs_body(headers) or "Action=" in target:
        given = dict(parse_qsl(body.decode(errors="replace"))) or dict(parse_qsl(target.partition("?")[2]))
        name = given.get("Action", "")
        return name if name in names else None
    parts = urlsplit(target)
    if "/operation/" in parts.path:  # smithy-rpc-v2
        name = parts.path.rpartition("/operation/")[2]
        return name if name in names else None
    return _by_path(
        service, method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers
    )


@cache
def _operations(service: str) -> frozenset[str]:
    try:
        return frozenset(service_model(service).operation_names)
    except (UnknownServiceError, DataNotFoundError):
        return frozenset()


@dataclass(frozen=True, slots=True)
class _Route:
    """The route of an operation of a REST protocol. `literals`: what its query must hold; `queries` and
    `headers`: what must be there; `weight`: how much it says about the request."""

    operation: str
    path: re.Pattern[str]
    literals: tuple[tuple[str, str], ...]
    queries: tuple[str, ...]
    headers: tuple[str, ...]
    weight: int

    def fits(self, path: str, query: Mapping[str, str], headers: Mapping[str, Any]) -> bool:
        return (
            self.path.fullmatch(path) is not None
            and all(query.get(name) == value for name, value in self.literals)
            and all(name in query for name in self.queries)
            and all(name in headers for name in self.headers)
        )


def _by_path(
    service: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, Any]
) -> str | None:
    named = query.get("x-id")
    for route in _routes(service, method):
        if (named is None or named == route.operation) and route.fits(path or "/", query, headers):
            return route.operation
    return None


@cache
def _routes(service: str, method: str) -> tuple[_Route, ...]:
    """Those of a method, the most telling first."""
    if not _operations(service):
        return ()
    model = service_model(service)
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.http.get("method", "POST") == method:
            found.append(_route(name, operation))
    return tuple(sorted(found, key=lambda route: (-route.weight, route.operation)))


def _route(name: str, operation: Any) -> _Route:
    path, _, query = operation.http.get("requestUri", "/").partition("?")
    literals = tuple(pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "x-id")
    shape = operation.input_shape
    members = [shape.members[member] for member in shape.required_members] if shape is not None else []
    queries = tuple(_wire_names(members, "querystring"))
    headers = tuple(_wire_names(members, "header"))
    fixed = sum(not part.startswith("{") for part in path.split("/") if part)
    told = len(literals) + len(queries) + len(headers)
    weight = 200 * fixed + 20 * told + 2 * len(_LABEL.findall(path)) - bool(operation.deprecated)
    return _Route(name, _pattern(path), literals, queries, headers, weight)


def _wire_names(members: list[Any], location: str) -> list[str]:
    return [m.serialization["name"] for m in members if m.serialization.get("location") == location]


def _pattern(path: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for label in _LABEL.finditer(path):
        pattern += re.escape(path[end : label.start()]) + (".+" if label[2] else "[^/]+")
        end = label.end()
    pattern += re.escape(path[end:])
    return re.compile(pattern if pattern.endswith("/") else f"{pattern}/?")
