"""PutEvents: what is taken for an event, and the event that comes of it.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from harness.sim.services.events.delivery import EventDeliveries
from harness.sim.services.events.errors import invalid
from harness.sim.services.events.lookup import bus_arn
from harness.sim.services.events.model import Event
from harness.sim.services.events.texts import NotJson, read_json
from harness.sim.services.service import Caller, Operation, Params

SIZE_MAX = 1_048_576
"""Bytes of all entries of a request: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
_REQUIRED = ("Source", "DetailType", "Detail")
_TIME_BYTES = 14


class PutEventsApi:
    """The one operation that events come in by."""

    def __init__(
        self, deliveries: EventDeliveries, now: Callable[[], float], new_id: Callable[[str], str]
    ) -> None:
        self._deliveries = deliveries
        self._now = now
        self._new_id = new_id

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {"PutEvents": self.put_events}

    def put_events(self, params: Params, caller: Caller) -> Params:
        entries = params["Entries"]
        if sum(map(_size, entries)) > SIZE_MAX:
            raise invalid("Total size of the entries in the request is over the limit.")
        answers = [self._put(entry, caller) for entry in entries]
        failed = sum(1 for answer in answers if "ErrorCode" in answer)
        return {"FailedEntryCount": failed, "Entries": answers}

    def _put(self, entry: Params, caller: Caller) -> Params:
        refusal = _refusal(entry, caller)
        if refusal is not None:
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        bus = bus_arn(entry.get("EventBusName"), caller)
        event = self._event(entry, caller, self._new_id(f"events of {caller.actor} on {bus}"))
        self._deliveries.accept(bus, event)
        return {"EventId": event["id"]}

    def _event(self, entry: Params, caller: Caller, id_: str) -> Event:
        moment = entry.get("Time") or datetime.fromtimestamp(self._now(), UTC)
        return {
            "version": "0",
            "id": id_,
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": caller.account,
            "time": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": caller.region,
            "resources": list(entry.get("Resources") or ()),
            "detail": read_json(entry["Detail"]),
        }


def _refusal(entry: Params, caller: Caller) -> tuple[str, str] | None:
    """The code and the message with which an entry is refused. The test may speak as a service of AWS."""
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"{name} is a required argument."
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {reason}"
    if entry["Source"].startswith("aws.") and caller.actor != "test":
        return "NotAuthorizedForSource", "Not authorized for the source."
    if not _is_object(entry["Detail"]):
        return "MalformedDetail", "Detail is malformed."
    return None


def _is_object(text: str) -> bool:
    try:
        return isinstance(read_json(text), Mapping)
    except NotJson:
        return False


def _size(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts) + (_TIME_BYTES if entry.get("Time") else 0)
