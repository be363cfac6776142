"""A message that can't be processed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from harness.aws import Role
from harness.faults.decision import Decision
from harness.faults.places import PlacedFault
from harness.faults.points import Candidate, HopPoint, Point
from harness.faults.sites import Hop, Site
from harness.plan import Counted, kind, like

TEXT = '{"poison":'
"""The body that arrives unless another one is chosen: JSON that breaks off."""


@kind("poison")
@dataclass(frozen=True)
class Poison(PlacedFault, Counted):
    """A message arrives with a body that can't be parsed, and does so each time it is delivered.

    `target` is the queue or function at which it arrives, `source` where it comes from (None: from anywhere);
    `*` and `?` are wildcards. A batch has one such message among good ones. An SNS envelope stays whole, its
    Message is what breaks. What should happen to it:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    Finds batches that fail as a whole, dead-letter queues that are missing, and handlers that drop what
    they can't read. A message sent straight to a queue is not delivered to it: name the function then.
    """

    target: str
    source: str | None = None
    _: KW_ONLY
    text: str = TEXT

    sites: ClassVar[tuple[type[Site], ...]] = (Hop,)
    acts_where: ClassVar[str] = "the message reaches its target"

    def is_at(self, site: Site) -> bool:
        return isinstance(site, Hop) and like(self.source, site.source) and like(self.target, site.target)

    def sticks_to(self, site: Site) -> tuple[str, ...]:
        """Messages: what is poison once stays poison."""
        return site.messages if isinstance(site, Hop) else ()

    def decide(self, hop: Hop) -> Decision:
        marked = hop.marked or hop.messages[:1]
        body = _poisoned(hop.body, [message in marked for message in hop.messages], self.text)
        return Decision.passed() if body is None or body == hop.body else Decision.alter(body)

    @classmethod
    def candidates(cls, point: Point) -> Iterator[Candidate]:
        if not isinstance(point, HopPoint) or point.first_message is None:
            return
        if point.target_role is Role.RUNS:
            yield Candidate("poison", cls(point.target, point.source, nth=point.first_message))


def _poisoned(body: Any, which: list[bool], text: str) -> Any:
    """A copy of what is delivered, with other text in it; None if nothing in there carries text."""
    if not isinstance(body, Mapping):
        return None
    if isinstance(body.get("body"), str):
        return {**body, "body": _other_text(body["body"], text)}
    payload = body.get("payload")
    if not isinstance(payload, Mapping):
        return None if payload is None else {**body, "payload": text}
    records = payload.get("Records")
    if not isinstance(records, list):
        return {**body, "payload": {"poison": text}}
    chosen = [*which, *[False] * len(records)]
    changed = [_record(r, text) if hit else r for r, hit in zip(records, chosen, strict=False)]
    return {**body, "payload": {**payload, "Records": changed}}


def _record(record: Any, text: str) -> Any:
    """One record of an event, as SQS and SNS shape them."""
    if isinstance(record, Mapping) and isinstance(record.get("body"), str):
        other = _other_text(record["body"], text)
        return {**record, "body": other, "md5OfBody": hashlib.md5(other.encode()).hexdigest()}
    if isinstance(record, Mapping) and isinstance(record.get("Sns"), Mapping):
        return {**record, "Sns": {**record["Sns"], "Message": text}}
    return record


def _other_text(body: str, text: str) -> str:
    """The text itself, or the SNS envelope that was there with the text as its message."""
    try:
        envelope = json.loads(body)
    except ValueError:
        return text
    if isinstance(envelope, dict) and envelope.get("Type") == "Notification" and "TopicArn" in envelope:
        return json.dumps({**envelope, "Message": text})
    return text
