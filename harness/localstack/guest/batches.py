"""What a mapping hands to a function, and what the function's answer says about it.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

PAYLOAD_BYTES_MAX = 6_291_456
"""A batch that reaches it is invoked with what it has."""
RECORD_OVERHEAD_BYTES = 600
"""About what an event record holds besides the body."""

_SEEN = {"StringValue": "stringValue", "BinaryValue": "binaryValue"}


def record_of(message: dict[str, Any], source_arn: str) -> dict[str, Any]:
    """A message, as ReceiveMessage shows it, as the function sees it."""
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}),
        "messageAttributes": {
            name: _attribute(value) for name, value in (message.get("MessageAttributes") or {}).items()
        },
        "md5OfBody": message.get("MD5OfBody"),
    }
    if message.get("MD5OfMessageAttributes"):
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    where = {"eventSource": "aws:sqs", "eventSourceARN": source_arn, "awsRegion": source_arn.split(":")[3]}
    return record | where


def filterable(record: dict[str, Any]) -> dict[str, Any]:
    """A record as filter patterns look at it: with its body as JSON, where it is JSON."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return record


def within_payload(messages: Sequence[dict[str, Any]]) -> int:
    """How many of these, from the first on, one invocation can carry: at least one."""
    size = count = 0
    for message in messages:
        size += len(message["Body"].encode()) + RECORD_OVERHEAD_BYTES
        if count and size > PAYLOAD_BYTES_MAX:
            break
        count += 1
    return count


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    seen = {
        ours: b64encode(value[theirs]).decode() if isinstance(value[theirs], bytes) else value[theirs]
        for theirs, ours in _SEEN.items()
        if value.get(theirs) is not None
    }
    return {
        **seen,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.get("DataType", "String"),
    }
