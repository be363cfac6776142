"""Events of EventBridge: the entries of PutEvents, events of services, and those of schedules.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

_REQUIRED = ("Source", "DetailType", "Detail")
_TIME_BYTES = 14


class NotJson(ValueError):
    """This is no JSON."""


def read_json(text: str) -> Any:
    """The value of a text. Raises `NotJson`, for Python's NaN and Infinity, too.

    >>> read_json('{"order": 7}')
    {'order': 7}
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJson(text) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def moment(at: float) -> str:
    """A time as events write it.

    >>> moment(0.5)
    '1970-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def refusal(entry: Mapping[str, Any], *, of_services: bool) -> tuple[str, str] | None:
    """The code and the message with which an entry of PutEvents is refused.

    `of_services`: the sender may speak as a service of AWS.
    """
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"{name} is a required argument."
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {reason}"
    if entry["Source"].startswith("aws.") and not of_services:
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    if not _is_object(entry["Detail"]):
        return "MalformedDetail", "Detail is malformed."
    return None


def _is_object(text: str) -> bool:
    try:
        return isinstance(read_json(text), Mapping)
    except NotJson:
        return False


def size(entry: Mapping[str, Any]) -> int:
    """The bytes of an entry, as AWS counts them.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    """
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts) + (_TIME_BYTES if entry.get("Time") else 0)


def of_entry(entry: Mapping[str, Any], id_: str, account: str, region: str, now: float) -> dict[str, Any]:
    """The event of an entry that isn't refused."""
    at: datetime = entry.get("Time") or datetime.fromtimestamp(now, UTC)
    return {
        "version": "0",
        "id": id_,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account,
        "time": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": list(entry.get("Resources") or ()),
        "detail": read_json(entry["Detail"]),
    }


def completed(event: Mapping[str, Any], bus_arn: str, id_: str, now: float) -> dict[str, Any]:
    """An event that another service made, with what every event has. `id_`: its own, if it has none yet."""
    parts = bus_arn.split(":")
    made = {
        "version": "0",
        "id": id_,
        "detail-type": "",
        "source": "",
        "account": parts[4],
        "time": moment(now),
        "region": parts[3],
        "resources": [],
        "detail": {},
    }
    return {**made, **event}


def scheduled(rule_arn: str, id_: str, now: float) -> dict[str, Any]:
    """The event of a rule whose time has come."""
    event = {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [rule_arn]}
    return completed(event, rule_arn, id_, now)
