"""Attributes of topics: what they may be, and how they are shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.aws.rules.delivery_policy import HTTP, policy_of
from harness.sim.services.sns.errors import invalid
from harness.sim.services.sns.retry_checks import check_delivery_policy
from harness.sim.services.sns.store import Topic

ARCHIVE_DAYS_MAX = 365
_FEEDBACK = tuple(
    f"{protocol}{what}"
    for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
    for what in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)
_TEXTS = ("DisplayName", "KmsMasterKeyId", "ArchivePolicy", "DataProtectionPolicy", *_FEEDBACK)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "FifoTopic": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("Active", "PassThrough"),
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
NAMES = (*_TEXTS, *_CHOICES, "Policy", "DeliveryPolicy")


def check_topic_attributes(given: Mapping[str, str], *, fifo: bool) -> dict[str, str]:
    """The attributes of a new topic. Raises InvalidParameter."""
    for name, value in given.items():
        if name not in NAMES:
            raise invalid("Attributes", f"Unknown attribute {name}")
        check_topic_attribute(name, value, fifo=fifo, where="Attributes")
    return dict(given)


def check_topic_attribute(name: str, value: str, *, fifo: bool, where: str = "AttributeValue") -> None:
    """Raise InvalidParameter for a value that the attribute can't have."""
    if name in _FIFO_ONLY and not fifo:
        raise invalid(where, f"{name} is only supported for FIFO topics")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise invalid(where, f"{name}: Invalid value [{value}]. Must be {' or '.join(_CHOICES[name])}.")
    if name == "DisplayName" and len(value) > 100:
        raise invalid("DisplayName", "DisplayName must be at most 100 characters long")
    if name == "Policy":
        _check_policy(value)
    if name == "ArchivePolicy" and value:
        _check_archive_policy(value)
    if name == "DeliveryPolicy" and value:
        _check_delivery_policy(value)


def delivery_policy(topic: Topic) -> Mapping[str, Any]:
    """The topic's own delivery policy."""
    policy: Mapping[str, Any] = json.loads(topic.attributes.get("DeliveryPolicy") or "{}")
    return policy


def effective_delivery_policy(topic: Topic) -> dict[str, Any]:
    """The delivery policy with what it leaves out."""
    http = delivery_policy(topic).get("http") or {}
    return {
        "http": {
            "defaultHealthyRetryPolicy": {
                **policy_of(HTTP),
                **(http.get("defaultHealthyRetryPolicy") or {}),
            },
            "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides", False),
            "defaultRequestPolicy": http.get("defaultRequestPolicy")
            or {"headerContentType": "text/plain; charset=UTF-8"},
        }
    }


def shown(topic: Topic) -> dict[str, str]:
    """What GetTopicAttributes answers."""
    subscriptions = topic.subscriptions.values()
    pending = sum(subscription.pending for subscription in subscriptions)
    found = {
        "TopicArn": topic.arn,
        "Owner": topic.owner,
        "DisplayName": "",
        "Policy": json.dumps(default_policy(topic)),
        "EffectiveDeliveryPolicy": json.dumps(effective_delivery_policy(topic)),
        "SubscriptionsConfirmed": str(len(subscriptions) - pending),
        "SubscriptionsPending": str(pending),
        "SubscriptionsDeleted": str(topic.subscriptions_deleted),
    }
    if topic.fifo:
        found |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    return found | {name: value for name, value in topic.attributes.items() if value != ""}


def default_policy(topic: Topic) -> dict[str, Any]:
    """The policy of a topic to which nobody has given one: its owner may do anything."""
    actions = (
        "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
        "ListSubscriptionsByTopic Publish"
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions.split()],
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.owner}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def json_object(text: str) -> dict[str, Any] | None:
    """A JSON object from its text; None if it isn't one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _check_policy(value: str) -> None:
    policy = json_object(value)
    if policy is None:
        raise invalid("Policy Error: null")
    given = policy.get("Statement")
    statements = given if isinstance(given, list) else [given]
    if not all(isinstance(statement, dict) for statement in statements):
        raise invalid("Policy statement must be a JSON object or a list of such")


def _check_archive_policy(value: str) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html"""
    policy = json_object(value)
    if policy is None:
        raise invalid("ArchivePolicy: failed to parse JSON.")
    days = str(policy.get("MessageRetentionPeriod", "1"))
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:9]) <= ARCHIVE_DAYS_MAX):
        raise invalid(f"ArchivePolicy: MessageRetentionPeriod must be between 1 and {ARCHIVE_DAYS_MAX} days")


def _check_delivery_policy(value: str) -> None:
    policy = json_object(value)
    if policy is None:
        raise invalid("DeliveryPolicy: failed to parse JSON.")
    http = policy.get("http") or {}
    if not isinstance(http, dict):
        raise invalid("DeliveryPolicy: http must be a JSON object")
    check_delivery_policy(http, of_topic=True)
