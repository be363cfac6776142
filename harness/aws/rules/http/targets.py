"""REST APIs as targets of rules and pipes, and as enrichments.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ...parcels import OutsideParcel, Text

_API = re.compile(
    r"arn:[^:]+:execute-api:(?P<region>[^:]+):\d{12}:(?P<id>[^/]+)/(?P<stage>[^/]+)/(?P<method>[A-Z*]+)(?P<path>/.*)?"
)


def is_api(arn: str) -> bool:
    """Is it the ARN of a method of an API?"""
    return _API.fullmatch(arn) is not None


def request_to(arn: str, text: Text, http: Mapping[str, Any]) -> OutsideParcel | None:
    """The request that a method gets; None: it is none. `http`: the HttpParameters of the target, whose path
    parameters take the place of "*" one after the other."""
    found = _API.fullmatch(arn)
    if found is None:
        return None
    path = found["path"] or "/"
    for value in http.get("PathParameterValues") or ():
        path = path.replace("*", quote(value, safe=""), 1)
    query = urlencode(http.get("QueryStringParameters") or {})
    host = f"{found['id']}.execute-api.{found['region']}.amazonaws.com"
    return OutsideParcel(
        protocol="https",
        endpoint=f"https://{host}/{found['stage']}{path}{'?' * bool(query)}{query}",
        body=text.text,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Amazon/EventBridge/API-Gateway",
            **({"X-Amzn-Trace-Id": text.trace} if text.trace else {}),
            **(http.get("HeaderParameters") or {}),
        },
        method="POST" if found["method"] == "*" else found["method"],
        by_status=True,
    )
