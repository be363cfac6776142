"""The batch that an event source mapping gives to a function, and the function's answer about it.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PAYLOAD_BYTES_MAX = 6_291_456
"""A batch that reaches it is invoked with what it has."""
RECORD_OVERHEAD_BYTES = 600
"""About what an event record holds besides body and message attributes."""

_TYPE_SUFFIXES = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was received for a function, with the fields that Lambda passes on."""

    id: str
    receipt_handle: str
    body: str
    attributes: Mapping[str, str]
    message_attributes: Mapping[str, Any]
    md5_of_body: str
    group: str | None = None
    md5_of_message_attributes: str | None = None

    @classmethod
    def shown(cls, message: Mapping[str, Any]) -> Taken:
        """From the form in which ReceiveMessage shows it."""
        attributes: Mapping[str, str] = message.get("Attributes") or {}
        return cls(
            message["MessageId"],
            message["ReceiptHandle"],
            message["Body"],
            attributes,
            message.get("MessageAttributes") or {},
            message.get("MD5OfBody") or "",
            attributes.get("MessageGroupId"),
            message.get("MD5OfMessageAttributes"),
        )


def record_of(message: Taken, source_arn: str, *, windowed: bool) -> dict[str, Any]:
    """A message as the function sees it. `windowed`: its mapping gathers batches for some time, and then
    says of messages without attributes that there is no digest of these."""
    digest = message.md5_of_message_attributes
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        **({"md5OfMessageAttributes": digest} if digest or windowed else {}),
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": source_arn,
        "awsRegion": source_arn.split(":")[3],
    }


def size_of(message: Taken) -> int:
    """Bytes that a message adds to a batch."""
    size = len(message.body) + RECORD_OVERHEAD_BYTES
    if not message.body.isascii():
        size += len(message.body.encode()) - len(message.body)
    return size + sum(len(name) + len(str(value)) for name, value in message.message_attributes.items())


def within_payload(messages: Iterable[Taken]) -> int:
    """The number of these, from the first on, that one invocation can carry: at least one."""
    size = count = 0
    for message in messages:
        size += size_of(message)
        if count and size > PAYLOAD_BYTES_MAX:
            break
        count += 1
    return count


def failed_items(answer: Any, ids: Sequence[str]) -> frozenset[str]:
    """Ids of the messages that count as failed by the answer of a function with ReportBatchItemFailures.

    No answer, an empty one, and an empty or absent list mean that all went well. An answer that is not an
    object, an entry without `itemIdentifier`, an empty one and one that names no message of the batch
    fail the whole batch.
    """
    everything = frozenset(ids)
    if answer is None or answer in ("", [], {}):
        return frozenset()
    if not isinstance(answer, dict):
        return everything
    entries = answer.get("batchItemFailures")
    if entries is None:
        return frozenset()
    if not isinstance(entries, list):
        return everything
    named = {_identifier(entry) for entry in entries}
    return frozenset(name for name in named if name) if named <= everything else everything


def failed_from(answer: Any, ids: Sequence[str]) -> frozenset[str]:
    """The same of records that are kept in order: the first that failed, and all behind it.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    failed = failed_items(answer, ids)
    first = next((place for place, each in enumerate(ids) if each in failed), len(ids))
    return frozenset(ids[first:])


def failed_in(payload: bytes, ids: Sequence[str], *, in_order: bool = False) -> frozenset[str]:
    """The same of an answer's bytes; those that aren't JSON fail the whole batch."""
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        return frozenset(ids)
    return failed_from(answer, ids) if in_order else failed_items(answer, ids)


def _identifier(entry: Any) -> str:
    name = entry.get("itemIdentifier") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def _attribute(value: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for theirs, ours in _TYPE_SUFFIXES.items():
        found = value.get(theirs)
        if found is not None:
            seen[ours] = b64encode(found).decode() if isinstance(found, bytes) else found
    return {
        **{name: seen[name] for name in ("stringValue", "binaryValue") if name in seen},
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": seen.get("dataType", "String"),
    }
