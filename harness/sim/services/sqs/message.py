"""A message in a queue, and the digests that AWS answers with."""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class State(Enum):
    """The state of a message."""

    VISIBLE = "visible"
    DELAYED = "delayed"
    IN_FLIGHT = "in flight"
    GONE = "gone"

    __hash__ = object.__hash__


@dataclass(slots=True, eq=False)
class Message:
    """One message; times in epoch seconds.

    `sent_at` decides when it expires, `order` when it is handed out. `receive_count` counts over all the
    queues it was in, as ApproximateReceiveCount does; `receives_here` over the one it is in.
    `receipt` is the number of its latest receive, `lapsed` of the latest whose visibility timeout passed.
    `received_in` is the event of its latest receive, which is what causes its return.
    """

    id: str
    body: str
    md5: str
    sent_at: float
    attributes: Mapping[str, Any] = field(default_factory=dict)
    system: dict[str, str] = field(default_factory=dict)
    group: str | None = None
    dedup: str | None = None
    sequence: str | None = None
    order: int = 0
    state: State = State.GONE
    arrived_at: float = 0.0
    visible_at: float = 0.0
    receive_count: int = 0
    receives_here: int = 0
    first_received_at: float | None = None
    received_at: float = 0.0
    receipt: int = 0
    lapsed: int = 0
    received_in: int | None = None
    tag: str = ""
    """Of the queue it is in: part of its receipt handles."""

    def handle(self) -> str:
        """The receipt handle of its latest receive."""
        return b64encode(f"{self.tag} {self.id} {self.receipt}".encode()).decode()


def parse_handle(handle: str) -> tuple[str, str, int] | None:
    """Tag of the queue, id of the message and number of the receive; None if it never was a handle."""
    try:
        tag, message_id, receipt = b64decode(handle, validate=True).decode().split(" ")
        return tag, message_id, int(receipt)
    except ValueError:
        return None


def md5_of(text: str) -> str:
    """MD5 of a body, as SQS answers it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of_attributes(attributes: Mapping[str, Any]) -> str | None:
    """MD5 of message attributes; None without any.

    The encoding is documented under "Calculating the MD5 message digest for message attributes":
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    if not attributes:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        digest.update(_sized(name.encode()) + _sized(attribute["DataType"].encode()))
        if attribute["DataType"].startswith("Binary"):
            digest.update(b"\x02" + _sized(_bytes(attribute["BinaryValue"])))
        else:
            digest.update(b"\x01" + _sized(attribute["StringValue"].encode()))
    return digest.hexdigest()


def size_of(body: str, attributes: Mapping[str, Any]) -> int:
    """Bytes that count towards the limit: the body, and names, types and values of its attributes."""
    size = _length(body)
    for name, attribute in attributes.items():
        size += _length(name) + _length(attribute.get("DataType") or "")
        size += _length(attribute.get("StringValue") or "") + len(_bytes(attribute.get("BinaryValue") or b""))
    return size


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _sized(value: bytes) -> bytes:
    return struct.pack("!I", len(value)) + value


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
