"""SNS: retries and dead-letter queues of subscriptions."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import create_function, messages
from tests.conformance.sns_helpers import (
    bodies,
    create_topic,
    listen,
    number,
    open_queue,
    publish,
    refusal,
    subscribe,
)

GONE = "arn:aws:sqs:us-east-1:123456789012:gone"


def redrive(arn):
    return json.dumps({"deadLetterTargetArn": arn})


def test_a_message_for_a_deleted_queue_goes_to_the_subscriptions_dead_letter_queue_at_once(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    url = listen(cloud, topic, RedrivePolicy=redrive(dead))
    cloud.client("sqs").delete_queue(QueueUrl=url)
    cloud.advance(61)
    message_id = publish(cloud, topic, "hello")
    cloud.advance(1)
    (message,) = messages(cloud, dead_url, MessageAttributeNames=["All"])
    envelope = json.loads(message["Body"])
    assert (envelope["MessageId"], envelope["Message"]) == (message_id, "hello")


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_dead_letter_is_what_the_subscriber_would_have_got_and_no_more(cloud, raw):
    """Recorded on AWS, August 2023."""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    subscribe(cloud, topic, GONE, RedrivePolicy=redrive(dead), RawMessageDelivery=raw)
    attributes = {"n": number(111), "raw": {"DataType": "Binary", "BinaryValue": b"\x02\x03"}}
    publish(cloud, topic, "hello", MessageAttributes=attributes)
    cloud.settle()
    (message,) = messages(cloud, dead_url, MessageAttributeNames=["All"])
    if raw == "true":
        assert (message["Body"], message["MessageAttributes"]) == ("hello", attributes)
    else:
        assert json.loads(message["Body"])["MessageAttributes"]["n"] == {"Type": "Number", "Value": "111"}
        assert "MessageAttributes" not in message


def test_a_message_for_a_deleted_function_goes_to_the_subscriptions_dead_letter_queue(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    function = create_function(cloud, "def handler(event, context): pass")
    subscribe(cloud, topic, function, "lambda", RedrivePolicy=redrive(dead))
    cloud.client("lambda").delete_function(FunctionName="work")
    publish(cloud, topic, "hello")
    (body,) = bodies(cloud, dead_url)
    assert json.loads(body)["Message"] == "hello"


def test_without_permission_on_the_queue_the_message_is_dead_lettered(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    closed = cloud.client("sqs").create_queue(QueueName="closed")["QueueUrl"]
    arn = dead.removesuffix("dead") + "closed"
    subscribe(cloud, topic, arn, RedrivePolicy=redrive(dead))
    publish(cloud, topic, "hello")
    assert len(bodies(cloud, dead_url)) == 1
    assert bodies(cloud, closed) == []


def test_raw_messages_are_dead_lettered_raw_with_their_attributes(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    subscribe(cloud, topic, GONE, RedrivePolicy=redrive(dead), RawMessageDelivery="true")
    attributes = {"store": {"DataType": "String", "StringValue": "a"}}
    publish(cloud, topic, "hello", MessageAttributes=attributes)
    cloud.settle()
    (message,) = messages(cloud, dead_url, MessageAttributeNames=["All"])
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["store"]["StringValue"] == "a"


def test_one_subscriber_that_is_gone_does_not_keep_the_others_waiting(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, GONE)
    url = listen(cloud, topic)
    publish(cloud, topic)
    cloud.advance(1)
    assert len(messages(cloud, url)) == 1


DEFAULT = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
HOOK = "https://example.com/hook"


def test_a_subscription_of_an_endpoint_says_which_policy_it_goes_by(cloud):
    """Recorded on AWS, October 2026."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    arn = subscribe(cloud, topic, HOOK, "https")

    def policy(name):
        found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return json.loads(found[name])

    assert policy("EffectiveDeliveryPolicy") == {
        "healthyRetryPolicy": DEFAULT,
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        "guaranteed": False,
    }
    own = {"healthyRetryPolicy": {"numRetries": 2}, "throttlePolicy": {"maxReceivesPerSecond": 1}}
    sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(own)
    )
    assert policy("DeliveryPolicy") == {
        "healthyRetryPolicy": {**DEFAULT, "numRetries": 2},
        "sicklyRetryPolicy": None,
        "throttlePolicy": {"maxReceivesPerSecond": 1},
        "requestPolicy": None,
        "guaranteed": False,
    }


def test_a_topics_delivery_policy_is_kept_with_its_retries_filled_up(cloud):
    """Recorded on AWS, October 2026."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    given = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}

    def change(value):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=value)
        return sns.get_topic_attributes(TopicArn=topic)["Attributes"]

    found = change(json.dumps(given))
    http = {"defaultHealthyRetryPolicy": {**DEFAULT, "numRetries": 5}, "disableSubscriptionOverrides": False}
    assert json.loads(found["DeliveryPolicy"]) == {"http": http}
    request = {"defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"}}
    assert json.loads(found["EffectiveDeliveryPolicy"]) == {"http": http | request}
    assert "DeliveryPolicy" not in change("")


@pytest.mark.parametrize("policy", [{"throttlePolicy": {}}, {"http": {"retries": 1}}])
def test_a_delivery_policy_has_no_other_members(cloud, policy):
    """Recorded on AWS, October 2026."""
    setting = {"AttributeName": "DeliveryPolicy", "AttributeValue": json.dumps(policy)}
    code, message = refusal(cloud.client("sns").set_topic_attributes, TopicArn=create_topic(cloud), **setting)
    assert (code, "Unexpected JSON member" in message) == ("InvalidParameter", True)


def test_a_queues_subscription_takes_no_delivery_policy(cloud):
    """Recorded on AWS, October 2026."""
    policy = json.dumps({"healthyRetryPolicy": {"numRetries": 2}})
    arn = subscribe(cloud, create_topic(cloud), GONE)
    setting = {"AttributeName": "DeliveryPolicy", "AttributeValue": policy}
    code, _ = refusal(cloud.client("sns").set_subscription_attributes, SubscriptionArn=arn, **setting)
    assert code == "InvalidParameter"


def test_a_delivery_policy_of_the_topic_is_that_of_its_https_subscriptions(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html"""
    topic = create_topic(cloud)
    sns = cloud.client("sns")
    policy = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 7, "maxDelayTarget": 40}}}
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy)
    )
    arn = subscribe(cloud, topic, "https://example.com/hook", "https")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["EffectiveDeliveryPolicy"]
    retries = json.loads(found)["healthyRetryPolicy"]
    assert (retries["numRetries"], retries["minDelayTarget"], retries["maxDelayTarget"]) == (7, 20, 40)
