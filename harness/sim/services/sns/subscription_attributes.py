"""Attributes of subscriptions: what they may be, what they change, and how they are shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.aws.rules.delivery_policy import (
    content_type_for,
    effective_for_subscription,
    kept_by_subscription,
    pace_for,
    schedule_for,
)
from harness.aws.rules.filter_policy import ATTRIBUTES, check_scope, read_policy
from harness.aws.rules.patterns import PatternError
from harness.cloud import Unsupported
from harness.sim.services.service import ServiceError
from harness.sim.services.sns.errors import invalid, of_attributes
from harness.sim.services.sns.json_documents import compact, json_object, not_parsed
from harness.sim.services.sns.model import Subscription, TopicState
from harness.sim.services.sns.retry_checks import check_delivery_policy
from harness.sim.services.sns.topic_attributes import delivery_policy

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
PRINCIPAL = "local"
"""The user who has subscribed, as nothing is signed here."""
_RAW_PROTOCOLS = ("sqs", "http", "https", "firehose")


def check_subscription_attributes(
    given: Mapping[str, str], protocol: str, endpoint: str, topic: TopicState
) -> dict[str, str]:
    """The attributes of a new subscription. Raises InvalidParameter as Subscribe does."""
    for name in given:
        if name not in NAMES:
            raise invalid("Attributes", f"Unknown attribute {name}")
    try:
        _check(given, protocol, endpoint, topic)
    except ServiceError as error:
        raise of_attributes(error) from None
    return _kept(given)


def check_change(subscription: Subscription, topic: TopicState, name: str, value: str) -> dict[str, str]:
    """All attributes after a change of one. Raises InvalidParameter as SetSubscriptionAttributes does."""
    if name not in NAMES:
        raise invalid("AttributeName")
    changed = {**subscription.attributes, name: value}
    _check(changed, subscription.protocol, subscription.endpoint, topic)
    return _kept(changed)


def apply(subscription: Subscription, topic: TopicState) -> None:
    """Hold ready what deliveries need of a subscription's attributes and of its topic's."""
    attributes = subscription.attributes
    subscription.raw = attributes.get("RawMessageDelivery") == "true"
    policy = attributes.get("FilterPolicy")
    scope = attributes.get("FilterPolicyScope", ATTRIBUTES)
    subscription.filter_policy = read_policy(policy, scope) if policy else None
    redrive = json_object(attributes.get("RedrivePolicy", "")) or {}
    subscription.dead_letter_queue = redrive.get("deadLetterTargetArn", "")
    own = json_object(attributes.get("DeliveryPolicy", ""))
    of_topic = delivery_policy(topic)
    subscription.schedule = schedule_for(subscription.protocol, own, of_topic)
    subscription.pace_seconds = pace_for(subscription.protocol, own, of_topic)
    subscription.content_type = content_type_for(own, of_topic)


def shown(subscription: Subscription, topic: TopicState) -> dict[str, str]:
    """The answer of GetSubscriptionAttributes."""
    found = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "Owner": subscription.owner,
        "PendingConfirmation": _text(subscription.pending),
        "ConfirmationWasAuthenticated": _text(subscription.authenticated),
        "SubscriptionPrincipal": f"arn:aws:iam::{subscription.owner}:user/{PRINCIPAL}",
        "RawMessageDelivery": "false",
    }
    if subscription.filter_policy is not None:
        found["FilterPolicyScope"] = "MessageAttributes"
    if subscription.protocol in ("http", "https"):
        own = json_object(subscription.attributes.get("DeliveryPolicy", ""))
        found["EffectiveDeliveryPolicy"] = compact(effective_for_subscription(own, delivery_policy(topic)))
    attributes = dict(subscription.attributes)
    if subscription.filter_policy is None:
        attributes.pop("FilterPolicyScope", None)
    return found | attributes


def _text(value: bool) -> str:
    return "true" if value else "false"


def _kept(attributes: Mapping[str, str]) -> dict[str, str]:
    """An empty value takes an attribute away, an empty policy its filter."""
    return {
        name: _as_kept(name, value)
        for name, value in attributes.items()
        if value != "" and not (name == "FilterPolicy" and json_object(value) == {})
    }


def _as_kept(name: str, value: str) -> str:
    """A boolean may be written in any case; a delivery policy is filled up."""
    if name == "RawMessageDelivery":
        return value.lower()
    if name == "DeliveryPolicy":
        return compact(kept_by_subscription(json_object(value) or {}))
    return value


def _check(attributes: Mapping[str, str], protocol: str, endpoint: str, topic: TopicState) -> None:
    raw = attributes.get("RawMessageDelivery")
    if raw is not None and raw.lower() not in ("true", "false"):
        raise invalid(f"RawMessageDelivery: Invalid value [{raw}]. Must be true or false.")
    if raw is not None and raw.lower() == "true" and protocol not in _RAW_PROTOCOLS:
        raise invalid(f"Delivery protocol [{protocol}] does not support raw message delivery.")
    _check_filter(attributes)
    if attributes.get("RedrivePolicy"):
        _check_redrive(attributes["RedrivePolicy"], endpoint, topic)
    if (attributes.get("ReplayPolicy") or "{}") != "{}":
        raise Unsupported("replays from a topic's archive don't run in sim")
    if attributes.get("DeliveryPolicy"):
        _check_delivery_policy(attributes["DeliveryPolicy"], protocol)


def _check_filter(attributes: Mapping[str, str]) -> None:
    scope = attributes.get("FilterPolicyScope", ATTRIBUTES)
    try:
        check_scope(scope)
    except PatternError as problem:
        raise invalid(f"FilterPolicyScope: {problem}") from None
    if not attributes.get("FilterPolicy"):
        return
    try:
        policy = read_policy(attributes["FilterPolicy"], scope)
    except PatternError as problem:
        raise invalid(f"FilterPolicy: {problem}") from None
    if policy.nested and not policy.over_body:
        raise invalid("Filter policy scope MessageAttributes does not support nested filter policy")


def _check_redrive(text: str, endpoint: str, topic: TopicState) -> None:
    policy = json_object(text)
    if policy is None:
        raise invalid(f"RedrivePolicy: {not_parsed(text)}")
    for name in policy:
        if name != "deadLetterTargetArn":
            raise invalid(f"RedrivePolicy: invalid JSON. Attribute {name} is unknown.")
    if "deadLetterTargetArn" not in policy:
        raise invalid("RedrivePolicy: Missing deadLetterTargetArn attribute")
    parts = str(policy["deadLetterTargetArn"]).split(":")
    if len(parts) < 6 or parts[0] != "arn":
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if parts[2] != "sqs":
        raise invalid("RedrivePolicy: deadLetterTargetArn must be a SQS queue")
    if parts[3] != topic.region:
        raise invalid("RedrivePolicy: deadLetterTargetArn must be in the same region as the subscription")
    fifo = endpoint.endswith(".fifo")
    if fifo and not parts[5].endswith(".fifo"):
        raise invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
    if not fifo and parts[5].endswith(".fifo"):
        raise invalid("RedrivePolicy: must use a standard queue as DLQ for a standard Subscription.")


def _check_delivery_policy(text: str, protocol: str) -> None:
    policy = json_object(text)
    if policy is None:
        raise invalid(f"DeliveryPolicy: {not_parsed(text)}")
    if protocol not in ("http", "https"):
        raise invalid(f"Delivery protocol [{protocol}] does not support delivery policy.")
    check_delivery_policy(policy)
