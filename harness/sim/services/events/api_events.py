"""PutEvents: what is taken for an event, and the event that comes of it.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections.abc import Callable

from harness.aws.rules import event_forms
from harness.aws.rules.recursion import without_lineage
from harness.sim.services.events.delivery import EventDeliveries
from harness.sim.services.events.errors import invalid
from harness.sim.services.events.lookup import bus_arn
from harness.sim.services.service import Caller, Operation, Params

SIZE_MAX = 1_048_576
"""Bytes of all entries of a request: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""


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
        if sum(map(event_forms.size, entries)) > SIZE_MAX:
            raise invalid("Total size of the entries in the request is over the limit.")
        answers = [self._put(entry, caller) for entry in entries]
        failed = sum(1 for answer in answers if "ErrorCode" in answer)
        return {"FailedEntryCount": failed, "Entries": answers}

    def _put(self, entry: Params, caller: Caller) -> Params:
        refusal = event_forms.refusal(entry, of_services=caller.actor == "test")
        if refusal is not None:
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        bus = bus_arn(entry.get("EventBusName"), caller)
        id_ = self._new_id(f"events of {caller.actor} on {bus}")
        event = event_forms.of_entry(entry, id_, caller.account, caller.region, self._now())
        trace = without_lineage(entry.get("TraceHeader") or caller.trace)
        self._deliveries.accept(bus, event, trace=trace)
        return {"EventId": event["id"]}
