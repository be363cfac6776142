"""Topics and subscribers for the conformance tests of SNS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.cloud import HasOutbox
from tests.conformance.lambda_helpers import create_queue, messages

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)
"""Lets every topic send to a queue."""


def create_topic(cloud: Any, name: str = "orders", **attributes: str) -> str:
    """The ARN of a new topic; of a FIFO topic if its name says so."""
    if name.endswith(".fifo"):
        attributes["FifoTopic"] = "true"
    arn: str = cloud.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
    return arn


def open_queue(cloud: Any, name: str, **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue to which topics may send."""
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    return create_queue(cloud, name, Policy=POLICY, **attributes)


def subscribe(cloud: Any, topic: str, endpoint: str, protocol: str = "sqs", **attributes: str) -> str:
    """The ARN of a new subscription."""
    arn: str = cloud.client("sns").subscribe(
        TopicArn=topic,
        Protocol=protocol,
        Endpoint=endpoint,
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return arn


def listen(cloud: Any, topic: str, name: str = "work", **attributes: str) -> str:
    """Subscribe a new queue to a topic; gives the queue's URL."""
    url, arn = open_queue(cloud, name)
    subscribe(cloud, topic, arn, **attributes)
    return url


def publish(cloud: Any, topic: str, message: str = "hello", **settings: Any) -> str:
    """Publish to a topic; gives the message's id."""
    message_id: str = cloud.client("sns").publish(TopicArn=topic, Message=message, **settings)["MessageId"]
    return message_id


def bodies(cloud: Any, url: str) -> list[str]:
    """The bodies of what a queue has after all deliveries are done."""
    cloud.settle()
    return [message["Body"] for message in messages(cloud, url)]


def texts(cloud: Any, url: str) -> list[str]:
    """The messages in the envelopes that a queue has after all deliveries are done."""
    return [json.loads(body)["Message"] for body in bodies(cloud, url)]


def text(value: str) -> dict[str, str]:
    """A message attribute of type String."""
    return {"DataType": "String", "StringValue": value}


def number(value: float) -> dict[str, str]:
    """A message attribute of type Number."""
    return {"DataType": "Number", "StringValue": str(value)}


def sent(cloud: Any, protocol: str) -> list[Any]:
    """What left the cloud by this protocol, after all deliveries are done."""
    cloud.settle()
    if not isinstance(cloud, HasOutbox):
        pytest.skip("this cloud doesn't tell what left it")
    return [one for one in cloud.outbox if one.protocol == protocol]


def refusal(call: Any, *args: Any, **settings: Any) -> tuple[str, str]:
    """The code and the message of the error that a call answers with."""
    with pytest.raises(ClientError) as caught:
        call(*args, **settings)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
