"""A published message, and what SNS checks about it.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.sim.services.service import Params
from harness.sim.services.sns.errors import bad_value, invalid

BYTES_MAX = 262_144
SUBJECT_CHARACTERS_MAX = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATTRIBUTE_NAME = re.compile(r"(?!(?:aws|amazon)\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FIFO_ID = re.compile(r"[a-zA-Z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `texts`: by protocol, where MessageStructure is "json". `at`: epoch seconds. `trace`: the
    X-Ray header of the call that published it."""

    id: str
    topic_arn: str
    text: str
    at: float
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, str] | None = None
    group: str | None = None
    dedup: str | None = None
    sequence: str | None = None
    trace: str = ""

    def text_for(self, protocol: str) -> str:
        """What subscribers of a protocol get."""
        return self.text if self.texts is None else self.texts.get(protocol, self.text)


def check_message(params: Params) -> Mapping[str, str] | None:
    """Check Message, Subject, MessageStructure and MessageAttributes; gives the texts by protocol.

    Raises InvalidParameter or ParameterValueInvalid.
    """
    message = params.get("Message")
    if not message:
        raise invalid("Empty message")
    subject = params.get("Subject")
    if subject is not None and (not 0 < len(subject) <= SUBJECT_CHARACTERS_MAX or _CONTROL.search(subject)):
        raise invalid("Subject")
    attributes = params.get("MessageAttributes") or {}
    for name, attribute in attributes.items():
        check_attribute(name, attribute)
    if size_of(message, attributes) > BYTES_MAX:
        raise invalid("Message too long")
    structure = params.get("MessageStructure")
    if not structure:
        return None
    if structure != "json":
        raise invalid("MessageStructure", f"Invalid value [{structure}]. Must be json.")
    return _texts(message)


def _texts(message: str) -> Mapping[str, str]:
    try:
        entries = json.loads(message)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    texts = {protocol: text for protocol, text in entries.items() if isinstance(text, str)}
    if "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return texts


def check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    """Raise ParameterValueInvalid for a message attribute that SNS doesn't take.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise bad_value(f"The message attribute name '{name}' is invalid.")
    if len(name.encode()) > 256:
        raise bad_value("Length of message attribute name must be less than 256 bytes.")
    kind = attribute.get("DataType") or ""
    if not kind:
        raise bad_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    base = kind.partition(".")[0]
    if base not in ("String", "Number", "Binary"):
        raise bad_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported "
            "type prefixes is Binary, Number, and String."
        )
    field_name = "BinaryValue" if base == "Binary" else "StringValue"
    other = "StringValue" if base == "Binary" else "BinaryValue"
    if attribute.get(other) and not attribute.get(field_name):
        raise bad_value(
            f"The message attribute '{name}' with type '{kind}' must use field "
            f"'{field_name.removesuffix('Value')}'."
        )
    if not attribute.get(field_name):
        raise bad_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message "
            f"attribute type '{kind}'."
        )
    if base == "Number":
        _check_number(name, attribute["StringValue"])


def _check_number(name: str, text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise bad_value(f"Could not cast message attribute '{name}' value to number.")


def check_fifo(params: Params, *, fifo: bool, content_based: bool) -> None:
    """Raise InvalidParameter for a group or deduplication id that is missing, malformed or out of place."""
    group, dedup = params.get("MessageGroupId"), params.get("MessageDeduplicationId")
    if fifo and not group:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedup)):
        if value is not None and not _FIFO_ID.fullmatch(value):
            raise invalid(
                f"{name}",
                f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
            )
    if fifo and dedup is None and not content_based:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly"
        )
    if not fifo and dedup is not None:
        raise invalid(
            "MessageDeduplicationId",
            "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
        )


def size_of(message: str, attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes that count towards the limit: the message, and names, types and values of its attributes."""
    size = len(message.encode())
    for name, attribute in attributes.items():
        size += len(name.encode()) + len((attribute.get("DataType") or "").encode())
        size += len((attribute.get("StringValue") or "").encode()) + len(as_bytes(attribute))
    return size


def as_bytes(attribute: Mapping[str, Any]) -> bytes:
    """The value of a binary attribute."""
    value = attribute.get("BinaryValue") or b""
    return value.encode() if isinstance(value, str) else bytes(value)
