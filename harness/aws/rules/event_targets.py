"""The targets of EventBridge's rules: what each gets of an event, and in which form.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..parcels import EventParcel, Parcel, QueueParcel, Text
from .event_input import at_path, transformed, variables
from .event_retries import RetryPolicy, dead_letter_attributes

Event = Mapping[str, Any]
"""An event as targets get it: id, source, detail-type, detail and the rest."""


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """A target of a rule. `given` is what PutTargets was given."""

    id: str
    arn: str
    given: Mapping[str, Any]
    retry: RetryPolicy
    dead_letter_queue: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> RuleTarget:
        """The target of an entry of PutTargets."""
        queue = (given.get("DeadLetterConfig") or {}).get("Arn") or ""
        return cls(given["Id"], given["Arn"], given, RetryPolicy.of(given.get("RetryPolicy")), queue)

    @property
    def by_role(self) -> bool:
        """Does the rule send with a role, so that the policy of the target doesn't count?"""
        return bool(self.given.get("RoleArn"))

    def text(self, rule_arn: str, event: Event, ingested_at: str) -> Text:
        """The text that it gets of an event, and what orders it there."""
        return Text(text=self._input(rule_arn, event, ingested_at), group=self._group(event))

    def _group(self, event: Event) -> str | None:
        """The group of a FIFO queue, the partition key of a stream."""
        path = (self.given.get("KinesisParameters") or {}).get("PartitionKeyPath")
        if path:
            return next((str(found) for found in at_path(path, event)), None)
        return (self.given.get("SqsParameters") or {}).get("MessageGroupId")

    def _input(self, rule_arn: str, event: Event, ingested_at: str) -> str:
        if "Input" in self.given:
            return str(self.given["Input"])
        if "InputPath" in self.given:
            return json.dumps(next(at_path(self.given["InputPath"], event), None))
        transformer = self.given.get("InputTransformer")
        if transformer:
            known = variables(rule_arn, rule_arn.rpartition("/")[2], ingested_at, event)
            paths = transformer.get("InputPathsMap") or {}
            return transformed(paths, transformer["InputTemplate"], event, known)
        return json.dumps(event)

    def dead_letter(
        self, rule_arn: str, event: Event, code: str, message: str, *, exhausted: str, retries: int
    ) -> QueueParcel:
        """The event as its dead-letter queue gets it, with the last error."""
        known = {"RULE_ARN": rule_arn, "TARGET_ARN": self.arn}
        attributes = dead_letter_attributes(known, code, message, exhausted=exhausted, retries=retries)
        return QueueParcel(body=json.dumps(event), attributes=attributes)


def as_taken(parcel: Parcel, rule_arn: str, target: str, event: Event) -> Parcel:
    """Events go on to other buses as they are, but for their id in another region (recorded on AWS, 2024)."""
    if not isinstance(parcel, EventParcel):
        return parcel
    stays = rule_arn.split(":")[3] == target.split(":")[3]
    return EventParcel(event=event if stays else {name: event[name] for name in event if name != "id"})
