"""SNS's messages in the form for each kind of subscriber, by LocalStack's own publishers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ...aws.parcels import FunctionParcel, OutsideParcel, Parcel, QueueParcel
from ...aws.rules import outside as rules
from ...aws.rules.destinations import attributes_of_notification

DELIVERED = ("sqs", "lambda", "http", "https", "email", "email-json", "sms")
"""Protocols whose deliveries are hops; the others are left to LocalStack."""

Subscription = Mapping[str, Any]


def target_of(subscription: Subscription) -> str:
    """The target of a subscription's hops."""
    return rules.address_of(subscription["Protocol"], str(subscription["Endpoint"]))


def parcel_of(message: Any, subscription: Subscription, attributes: Mapping[str, str]) -> Parcel:
    """The parcel of a hop to a subscriber."""
    from localstack.services.sns import publisher

    protocol = subscription["Protocol"]
    if protocol == "sqs":
        return queued(message, subscription, attributes, str(subscription["Endpoint"]))
    if protocol == "lambda":
        event = publisher.LambdaTopicPublisher().prepare_message(message, subscription, attributes)
        return FunctionParcel(payload=json.loads(event))
    if protocol in ("email", "sms"):
        text, subject = message.message_content(protocol), message.subject
    else:
        text = publisher.create_sns_message_body(message, subscription, attributes)
        subject = message.subject
    if protocol.startswith("email"):
        subject = subject or rules.EMAIL_SUBJECT
    if protocol not in ("http", "https"):
        return outside(subscription, text, subject)
    sent_with = rules.headers(
        str(message.type),
        message.message_id,
        subscription["TopicArn"],
        subscription["SubscriptionArn"],
        content_type=publisher.HttpTopicPublisher._get_content_type(subscription, attributes) or "",
        raw=subscription.get("RawMessageDelivery") == "true",
    )
    return outside(subscription, text, subject, sent_with)


def queued(
    message: Any, subscription: Subscription, attributes: Mapping[str, str], queue: str
) -> QueueParcel:
    """The message as it goes into a queue: a subscriber's, or a dead-letter queue."""
    from localstack.services.sns import publisher

    to_queue = {**subscription, "Endpoint": queue, "Protocol": subscription["Protocol"]}
    given = publisher.SqsTopicPublisher.get_sqs_kwargs(message, to_queue)
    return QueueParcel(
        body=publisher.create_sns_message_body(message, subscription, attributes),
        attributes=dict(given.get("MessageAttributes") or {}),
        group=given.get("MessageGroupId"),
        dedup=given.get("MessageDeduplicationId"),
    )


def traced(parcel: Parcel, trace: str | None) -> Parcel:
    """The parcel as part of the publisher's trace, if there is one and it goes into a queue.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sns.html
    """
    if not trace or not isinstance(parcel, QueueParcel):
        return parcel
    return replace(parcel, system={"AWSTraceHeader": trace})


def outside(
    subscription: Subscription,
    text: str,
    subject: str | None,
    sent_with: Mapping[str, str] = MappingProxyType({}),
) -> OutsideParcel:
    """The parcel of a message that leaves the cloud; `sent_with`: headers of a request."""
    return OutsideParcel(
        protocol=subscription["Protocol"],
        endpoint=subscription["Endpoint"],
        body=text,
        subject=subject,
        headers=dict(sent_with),
        subscription=subscription.get("SubscriptionArn") or "",
    )


def confirmation(subscription: Subscription, token: str) -> str:
    """The mail to an address that has to confirm its subscription."""
    if subscription["Protocol"] == "email":
        return rules.confirmation_mail(str(subscription["TopicArn"]), token)
    from localstack.services.sns.models import SnsMessage, SnsMessageType
    from localstack.services.sns.publisher import create_sns_message_body

    told = (
        f"You have chosen to subscribe to the topic {subscription['TopicArn']}.\nTo confirm the "
        "subscription, visit the SubscribeURL included in this message."
    )
    asked = SnsMessage(type=SnsMessageType.SubscriptionConfirmation, message=told, token=token)
    return str(create_sns_message_body(asked, subscription, {}))


def dead_letter(
    message: Any, subscription: Subscription, attributes: Mapping[str, str], queue: str
) -> QueueParcel:
    """The parcel for a dead-letter queue: the message in the form for the subscriber.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    parcel = queued(message, subscription, attributes, queue)
    return replace(parcel, attributes=attributes_of_notification(parcel.attributes))
