"""Attributes of topics: what they may be, and how they are shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.aws.rules.delivery_policy import effective_for_topic, kept_by_topic
from harness.sim.services.service import ServiceError
from harness.sim.services.sns.errors import invalid, is_percentage, of_attributes
from harness.sim.services.sns.json_documents import compact, json_object, not_parsed
from harness.sim.services.sns.model import TopicState
from harness.sim.services.sns.retry_checks import check_delivery_policy, check_members
from harness.sim.services.sns.topic_policy import check_policy, default_policy

ARCHIVE_DAYS_MAX = 365
DISPLAY_NAME_CHARACTERS_MAX = 100
_FEEDBACK = tuple(
    f"{protocol}{what}"
    for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
    for what in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)
_TEXTS = ("DisplayName", "KmsMasterKeyId", "ArchivePolicy", "DataProtectionPolicy", *_FEEDBACK)
_BOOLEANS = ("FifoTopic", "ContentBasedDeduplication")
"""Written in any case."""
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("Active", "PassThrough"),
}
_NOT_CHOSEN = {
    "FifoThroughputScope": "FifoThroughputScope: Invalid value [{value}]. Must be Topic or MessageGroup.",
    "SignatureVersion": "SignatureVersion: Invalid value. Must be 1 or 2.",
    "TracingConfig": "Invalid tracing config value: {value}",
}
_FIFO_ONLY = ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
DEFAULTS = {
    "DisplayName": "",
    "FifoTopic": "false",
    "ContentBasedDeduplication": "false",
    "FifoThroughputScope": "Topic",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}
"""Attributes that a topic has without being given them."""
NAMES = (*_TEXTS, *_BOOLEANS, *_CHOICES, "Policy", "DeliveryPolicy")


def check_topic_attributes(given: Mapping[str, str], *, fifo: bool) -> dict[str, str]:
    """The attributes of a new topic. Raises InvalidParameter."""
    checked = {}
    for name, value in given.items():
        if name not in NAMES or (name in _FIFO_ONLY and not fifo):
            raise invalid("Attributes", f"Unknown attribute {name}")
        try:
            checked[name] = _check(name, value)
        except ServiceError as error:
            raise of_attributes(error) from None
    if not fifo:
        checked.pop("FifoTopic", None)
    return checked


def check_topic_attribute(name: str, value: str, *, fifo: bool) -> str:
    """The value as it is kept. Raises InvalidParameter for an attribute or a value that can't be set."""
    if name not in NAMES or name == "FifoTopic" or (name in _FIFO_ONLY and not fifo):
        raise invalid("AttributeName")
    return _check(name, value)


def delivery_policy(topic: TopicState) -> Mapping[str, Any]:
    """The topic's own delivery policy."""
    policy: Mapping[str, Any] = json.loads(topic.attributes.get("DeliveryPolicy") or "{}")
    return policy


def shown(topic: TopicState) -> dict[str, str]:
    """The answer of GetTopicAttributes."""
    subscriptions = topic.subscriptions.values()
    pending = sum(subscription.pending for subscription in subscriptions)
    found = {
        "TopicArn": topic.arn,
        "Owner": topic.owner,
        "DisplayName": "",
        "Policy": json.dumps(default_policy(topic)),
        "EffectiveDeliveryPolicy": compact(effective_for_topic(delivery_policy(topic))),
        "SubscriptionsConfirmed": str(len(subscriptions) - pending),
        "SubscriptionsPending": str(pending),
        "SubscriptionsDeleted": str(topic.subscriptions_deleted),
    }
    if topic.fifo:
        found |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    return found | {name: value for name, value in topic.attributes.items() if value != ""}


def _check(name: str, value: str) -> str:
    if name in _BOOLEANS:
        if value.lower() not in ("true", "false"):
            raise invalid(f"{name}: Invalid value [{value}]. Must be true or false.")
        return value.lower()
    if name in _CHOICES and value not in _CHOICES[name]:
        raise invalid(_NOT_CHOSEN[name].format(value=value))
    if name.endswith("SampleRate") and value and not is_percentage(value):
        raise invalid(f"{name}: {value} value provided is not an integer between 0-100")
    if name == "DisplayName" and len(value) > DISPLAY_NAME_CHARACTERS_MAX:
        raise invalid("DisplayName")
    if name == "Policy":
        check_policy(value)
    if name == "ArchivePolicy" and value:
        _check_archive_policy(value)
    if name == "DeliveryPolicy" and value:
        return compact(kept_by_topic(_checked_delivery_policy(value)))
    return value


def _check_archive_policy(value: str) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html"""
    policy = json_object(value)
    if policy is None:
        raise invalid(f"ArchivePolicy: {not_parsed(value)}")
    days = str(policy.get("MessageRetentionPeriod", "1"))
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:9]) <= ARCHIVE_DAYS_MAX):
        raise invalid("ArchivePolicy: MessageRetentionPeriod value is invalid")


def _checked_delivery_policy(value: str) -> Mapping[str, Any]:
    policy = json_object(value)
    if policy is None:
        raise invalid(f"DeliveryPolicy: {not_parsed(value)}")
    http = policy.get("http") or {}
    if not isinstance(http, dict):
        raise invalid("DeliveryPolicy: http must be a JSON object")
    check_members(policy, ("http",))
    check_delivery_policy(http, of_topic=True)
    return policy
