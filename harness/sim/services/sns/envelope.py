"""A message in its forms for subscribers: the notification in its envelope, Lambda's event, or bare.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as _json
from typing import Any

from harness.aws.rules.outside import ENDED, TO_CONFIRM, service_url, subscribe_url, unsubscribe_url
from harness.aws.rules.patterns.texts import object_of
from harness.sim.services.sns.message_checks import as_bytes
from harness.sim.services.sns.model import PublishedMessage, Subscription

_CERTIFICATE = "SimpleNotificationService-0000000000000000000000000000000a.pem"


class Rendering:
    """One message rendered for its subscribers: what they have in common is made once."""

    __slots__ = ("_common", "_contents", "_heads", "_tail", "_timestamp", "_version", "message")

    def __init__(self, message: PublishedMessage, signature_version: str = "1") -> None:
        self.message = message
        self._version = signature_version
        self._timestamp = timestamp_of(message.at)
        self._heads: dict[str, str] = {}
        self._contents: dict[str, dict[str, Any] | None] = {}
        self._tail: str | None = None
        self._common: dict[str, Any] | None = None

    def content(self, protocol: str) -> dict[str, Any] | None:
        """The body as filters read it; None if it is no JSON object."""
        text = self.message.text_for(protocol)
        if text not in self._contents:
            self._contents[text] = object_of(text)
        return self._contents[text]

    def envelope(self, subscription: Subscription) -> str:
        """The notification as JSON text, laid out as SNS does."""
        text = self.message.text_for(subscription.protocol)
        head = self._heads.get(text)
        if head is None:
            head = self._heads[text] = self._head(text)
        if self._tail is None:
            self._tail = _attributes_tail(self.message.attributes) + "\n}"
        return head + _json(unsubscribe_url(self.message.topic_arn, subscription.arn)) + self._tail

    def record(self, subscription: Subscription) -> str:
        """The record of a delivery stream: the notification in one line, without a signature.

        https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html
        """
        signature = _signature(self.message.topic_arn, self.message.id, self._version)
        told = json.loads(self.envelope(subscription))
        kept = {name: value for name, value in told.items() if name not in signature}
        return json.dumps(kept, separators=(",", ":"))

    def event(self, subscription: Subscription) -> dict[str, Any]:
        """The event of a Lambda function.

        https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
        """
        if self._common is None:
            self._common = _event_fields(self.message, self._timestamp)
        notification = {
            **self._common,
            "Message": self.message.text_for("lambda"),
            "UnsubscribeUrl": unsubscribe_url(self.message.topic_arn, subscription.arn),
        }
        notification["MessageAttributes"] = {
            name: typed_value(attribute) for name, attribute in self.message.attributes.items()
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": notification,
        }
        return {"Records": [record]}

    def _head(self, text: str) -> str:
        message = self.message
        fields: dict[str, str | None] = {
            "Type": "Notification",
            "MessageId": message.id,
            "SequenceNumber": message.sequence,
            "TopicArn": message.topic_arn,
            "Subject": message.subject,
            "Message": text,
            "Timestamp": self._timestamp,
        }
        if message.sequence is None:
            fields |= _signature(message.topic_arn, message.id, self._version)
        lines = [f'  "{name}" : {_json(value)}' for name, value in fields.items() if value is not None]
        return "{\n" + ",\n".join(lines) + ',\n  "UnsubscribeURL" : '


def confirmation(
    subscription: Subscription,
    message_id: str,
    at: float,
    *,
    ended: bool = False,
    signature_version: str = "1",
) -> str:
    """The message to an endpoint that has to confirm its subscription, or whose subscription has ended.

    https://docs.aws.amazon.com/sns/latest/dg/http-unsubscribe-confirmation-json.html
    """
    topic = subscription.topic_arn
    told = (
        f"You have chosen to deactivate subscription {subscription.arn}.\nTo cancel this operation and "
        "restore the subscription, visit the SubscribeURL included in this message."
        if ended
        else f"You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the "
        "SubscribeURL included in this message."
    )
    fields = {
        "Type": ENDED if ended else TO_CONFIRM,
        "MessageId": message_id,
        "Token": subscription.token,
        "TopicArn": topic,
        "Message": told,
        "SubscribeURL": subscribe_url(topic, subscription.token),
        "Timestamp": timestamp_of(at),
        **_signature(topic, message_id, signature_version),
    }
    return "{\n" + ",\n".join(f'  "{name}" : {_json(value)}' for name, value in fields.items()) + "\n}"


def typed_value(attribute: Mapping[str, Any]) -> dict[str, str]:
    """A message attribute as envelopes hold it; binary values in Base64."""
    kind = attribute["DataType"]
    binary = kind.startswith("Binary")
    value = b64encode(as_bytes(attribute)).decode() if binary else attribute["StringValue"]
    return {"Type": kind, "Value": value}


def timestamp_of(at: float) -> str:
    """ISO 8601 with milliseconds, from epoch seconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event_fields(message: PublishedMessage, timestamp: str) -> dict[str, Any]:
    """Events say version 1 of the signature whatever the topic's: recorded on AWS, January 2024."""
    signed = _signature(message.topic_arn, message.id, "1")
    return {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": "",
        "Timestamp": timestamp,
        "SignatureVersion": signed["SignatureVersion"],
        "Signature": signed["Signature"],
        "SigningCertUrl": signed["SigningCertURL"],
    }


def _attributes_tail(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    if not attributes:
        return ""
    lines = [
        f"    {_json(name)} : {_typed_json(typed_value(attribute))}" for name, attribute in attributes.items()
    ]
    return ',\n  "MessageAttributes" : {\n' + ",\n".join(lines) + "\n  }"


def _typed_json(value: Mapping[str, str]) -> str:
    return f'{{"Type":{_json(value["Type"])},"Value":{_json(value["Value"])}}}'


def _signature(topic_arn: str, message_id: str, version: str) -> dict[str, str]:
    """In the form of a signature, though nothing signs it: no certificate is behind it."""
    signature = hashlib.sha256(f"{topic_arn} {message_id}".encode()).digest() * 8
    return {
        "SignatureVersion": version,
        "Signature": b64encode(signature).decode(),
        "SigningCertURL": f"{service_url(topic_arn)}/{_CERTIFICATE}",
    }
