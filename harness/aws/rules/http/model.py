"""APIs, requests and answers as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .guards import Authorizer, Checks, OwnAnswer, RateLimit, Validator
from .integrations import Integration

Pairs = tuple[tuple[str, str], ...]
"""Names and values in order, each name as often as it was given."""


class ApiKind(StrEnum):
    """The kinds of APIs: REST API, HTTP API, URL of a function. Nothing asks those over WebSocket."""

    REST = "REST"
    HTTP = "HTTP"
    URL = "URL"
    WEBSOCKET = "WEBSOCKET"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A client's request. `path` is percent-encoded and has no stage in it.

    `authorizer`: what an authorizer, which isn't run, says of the client.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    authorizer: Mapping[str, Any] | None = field(default=None, hash=False)

    def header(self, name: str) -> str:
        """The values of a header; "" if it isn't there."""
        return ",".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def is_signed(self) -> bool:
        """Does it carry a signature, in a header or in its query? Nobody checks which."""
        signs = self.header("authorization").startswith("AWS4-")
        return signs or any(name == "X-Amz-Signature" for name, _ in self.query)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The answer to a request. `own`: the type of the gateway response, if a REST API answers by itself."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    own: str = ""

    @classmethod
    def saying(cls, status: int, message: str | None, word: str = "message", own: str = "") -> HttpResponse:
        """An answer that API Gateway or a URL gives itself."""
        told = json.dumps({word: message}).encode()
        return cls(status, (("content-type", "application/json"),), told, own)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, or the path "$default". `method`: "ANY" is every one that has no route itself.

    `authorizer`: its id. `needs_key`: an API key must come with the request.
    """

    method: str
    path: str
    integration: Integration
    authorizer: str = ""
    needs_key: bool = False
    checks: Checks = field(default_factory=Checks)


@dataclass(frozen=True, slots=True)
class Cors:
    """A configuration by which HTTP APIs and URLs answer preflights, and add headers to answers."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of an API. `limits`: by "METHOD path", "" is for each route that has none."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    limits: Mapping[str, RateLimit] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ServedApi:
    """An API. `paths`: those of a REST API's resources, by their ids. `binary`: media types that a REST API
    takes for binary. `parts`: integrations of an HTTP API, by their ids; `authorizers` and `validators` by
    theirs, `models` (JSON schemas) by their names, `own_answers` by their types. `key_by_authorizer`: an API
    key is what an authorizer says, not a header. `signed`: a URL that takes signed requests only.
    """

    kind: ApiKind
    arn: str
    id: str
    name: str = ""
    routes: tuple[Route, ...] = ()
    stages: tuple[Stage, ...] = ()
    cors: Cors | None = None
    binary: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict, hash=False)
    parts: Mapping[str, Integration] = field(default_factory=dict, hash=False)
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict, hash=False)
    validators: Mapping[str, Validator] = field(default_factory=dict, hash=False)
    models: Mapping[str, Any] = field(default_factory=dict, hash=False)
    own_answers: Mapping[str, OwnAnswer] = field(default_factory=dict, hash=False)
    key_by_authorizer: bool = False
    signed: bool = False

    def stage(self, name: str = "") -> Stage:
        """A stage; without a name, "$default" or the one that was made last. Raises `LookupError`."""
        named = {stage.name: stage for stage in self.stages}
        wanted = name or ("$default" if "$default" in named else next(reversed(named), ""))
        if wanted not in named:
            there = f"it has {', '.join(named)}" if named else "it has none"
            raise LookupError(f"there is no stage {wanted!r}: {there}" if wanted else f"no stage: {there}")
        return named[wanted]

    def stage_of(self, path: str) -> tuple[str, str]:
        """The stage in the path of a URL, and the path behind it: "$default" stands in none."""
        first, _, rest = path.removeprefix("/").partition("/")
        names = [stage.name for stage in self.stages]
        return (first, f"/{rest}") if first in names else ("", path)


def pairs(given: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> Pairs:
    """Names and values, of which a mapping may have several in a list."""
    items = given.items() if isinstance(given, Mapping) else given or ()
    found = []
    for name, value in items:
        for each in value if isinstance(value, list | tuple) else [value]:
            found.append((str(name), str(each).lower() if isinstance(each, bool) else str(each)))
    return tuple(found)


def url_arn(function_arn: str) -> str:
    """The ARN by which the URL of a function or an alias is known.

    >>> url_arn("arn:aws:lambda:us-east-1:123456789012:function:Billing:live")
    'arn:aws:execute-api:us-east-1:123456789012:url-Billing-live'
    """
    _, _, _, region, account, _, name = function_arn.split(":", 6)
    return f"arn:aws:execute-api:{region}:{account}:url-{name.replace(':', '-')}"
