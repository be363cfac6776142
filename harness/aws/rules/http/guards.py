"""Guards of APIs as data: authorizers, checks of requests, limits, and answers that the API gives by itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

TOKEN, REQUEST = "TOKEN", "REQUEST"
"""The authorizers that are functions."""


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An authorizer. One without a function lets everybody in: a JWT's, a user pool's, IAM.

    `sources`: where the client's identity is, as expressions. `seconds`: how long an answer is remembered.
    `simple`: its answer says yes or no instead of holding a policy.
    """

    kind: str
    function: str = ""
    sources: tuple[str, ...] = ()
    pattern: str = ""
    seconds: float = 300.0
    payload: str = "1.0"
    simple: bool = False


@dataclass(frozen=True, slots=True)
class Validator:
    """The parts of a request that are checked: its body, its parameters."""

    body: bool = False
    parameters: bool = False


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one method.

    `required`: parameters like "querystring.page"; `models`: JSON schemas by media types.
    """

    validator: Validator = field(default_factory=Validator)
    required: tuple[str, ...] = ()
    models: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests a second, and so many at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """A gateway response: what an API answers by itself, as its owner wants it."""

    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)


def written_out(schema: Any, models: Mapping[str, Any], above: tuple[str, ...] = ()) -> Any:
    """A schema with the models that it refers to written out; one that holds itself is not looked into."""
    if isinstance(schema, list):
        return [written_out(each, models, above) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        if name in above or name not in models:
            return {}
        return written_out(models[name], models, (*above, name))
    return {name: written_out(each, models, above) for name, each in schema.items()}


class TokenBucket:
    """Tokens of one limit: `rate` of them come a second, `burst` are there at most."""

    def __init__(self, limit: RateLimit, now: float) -> None:
        self._limit = limit
        self._tokens = limit.burst
        self._at = now

    def take(self, now: float) -> bool:
        """One request: is there a token for it?"""
        self._tokens = min(self._limit.burst, self._tokens + (now - self._at) * self._limit.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def allows(policy: Any, method_arn: str) -> bool | None:
    """Does a policy let a method be invoked? None: it says nothing of it. What it denies comes first.

    >>> every = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*/GET/*"}
    >>> allows({"Statement": [every]}, "arn:aws:execute-api:us-east-1:1:a/prod/GET/x")
    True
    """
    found = None
    for statement in _listed(policy.get("Statement") if isinstance(policy, Mapping) else None):
        if not isinstance(statement, Mapping) or not _fits(statement, method_arn):
            continue
        if str(statement.get("Effect")).lower() == "deny":
            return False
        found = True
    return found


def _fits(statement: Mapping[str, Any], method_arn: str) -> bool:
    actions = (str(each).lower() for each in _listed(statement.get("Action")))
    resources = (str(each) for each in _listed(statement.get("Resource")))
    return any(fnmatchcase("execute-api:invoke", each) for each in actions) and any(
        fnmatchcase(method_arn, each) for each in resources
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
