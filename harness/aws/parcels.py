"""The contents of deliveries: a type for each kind of target.

A mover that has a text to send needn't know the target's service: `harness.aws.parcel` asks the facts how
that service takes one.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

Attributes = Mapping[str, Mapping[str, Any]]
"""Message attributes in botocore's shape: DataType, and StringValue or BinaryValue (bytes)."""

EVENT, REQUEST_RESPONSE = "Event", "RequestResponse"
"""Lambda's words: put into the function's queue of events, and run while the sender waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text on its way to a target of any service; each takes of the rest what it has a use for.

    `trace`: the X-Ray header that it carries on, "" where it has none. `source` and `detail_type`: those of
    the event that becomes of it on a bus.
    """

    text: str
    attributes: Attributes = field(default_factory=dict)
    subject: str | None = None
    group: str | None = None
    dedup: str | None = None
    trace: str = ""
    source: str = ""
    detail_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueParcel:
    """A message for a queue. `system`: its system attributes, as texts.

    The last four are what a message keeps that moves from another queue; times in epoch seconds.
    """

    kind: ClassVar[str] = "queue"
    body: str
    attributes: Attributes = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    dedup: str | None = None
    id: str | None = None
    sent_at: float | None = None
    receive_count: int = 0
    first_received_at: float | None = None

    @property
    def moves(self) -> bool:
        """Is it from another queue, rather than new?"""
        return self.id is not None

    @property
    def text(self) -> str:
        """The message."""
        return self.body

    def with_text(self, text: str, which: Sequence[bool] = ()) -> QueueParcel:
        """A copy with another body; a notification of SNS stays one, with another message."""
        return replace(self, body=_other_text(self.body, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicParcel:
    """A message for a topic. `structure`: "json" if it has a text for each protocol; `trace`: see `Text`."""

    kind: ClassVar[str] = "topic"
    message: str
    subject: str | None = None
    attributes: Attributes = field(default_factory=dict)
    structure: str | None = None
    group: str | None = None
    dedup: str | None = None
    trace: str = ""

    @property
    def text(self) -> str:
        """The message."""
        return self.message

    def with_text(self, text: str, which: Sequence[bool] = ()) -> TopicParcel:
        """A copy with another message."""
        return replace(self, message=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionParcel:
    """An event for a function: `payload` is a JSON value.

    `reads_failures`: does the mapping that sends it read which messages failed? None: it is no batch.
    `in_order`: a message that failed holds up those behind it.
    `trace`: the X-Ray header that the event came with, "" where it had none. `enriches`: its answer goes on
    to another place, so to have run is not to have handled. `tenant`: for whom a function that keeps tenants
    apart is to run.
    """

    kind: ClassVar[str] = "function"
    payload: Any
    invocation: str = EVENT
    request_id: str | None = None
    client_context: Mapping[str, Any] | None = None
    reads_failures: bool | None = None
    in_order: bool = False
    trace: str = ""
    enriches: bool = False
    tenant: str = ""

    @property
    def text(self) -> str:
        """The payload as JSON."""
        return json.dumps(self.payload)

    def with_text(self, text: str, which: Sequence[bool] = ()) -> FunctionParcel:
        """A copy with another text in those records of a batch that `which` points out.

        A batch is in `Records`, or is a list of objects, as pipes make it. Any other event becomes nothing
        but the text, in an object if it was one.
        """
        payload = self.payload
        if isinstance(payload, Mapping) and isinstance(payload.get("Records"), list):
            records = _other_records(payload["Records"], text, which)
            return replace(self, payload={**payload, "Records": records})
        if isinstance(payload, list) and payload and all(isinstance(each, Mapping) for each in payload):
            return replace(self, payload=_other_records(payload, text, which, unknown={"text": text}))
        return replace(self, payload={"text": text} if isinstance(payload, Mapping) else text)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventParcel:
    """An event for a bus, as EventBridge writes events; one without an id is new."""

    kind: ClassVar[str] = "event"
    event: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Its detail as JSON."""
        return json.dumps(self.event.get("detail"))

    def with_text(self, text: str, which: Sequence[bool] = ()) -> EventParcel:
        """A copy whose detail, a JSON object in any event, holds nothing but the text."""
        return replace(self, event={**self.event, "detail": {"text": text}})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideParcel:
    """Contents that leave the cloud: an HTTP request, a mail, a text message, a push notification.

    `subscription`: its ARN, "" where there is none. `headers`: those of a request; `method`: its method,
    if its sender waits for an answer; `by_status`: only a status of success is one to its sender.
    """

    kind: ClassVar[str] = "outside"
    protocol: str
    endpoint: str
    body: str
    subject: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    subscription: str = ""
    method: str = ""
    by_status: bool = False

    @property
    def text(self) -> str:
        """The body."""
        return self.body

    def with_text(self, text: str, which: Sequence[bool] = ()) -> OutsideParcel:
        """A copy with another body; a notification of SNS stays one, with another message."""
        return replace(self, body=_other_text(self.body, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParcel:
    """A record for a stream. `key`: its partition key, "" for one of its own. `binary`: data in Base64."""

    kind: ClassVar[str] = "stream"
    data: str
    key: str = ""
    binary: bool = False

    @property
    def text(self) -> str:
        """The data."""
        return self.data

    def with_text(self, text: str, which: Sequence[bool] = ()) -> StreamParcel:
        """A copy with other data."""
        return replace(self, data=text, binary=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectParcel:
    """An object for a bucket."""

    kind: ClassVar[str] = "object"
    key: str
    body: str

    @property
    def text(self) -> str:
        """The object's content."""
        return self.body

    def with_text(self, text: str, which: Sequence[bool] = ()) -> ObjectParcel:
        """A copy with another content."""
        return replace(self, body=text)


Parcel = (
    QueueParcel | TopicParcel | FunctionParcel | EventParcel | StreamParcel | ObjectParcel | OutsideParcel
)


def for_queue(text: Text) -> QueueParcel:
    """A text as queues take it."""
    return QueueParcel(
        body=text.text,
        attributes=text.attributes,
        system={"AWSTraceHeader": text.trace} if text.trace else {},
        group=text.group,
        dedup=text.dedup,
    )


def for_topic(text: Text) -> TopicParcel:
    """A text as topics take it."""
    return TopicParcel(
        message=text.text,
        subject=text.subject,
        attributes=text.attributes,
        group=text.group,
        dedup=text.dedup,
        trace=text.trace,
    )


def for_function(text: Text) -> FunctionParcel:
    """A text as functions take it: an event, which is the text's JSON value, or the text itself."""
    try:
        payload = json.loads(text.text)
    except (ValueError, RecursionError):
        payload = text.text
    return FunctionParcel(payload=payload, trace=text.trace)


def for_bus(text: Text) -> EventParcel:
    """A text as buses take it: an event as it is, or the detail of a new one."""
    try:
        detail = json.loads(text.text)
    except (ValueError, RecursionError):
        detail = {"text": text.text}
    if isinstance(detail, Mapping) and not text.source and {"source", "detail-type", "detail"} <= set(detail):
        return EventParcel(event=detail)
    return EventParcel(event={"source": text.source, "detail-type": text.detail_type, "detail": detail})


def for_stream(text: Text) -> StreamParcel:
    """A text as streams take it."""
    return StreamParcel(data=text.text, key=text.group or "")


def for_outside(address: str, text: Text) -> OutsideParcel:
    """A text for an address outside of the cloud, like https://… or mailto:…

    >>> for_outside("mailto:jo@example.com", Text(text="hello")).protocol
    'email'
    """
    scheme, _, rest = address.partition(":")
    protocol = "email" if scheme == "mailto" else scheme
    endpoint = address if rest.startswith("//") else rest
    return OutsideParcel(protocol=protocol, endpoint=endpoint, body=text.text, subject=text.subject)


def _other_text(body: str, text: str) -> str:
    """The text itself, or the notification of SNS that was there with the text as its message."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return text
    if isinstance(envelope, dict) and envelope.get("Type") == "Notification" and "TopicArn" in envelope:
        return json.dumps({**envelope, "Message": text})
    return text


def _other_records(
    records: Sequence[Any], text: str, which: Sequence[bool], unknown: Mapping[str, Any] | None = None
) -> list[Any]:
    chosen = [*which, *[False] * len(records)]
    return [
        _other_record(record, text, unknown) if hit else record
        for record, hit in zip(records, chosen, strict=False)
    ]


def _other_record(record: Any, text: str, unknown: Mapping[str, Any] | None) -> Any:
    """One record of an event, as its service shapes it; `unknown` stands for others, if it is given."""
    if isinstance(record, Mapping) and isinstance(record.get("body"), str):
        other = _other_text(record["body"], text)
        return {**record, "body": other, "md5OfBody": hashlib.md5(other.encode()).hexdigest()}
    if isinstance(record, Mapping) and isinstance(record.get("Sns"), Mapping):
        return {**record, "Sns": {**record["Sns"], "Message": text}}
    if isinstance(record, Mapping) and isinstance(record.get("kinesis"), Mapping):
        return {**record, "kinesis": {**record["kinesis"], "data": b64encode(text.encode()).decode()}}
    if isinstance(record, Mapping) and isinstance(record.get("dynamodb"), Mapping):
        image = {"NewImage": {"text": {"S": text}}}
        return {**record, "dynamodb": {**record["dynamodb"], **image}}
    return record if unknown is None else unknown
