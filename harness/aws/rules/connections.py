"""Connections of EventBridge: what they add to a request, which is authorized by them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any


def authorization(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The headers that authorize a request. Nobody is asked for a token of OAuth: it is made up.

    >>> authorization({"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "s3cret"}})
    {'x-key': 's3cret'}
    """
    key = parameters.get("ApiKeyAuthParameters")
    if key:
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    basic = parameters.get("BasicAuthParameters")
    if basic:
        both = f"{basic['Username']}:{basic['Password']}".encode()
        return {"Authorization": f"Basic {b64encode(both).decode()}"}
    return {"Authorization": "Bearer local"}


def added(parameters: Mapping[str, Any], member: str) -> dict[str, str]:
    """Headers, query parameters or members of the body that a connection adds to each request."""
    given = (parameters.get("InvocationHttpParameters") or {}).get(member) or ()
    return {each["Key"]: each.get("Value", "") for each in given}
