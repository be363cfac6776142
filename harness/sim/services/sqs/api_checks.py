"""AWS's refusals of messages and batches, in its words.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.sim.services.service import Params, ServiceError
from harness.sim.services.sqs.errors import NOT_FOR_THIS_TYPE, absent, invalid, invalid_value
from harness.sim.services.sqs.message import size_of
from harness.sim.services.sqs.settings import Settings
from harness.sim.services.validation import lacks

ATTRIBUTES_MAX = 10
BATCH_MAX = 10
BATCH_BYTES_MAX = 1_048_576
DELAY_SECONDS_MAX = 900
NAME_MAX = 256

_ID = re.compile(r"[a-zA-Z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_ENTRY_ID = re.compile(r"[a-zA-Z0-9_-]{1,80}")
_ATTRIBUTE_NAME = re.compile(r"[\w.-]+")
"""Letters of any alphabet."""
_CALLED = {("DeleteMessage", "ReceiptHandle"): "MessageHandle"}
"""Names of parameters that answers call something else; recorded on AWS, November 2023."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NOT_ALLOWED = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHARACTERS = (
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
    "#xE000 to #xFFFD | #x10000 to #x10FFFF"
)


def check_range(name: str, value: float, low: int, high: int) -> None:
    """Raise AWS's error for a number out of its range."""
    if not low <= value <= high:
        raise invalid_value(value, name, f"Must be >= {low} and <= {high}, if provided.")


def check_id(name: str, value: str | None) -> None:
    """Raise AWS's error for a malformed group id, deduplication id or attempt id."""
    if value is not None and not _ID.fullmatch(value):
        raise invalid_value(
            value,
            name,
            f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def check_send(settings: Settings, params: Params) -> None:
    """Raise AWS's error for the first problem in a SendMessage or an entry of a batch."""
    check_body_and_attributes(settings, params["MessageBody"], params.get("MessageAttributes") or {})
    _check_system(params.get("MessageSystemAttributes") or {})
    delay = params.get("DelaySeconds")
    if delay is not None and not 0 <= delay <= DELAY_SECONDS_MAX:
        raise invalid_value(delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {DELAY_SECONDS_MAX}.")
    group, dedup = params.get("MessageGroupId"), params.get("MessageDeduplicationId")
    check_id("MessageGroupId", group)
    check_id("MessageDeduplicationId", dedup)
    if settings.fifo:
        check_fifo(settings, group, dedup)
        if delay:
            raise invalid_value(delay, "DelaySeconds", NOT_FOR_THIS_TYPE)
    elif dedup is not None:
        raise invalid_value(dedup, "MessageDeduplicationId", NOT_FOR_THIS_TYPE)


def check_fifo(settings: Settings, group: str | None, dedup: str | None) -> None:
    """Raise AWS's error for a message to a FIFO queue without a group, or without a deduplication id."""
    if group is None:
        raise absent("MessageGroupId")
    _check_deduplication(settings, dedup)


def _check_fifo_entry(settings: Settings, entry: Params) -> None:
    """The same of an entry of a batch, where the error for an absent group has another code."""
    _check_deduplication(settings, entry.get("MessageDeduplicationId"))
    if entry.get("MessageGroupId") is None:
        raise invalid(absent("MessageGroupId").message)


def _check_deduplication(settings: Settings, dedup: str | None) -> None:
    if dedup is None and not settings.content_based_deduplication:
        raise invalid(
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def check_body_and_attributes(settings: Settings, body: str, attributes: Mapping[str, Any]) -> None:
    """Raise AWS's error for a body that is empty, too long or not XML text, and for attributes."""
    if not body:
        raise absent("MessageBody")
    if _NOT_ALLOWED.search(body):
        raise ServiceError("InvalidMessageContents", _CHARACTERS)
    if attributes:
        _check_attributes(attributes)
    if size_of(body, attributes) > settings.maximum_size:
        raise invalid(
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{settings.maximum_size} bytes."
        )


def _check_system(attributes: Mapping[str, Any]) -> None:
    for name, attribute in attributes.items():
        if name != "AWSTraceHeader":
            raise invalid(f"Message system attribute name '{name}' is invalid.")
        if attribute.get("DataType") != "String" or not attribute.get("StringValue"):
            raise invalid(
                f"The message system attribute '{name}' must be of type 'String' and hold a StringValue."
            )


def _check_attributes(attributes: Mapping[str, Any]) -> None:
    if len(attributes) > ATTRIBUTES_MAX:
        raise invalid(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{ATTRIBUTES_MAX}]."
        )
    for name, attribute in attributes.items():
        _check_attribute_name(name)
        _check_attribute(name, attribute)


def _check_attribute_name(name: str) -> None:
    if len(name) > NAME_MAX:
        raise invalid(f"Message (user) attribute names must be shorter than {NAME_MAX} Bytes")
    if not _ATTRIBUTE_NAME.fullmatch(name) or ".." in name:
        raise invalid(
            "Message (user) attributes name can only contain upper and lower score characters, digits, "
            "periods, hyphens and underscores. "
        )
    if name.lower().startswith(("aws.", "amazon.", ".")) or name.endswith("."):
        raise invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are "
            "reserved for internal use. Additionally, they cannot start or end with '.'."
        )


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    data_type = attribute.get("DataType") or ""
    kind, dot, custom = data_type.partition(".")
    if not data_type:
        raise invalid(f"Message (user) attribute '{name}' must contain a non-empty attribute type.")
    if kind not in ("String", "Number", "Binary") or len(data_type) > NAME_MAX or (dot and not custom):
        raise invalid(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String."
        )
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise invalid("Message attribute list values in SendMessage operation are not supported.")
    if not attribute.get("BinaryValue" if kind == "Binary" else "StringValue"):
        raise invalid(f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.")
    if kind != "Binary" and _NOT_ALLOWED.search(attribute["StringValue"]):
        raise invalid(_CHARACTERS)
    if kind == "Number" and not _NUMBER.fullmatch(attribute["StringValue"]):
        raise invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def completed(operation: str, params: Params) -> Params:
    """The parameters, with empty lists and maps for those that lack. Raise AWS's error for a plain value that
    is needed and isn't there.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    """
    empty: Params = {}
    for lack in lacks("sqs", operation, params):
        if lack.within == "Entries":
            raise absent(f"{operation}RequestEntry.{lack.item}.{lack.member}")
        if lack.type_name == "list":
            empty[lack.member] = []
        elif lack.type_name == "map":
            empty[lack.member] = {}
        else:
            raise absent(_CALLED.get((operation, lack.member), lack.member))
    return params | empty if empty else params


def check_batch(entries: Sequence[Params], entry_type: str) -> None:
    """Raise AWS's error for a batch as a whole: its size, and the ids of its entries."""
    if not entries:
        raise ServiceError("EmptyBatchRequest", f"There should be at least one {entry_type} in the request.")
    if len(entries) > BATCH_MAX:
        raise ServiceError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {BATCH_MAX}. You have sent {len(entries)}.",
        )
    seen = set()
    for entry in entries:
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            raise ServiceError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry["Id"] in seen:
            raise ServiceError("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def check_batch_to_send(settings: Settings, entries: Sequence[Params]) -> None:
    """Raise AWS's error for a batch of messages: its bytes, and the needs of FIFO queues."""
    total = sum(size_of(e.get("MessageBody", ""), e.get("MessageAttributes") or {}) for e in entries)
    if total > BATCH_BYTES_MAX:
        raise ServiceError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent {total} bytes.",
        )
    if settings.fifo:
        for entry in entries:
            _check_fifo_entry(settings, entry)
