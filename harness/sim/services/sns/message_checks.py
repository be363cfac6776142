"""Checks of a message that is to be published.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.sim.services.service import Params
from harness.sim.services.sns.errors import bad_value, invalid, missing
from harness.sim.services.sns.json_documents import json_object

BYTES_MAX = 262_144
SUBJECT_CHARACTERS_MAX = 100
NAME_BYTES_MAX = 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_RESERVED = re.compile(r"(?!AWS\.SNS\.)(aws|amazon)\.", re.IGNORECASE)
"""Prefixes of AWS's own; those of text messages and mobile push are for everybody."""
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FIFO_ID = re.compile(r"[a-zA-Z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


def check_message(params: Params) -> Mapping[str, str] | None:
    """Check Message, Subject and MessageStructure; gives the texts by protocol. Raises InvalidParameter."""
    message = params.get("Message")
    if message is None:
        raise missing("message")
    if not message:
        raise invalid("Empty message")
    subject = params.get("Subject")
    if subject is not None and (not 0 < len(subject) <= SUBJECT_CHARACTERS_MAX or _CONTROL.search(subject)):
        raise invalid("Subject")
    structure = params.get("MessageStructure")
    if not structure:
        return None
    if structure != "json":
        raise invalid("MessageStructure", f"Invalid value [{structure}]. Must be json.")
    return _texts(message)


def _texts(message: str) -> Mapping[str, str]:
    entries = json_object(message)
    if entries is None:
        raise invalid("Message Structure - JSON message body failed to parse")
    texts = {protocol: text for protocol, text in entries.items() if isinstance(text, str)}
    if "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return texts


def check_attributes(attributes: Mapping[str, Mapping[str, Any]], within: str = "") -> None:
    """Raise ParameterValueInvalid for message attributes that SNS doesn't take. `within`: where in the
    request they stand.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    for name, attribute in attributes.items():
        _check_name(name)
        if attribute.get("DataType") is None:
            raise missing(f"{within}messageAttributes.{name}.member.dataType")
        _check_value(name, attribute["DataType"], attribute)


def _check_name(name: str) -> None:
    if len(name.encode()) > NAME_BYTES_MAX:
        raise bad_value("Length of message attribute name must be less than 256 bytes.")
    if not name:
        raise bad_value("The message attribute name must not be empty.")
    for place, word in ((0, "starting"), (-1, "ending")):
        if name[place] == ".":
            raise bad_value(f"Invalid message attribute name {word} with character '.' was found.")
    odd = _NOT_IN_NAMES.search(name)
    if odd is not None:
        raise bad_value(
            f"Invalid non-alphanumeric character '#x{ord(odd[0]):X}' was found in the message attribute "
            "name. Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if ".." in name:
        raise bad_value("Message attribute name can not have successive '.' character.")
    if _RESERVED.match(name):
        raise bad_value(f"The message attribute name '{name}' is invalid.")


def _check_value(name: str, kind: str, attribute: Mapping[str, Any]) -> None:
    if not kind:
        raise bad_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    if not _TYPE.fullmatch(kind):
        raise bad_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported "
            "type prefixes is Binary, Number, and String."
        )
    wanted, other = ("Binary", "String") if kind.startswith("Binary") else ("String", "Binary")
    if attribute.get(f"{other}Value") is not None and attribute.get(f"{wanted}Value") is None:
        raise bad_value(f"The message attribute '{name}' with type '{kind}' must use field '{wanted}'.")
    if not attribute.get(f"{wanted}Value"):
        raise bad_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message "
            f"attribute type '{kind}'."
        )
    if kind.startswith("Number") and not _NUMBER.fullmatch(attribute["StringValue"]):
        raise bad_value(f"Could not cast message attribute '{name}' value to number.")


def check_fifo(params: Params, *, fifo: bool) -> None:
    """Raise InvalidParameter for a group or deduplication id that is missing, malformed or out of place."""
    group, dedup = params.get("MessageGroupId"), params.get("MessageDeduplicationId")
    if fifo and not group:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if not fifo and dedup is not None:
        raise invalid(
            "MessageDeduplicationId",
            "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
        )
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedup)):
        if value is not None and not _FIFO_ID.fullmatch(value):
            raise invalid(
                f"{name}",
                f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
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
