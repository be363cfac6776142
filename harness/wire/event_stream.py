"""Event streams: answers that go on after they have begun, one message after another.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from botocore.model import Shape, StructureShape
from botocore.serialize import create_serializer

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


class EventStreamBody(BytesIO):
    """The body of an answer whose messages are made when they are read."""

    def __init__(self, messages: Iterator[bytes]) -> None:
        super().__init__()
        self._messages = messages

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        """Message by message."""
        yield from self._messages


def headers(shape: StructureShape, result: Mapping[str, Any]) -> dict[str, str]:
    """The members of an answer that travel as headers, before its events."""
    places = {name: member.serialization for name, member in shape.members.items()}
    return {
        places[name]["name"]: str(value)
        for name, value in result.items()
        if places[name].get("location") == "header"
    }


def messages(
    shape: StructureShape, member: str, result: Mapping[str, Any], *, begins: bool = True
) -> Iterator[bytes]:
    """The messages of an answer in JSON: its `member` has the events, the rest comes before them if it
    `begins` with that."""
    if begins:
        initial = {name: value for name, value in result.items() if name != member}
        yield _message("initial-response", json.dumps(initial).encode())
    events: Iterable[Mapping[str, Any]] = result[member]
    for event in events:
        ((name, value),) = event.items()
        told = shape.members[member].members[name]
        raw = next((each for each, at in told.members.items() if at.serialization.get("eventpayload")), None)
        if raw is None:
            yield _message(name, _json(value, told))
        else:
            yield _message(name, value[raw], "application/octet-stream")


def _json(value: Mapping[str, Any], shape: Shape) -> bytes:
    body: dict[str, Any] = {}
    create_serializer("json", include_validation=False)._serialize(body, value, shape)
    return json.dumps(body).encode()


def _message(event: str, payload: bytes, kind: str = "application/json") -> bytes:
    """One message: lengths and their checksum, headers, payload, a checksum of it all."""
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":message-type", "event"),
            (":event-type", event),
            (":content-type", kind),
        )
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    content = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return content + struct.pack("!I", crc32(content))


def _header(name: str, value: str) -> bytes:
    told, held = name.encode(), value.encode()
    return struct.pack("!B", len(told)) + told + struct.pack("!BH", _STRING, len(held)) + held
