"""Buses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.app.handles.handle import Handle
from harness.app.handles.messages import as_json
from harness.app.handles.samples import ANY_TEXT, MADE_UP, Sample, matching


class Bus(Handle):
    """An EventBridge bus; `app.bus("default")` is the one that every account has.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

    >>> incidents = cloud.deploy("fixtures/apps/incidents/template.yaml")
    >>> detail = {"report": "r-1", "incident": "i-1", "severity": "critical", "what": "the shop is down"}
    >>> _ = incidents.bus("Incidents").put(detail, detail_type="IncidentReported", source="monitoring")
    >>> incidents.settle()
    True
    """

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
        """Put an event on the bus: `detail` becomes JSON, `detail_type`, `source` and `resources` (ARNs) go
        beside it. Gives its id.

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

    def samples(self) -> list[Sample]:
        """For each rule with a pattern the smallest event that it matches."""
        with self._cloud.recorder.looking():
            rules = self._cloud.client("events").list_rules(EventBusName=self.physical_id)["Rules"]
        return [
            self._sample(self._cloud.names.of(rule["Arn"]), matching(json.loads(rule["EventPattern"])))
            for rule in rules
            if "EventPattern" in rule
        ]

    def _sample(self, rule: str, event: Mapping[str, Any]) -> Sample:
        source, detail_type = event.get("source", "test"), event.get("detail-type", ANY_TEXT)
        code = f'app.bus("{self.logical_id}").put({{event}}, detail_type={detail_type!r}, source={source!r})'
        return Sample(
            f"{self.logical_id}, rule {rule}",
            event.get("detail") or MADE_UP,
            lambda detail: self.put(detail, detail_type=detail_type, source=source),
            code,
            lambda given: _detail_in(given, event),
        )


def _detail_in(event: Any, wanted: Mapping[str, Any]) -> Any | None:
    """The detail of an event of EventBridge, if it is of the kind that a rule wants."""
    if not isinstance(event, Mapping) or "detail-type" not in event:
        return None
    same = all(event.get(name) == wanted[name] for name in ("source", "detail-type") if name in wanted)
    return event.get("detail") if same else None
