"""Buses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.app.handles.handle import Handle
from harness.app.handles.messages import as_json


class Bus(Handle):
    """An EventBridge bus; `app.bus("default")` is the one that every account has."""

    kind = "bus"
    types = ("AWS::Events::EventBus",)
    built_in = (("default", "arn:aws:events:{region}:{account}:event-bus/default"),)

    def put(
        self,
        detail: Mapping[str, Any],
        *,
        detail_type: str,
        source: str = "test",
        resources: Sequence[str] = (),
    ) -> str:
        """Put an event on the bus. Gives its id.

        The test may speak as a service of AWS: `source="aws.s3"`. Raises `ValueError` with AWS's words for an
        event that is refused.
        """
        entry = {
            "EventBusName": self.physical_id,
            "Source": source,
            "DetailType": detail_type,
            "Detail": as_json("a detail is data that JSON can hold", detail),
            "Resources": list(resources),
        }
        answer = self._cloud.client("events").put_events(Entries=[entry])["Entries"][0]
        if "EventId" not in answer:
            raise ValueError(f"{self.logical_id}: {answer['ErrorCode']}: {answer['ErrorMessage']}")
        return str(answer["EventId"])
