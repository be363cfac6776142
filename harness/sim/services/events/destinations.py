"""API destinations and their connections, and the HTTP requests that come of them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from harness.aws.parcels import OutsideParcel
from harness.aws.rules.connections import added, authorization

RATE_PER_SECOND = 300
_OAUTH = "OAUTH_CLIENT_CREDENTIALS"
_KEPT_SECRET = {
    "ApiKeyAuthParameters": ("ApiKeyName",),
    "BasicAuthParameters": ("Username",),
    "OAuthParameters": ("ClientParameters", "AuthorizationEndpoint", "HttpMethod", "OAuthHttpParameters"),
}
"""What is shown of the parameters of each kind of authorization; the rest is a secret."""


@dataclass(eq=False, slots=True)
class ConnectionState:
    """A connection: how requests are authorized. `secret`: the ARN of the secret in which AWS keeps that."""

    name: str
    arn: str
    secret: str
    kind: str
    parameters: dict[str, Any]
    created_at: float
    changed_at: float
    description: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        self.state = "AUTHORIZING" if self.kind == _OAUTH else "AUTHORIZED"

    @property
    def shown(self) -> dict[str, Any]:
        """Its parameters without the secrets."""
        found: dict[str, Any] = {"InvocationHttpParameters": {}}
        for name, given in self.parameters.items():
            if name in _KEPT_SECRET:
                found[name] = _without_secrets(given, _KEPT_SECRET[name])
            else:
                found[name] = given
        return found


@dataclass(eq=False, slots=True)
class DestinationState:
    """An API destination. `free_at`: the moment from which its rate lets the next request pass."""

    name: str
    arn: str
    connection: ConnectionState
    endpoint: str
    method: str
    created_at: float
    changed_at: float
    rate_per_second: int = RATE_PER_SECOND
    description: str = ""
    free_at: float = 0.0

    def start_of_next(self, now: float) -> float:
        """The moment at which the next request can start, which it then takes."""
        start = max(now, self.free_at)
        self.free_at = start + 1.0 / self.rate_per_second
        return start

    def request(self, text: str, given: Mapping[str, Any]) -> OutsideParcel:
        """The request with this body. `given`: the HttpParameters of the target."""
        url, parameters = self.endpoint, self.connection.parameters
        for value in given.get("PathParameterValues") or ():
            url = url.replace("*", quote(value, safe=""), 1)
        query = {
            **added(parameters, "QueryStringParameters"),
            **(given.get("QueryStringParameters") or {}),
        }
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Amazon/EventBridge/ApiDestinations",
            **(given.get("HeaderParameters") or {}),
            **added(parameters, "HeaderParameters"),
            **authorization(parameters),
        }
        return OutsideParcel(
            protocol=url.partition(":")[0],
            endpoint=url,
            body=self._body(text),
            headers=headers,
            method=self.method,
            by_status=True,
        )

    def _body(self, text: str) -> str:
        more = added(self.connection.parameters, "BodyParameters")
        try:
            body = json.loads(text)
        except ValueError:
            return text
        return json.dumps({**body, **more}) if more and isinstance(body, dict) else text


@dataclass(slots=True)
class DestinationStore:
    """All of them, by ARN."""

    connections: dict[str, ConnectionState] = field(default_factory=dict)
    destinations: dict[str, DestinationState] = field(default_factory=dict)


def _without_secrets(given: Any, members: tuple[str, ...]) -> Any:
    found = {name: value for name, value in given.items() if name in members}
    client = found.get("ClientParameters")
    if client:
        found["ClientParameters"] = {"ClientID": client["ClientID"]}
    return found
