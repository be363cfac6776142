"""Attributes of subscriptions: what they may be, what they change, and how they are shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from harness.aws.rules.delivery_policy import content_type_for, pace_for, policy_of, schedule_for
from harness.cloud import Unsupported
from harness.sim.services.service import ServiceError
from harness.sim.services.sns.errors import invalid
from harness.sim.services.sns.filter_checks import PolicyError, check_scope, is_nested, parse_policy
from harness.sim.services.sns.retry_checks import check_delivery_policy
from harness.sim.services.sns.store import Subscription, Topic
from harness.sim.services.sns.topic_settings import delivery_policy, json_object

NAMES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)
DEFAULTS = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}
"""Attributes that a subscription has without being given them."""
_RAW_PROTOCOLS = ("sqs", "http", "https", "firehose")
_QUEUE_ARN = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+")


def check_subscription_attributes(given: Mapping[str, str], protocol: str, topic: Topic) -> dict[str, str]:
    """The attributes of a new subscription. Raises InvalidParameter as Subscribe does."""
    for name in given:
        if name not in NAMES:
            raise invalid("Attributes", f"Unknown attribute {name}")
    try:
        _check(given, protocol, topic)
    except ServiceError as error:
        told = error.message.removeprefix("Invalid parameter: ")
        if told.startswith(NAMES):
            raise invalid("Attributes", told) from None
        raise
    return {name: value for name, value in given.items() if value != ""}


def check_change(subscription: Subscription, topic: Topic, name: str, value: str) -> dict[str, str]:
    """All attributes after a change of one. Raises InvalidParameter as SetSubscriptionAttributes does."""
    if name not in NAMES:
        raise invalid("AttributeName")
    changed = {**subscription.attributes, name: value}
    _check(changed, subscription.protocol, topic)
    return {key: text for key, text in changed.items() if text != ""}


def apply(subscription: Subscription, topic: Topic) -> None:
    """Hold ready what deliveries need of a subscription's attributes and of its topic's."""
    attributes = subscription.attributes
    scope = attributes.get("FilterPolicyScope", "MessageAttributes")
    subscription.raw = attributes.get("RawMessageDelivery", "false").lower() == "true"
    subscription.filters_body = scope == "MessageBody"
    policy = attributes.get("FilterPolicy")
    subscription.filter_policy = parse_policy(policy, scope) if policy else None
    redrive = json_object(attributes.get("RedrivePolicy", "")) or {}
    subscription.dead_letter_queue = redrive.get("deadLetterTargetArn", "")
    own = json_object(attributes.get("DeliveryPolicy", ""))
    of_topic = delivery_policy(topic)
    subscription.schedule = schedule_for(subscription.protocol, own, of_topic)
    subscription.pace_seconds = pace_for(subscription.protocol, own, of_topic)
    subscription.content_type = content_type_for(own, of_topic)


def shown(subscription: Subscription) -> dict[str, str]:
    """What GetSubscriptionAttributes answers."""
    found = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "Owner": subscription.owner,
        "PendingConfirmation": _text(subscription.pending),
        "ConfirmationWasAuthenticated": _text(subscription.authenticated),
        "SubscriptionPrincipal": f"arn:aws:iam::{subscription.owner}:root",
        "RawMessageDelivery": "false",
    }
    if subscription.filter_policy is not None:
        found["FilterPolicyScope"] = "MessageAttributes"
    if subscription.protocol in ("http", "https"):
        policy = {"healthyRetryPolicy": policy_of(subscription.schedule)}
        if subscription.pace_seconds:
            policy["throttlePolicy"] = {"maxReceivesPerSecond": round(1 / subscription.pace_seconds)}
        if subscription.content_type:
            policy["requestPolicy"] = {"headerContentType": subscription.content_type}
        found["EffectiveDeliveryPolicy"] = json.dumps(policy)
    attributes = dict(subscription.attributes)
    if subscription.filter_policy is None:
        attributes.pop("FilterPolicyScope", None)
    return found | attributes


def _text(value: bool) -> str:
    return "true" if value else "false"


def _check(attributes: Mapping[str, str], protocol: str, topic: Topic) -> None:
    raw = attributes.get("RawMessageDelivery")
    if raw is not None and raw.lower() not in ("true", "false"):
        raise invalid(f"RawMessageDelivery: Invalid value [{raw}]. Must be true or false.")
    if raw is not None and raw.lower() == "true" and protocol not in _RAW_PROTOCOLS:
        raise invalid(f"RawMessageDelivery: Not supported for the {protocol} protocol.")
    _check_filter(attributes)
    if attributes.get("RedrivePolicy"):
        _check_redrive(attributes["RedrivePolicy"], topic)
    if (attributes.get("ReplayPolicy") or "{}") != "{}":
        raise Unsupported("replays from a topic's archive don't run in sim")
    if attributes.get("DeliveryPolicy"):
        _check_delivery_policy(attributes["DeliveryPolicy"], protocol)


def _check_filter(attributes: Mapping[str, str]) -> None:
    scope = attributes.get("FilterPolicyScope", "MessageAttributes")
    try:
        check_scope(scope)
    except PolicyError as problem:
        raise invalid(f"FilterPolicyScope: {problem}") from None
    if not attributes.get("FilterPolicy"):
        return
    try:
        policy = parse_policy(attributes["FilterPolicy"], scope)
    except PolicyError as problem:
        raise invalid(f"FilterPolicy: {problem}") from None
    if scope == "MessageAttributes" and is_nested(policy):
        raise invalid("Filter policy scope MessageAttributes does not support nested filter policy")


def _check_redrive(text: str, topic: Topic) -> None:
    policy = json_object(text)
    if policy is None:
        raise invalid("RedrivePolicy: failed to parse JSON.")
    target = policy.get("deadLetterTargetArn")
    if not isinstance(target, str) or not _QUEUE_ARN.fullmatch(target):
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if topic.fifo != target.endswith(".fifo"):
        kind = "FIFO" if topic.fifo else "standard"
        raise invalid(f"RedrivePolicy: must use a {kind} queue as DLQ for a {kind} topic")


def _check_delivery_policy(text: str, protocol: str) -> None:
    policy = json_object(text)
    if policy is None:
        raise invalid("DeliveryPolicy: failed to parse JSON.")
    if protocol not in ("http", "https"):
        raise invalid(f"DeliveryPolicy: Delivery protocol [{protocol}] does not support delivery policies")
    check_delivery_policy(policy)
