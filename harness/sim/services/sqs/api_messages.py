"""Messages in the form in which ReceiveMessage returns them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.sim.services.service import Params
from harness.sim.services.sqs.message import Message, md5_of_attributes


def system_attributes(message: Message) -> dict[str, str]:
    """Every attribute that SQS itself gives a message."""
    found = {
        "SenderId": "AIDAHARNESSLOCAL",
        "SentTimestamp": str(round(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.receive_count),
    }
    if message.first_received_at is not None:
        found["ApproximateFirstReceiveTimestamp"] = str(round(message.first_received_at * 1000))
    if message.group is not None:
        found["MessageGroupId"] = message.group
    if message.sequence is not None:
        found["MessageDeduplicationId"] = message.dedup or ""
        found["SequenceNumber"] = message.sequence
    if message.system:
        found.update(message.system)
    return found


def received(message: Message, params: Params) -> Params:
    """A message as ReceiveMessage returns it, with the requested attributes."""
    rendered: Params = {
        "MessageId": message.id,
        "ReceiptHandle": message.handle(),
        "MD5OfBody": message.md5,
        "Body": message.body,
    }
    wanted = params.get("MessageSystemAttributeNames") or params.get("AttributeNames")
    if wanted:
        system = {n: v for n, v in system_attributes(message).items() if "All" in wanted or n in wanted}
        if system:
            rendered["Attributes"] = system
    patterns = params.get("MessageAttributeNames")
    attributes = chosen(message.attributes, patterns) if patterns and message.attributes else None
    if attributes:
        rendered["MessageAttributes"] = attributes
        rendered["MD5OfMessageAttributes"] = md5_of_attributes(attributes)
    return rendered


def chosen(attributes: Mapping[str, Any], patterns: Iterable[str]) -> dict[str, Any]:
    """The attributes that a receive asks for: by name, by prefix ("bar.*"), or all of them."""
    patterns = tuple(patterns)
    if {"All", ".*", "*"} & set(patterns):
        return dict(attributes)
    prefixes = tuple(pattern.removesuffix(".*") for pattern in patterns if pattern.endswith(".*"))
    return {n: v for n, v in attributes.items() if n in patterns or (prefixes and n.startswith(prefixes))}
