"""Deliveries inside LocalStack: each asks the gateway, and does what it says."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.localstack_host


@pytest.fixture
def subscribed(account):
    """A queue that is subscribed to a topic, as (URL, topic's ARN, queue's ARN)."""
    sqs, sns = account.client("sqs"), account.client("sns")
    url = sqs.create_queue(QueueName="billing")["QueueUrl"]
    allow_topics(account, url)
    topic = sns.create_topic(Name="orders")["TopicArn"]
    queue = account.arn("sqs", "billing")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return url, topic, queue


def allow_topics(account, url):
    """Give a queue the policy that lets the account's topics send to it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": account.arn("sns", "*")}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def bodies(account, queue):
    return [message["Body"] for message in account.control.messages(queue)]


def test_a_delivery_of_a_topic_asks_and_arrives(account, gateway, subscribed):
    _, topic, queue = subscribed
    sent = account.client("sns").publish(TopicArn=topic, Message="o-1")["MessageId"]
    arrived = gateway.await_(lambda: gateway.of("arrived"))[0]
    [hop] = gateway.of("hop")
    assert (hop["source"], hop["target"], hop["messages"]) == (topic, queue, [sent])
    assert (hop["attempt"], hop["actor"], hop["parcel"]["body"]) == (1, "sns", "o-1")
    [message] = account.control.messages(queue)
    assert arrived["ids"] == [message["MessageId"]]
    assert gateway.tokens == {"secret"}


def test_what_the_gateway_alters_arrives_altered(account, gateway, subscribed):
    _, topic, queue = subscribed
    gateway.answers["hop"] = lambda told: {"parcel": {**told["parcel"], "body": "poison"}}
    account.client("sns").publish(TopicArn=topic, Message="o-1")
    gateway.await_(lambda: gateway.of("arrived"))
    assert bodies(account, queue) == ["poison"]


def test_a_refused_delivery_is_tried_again_on_the_accounts_clock(account, gateway, subscribed):
    _, topic, queue = subscribed
    refusal = {"code": "InternalError", "message": "no", "retryable": True}
    gateway.answers["hop"] = lambda told: {"refuse": refusal if told["attempt"] < 6 else None}
    account.client("sns").publish(TopicArn=topic, Message="o-1")

    def moved_on():
        if account.control.state()["timers"]:
            account.control.skip(1)
        return gateway.of("arrived")

    gateway.await_(moved_on)
    assert [hop["attempt"] for hop in gateway.of("hop")] == [1, 2, 3, 4, 5, 6]
    assert [event["attempt"] for event in gateway.events("timer")] == [5, 6]
    assert len(gateway.of("hop-failed")) == 5
    assert bodies(account, queue) == ["o-1"]


def test_a_queue_that_is_gone_costs_no_retry(account, gateway, subscribed):
    url, topic, queue = subscribed
    account.client("sqs").delete_queue(QueueUrl=url)
    account.client("sns").publish(TopicArn=topic, Message="o-1")
    [dropped] = gateway.await_(lambda: gateway.events("dropped"))
    assert dropped["reason"] == "AWS.SimpleQueueService.NonExistentQueue: billing does not exist"
    assert dropped["target"] == queue
    [failed] = gateway.of("hop-failed")
    assert not failed["retryable"]


def test_a_topic_needs_the_leave_of_the_queues_policy(account, gateway, subscribed):
    url, topic, queue = subscribed
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    account.client("sns").publish(TopicArn=topic, Message="o-1")
    [dropped] = gateway.await_(lambda: gateway.events("dropped"))
    assert dropped["reason"].startswith("AccessDenied: the policy of billing doesn't allow")
    assert account.control.messages(queue) == []


def test_with_a_dead_letter_queue_of_the_subscription_nothing_is_lost(account, gateway, subscribed):
    url, topic, queue = subscribed
    sqs, sns = account.client("sqs"), account.client("sns")
    allow_topics(account, sqs.create_queue(QueueName="undelivered")["QueueUrl"])
    dead = account.arn("sqs", "undelivered")
    [subscription] = sns.list_subscriptions()["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": dead}),
    )
    sqs.delete_queue(QueueUrl=url)
    sns.publish(TopicArn=topic, Message="o-1")
    [told] = gateway.await_(lambda: gateway.events("dead-lettered"))
    [message] = account.control.messages(dead)
    assert message["Body"] == "o-1"
    assert told["ids"] == [message["MessageId"]]
    assert (told["to"], told["target"]) == (dead, queue)
    assert [hop["target"] for hop in gateway.of("hop")] == [queue, dead]


def test_a_delivery_is_copied(account, gateway, subscribed):
    _, topic, queue = subscribed
    gateway.answers["hop"] = lambda told: {"copies": [0, 5]}
    account.client("sns").publish(TopicArn=topic, Message="o-1")
    gateway.await_(lambda: len(gateway.of("arrived")) == 2 and account.control.state()["timers"])
    account.control.skip(5)
    gateway.await_(lambda: len(gateway.of("arrived")) == 3)
    assert sorted(arrived["copy"] for arrived in gateway.of("arrived")) == [False, True, True]
    assert bodies(account, queue) == ["o-1"] * 3


def test_a_lost_answer_brings_it_twice(account, gateway, subscribed):
    _, topic, queue = subscribed
    gateway.answers["hop"] = lambda told: {"lose_answer": told["attempt"] == 1}
    account.client("sns").publish(TopicArn=topic, Message="o-1")
    gateway.await_(lambda: len(gateway.of("arrived")) == 2)
    assert [failed["applied"] for failed in gateway.of("hop-failed")] == [True]
    assert bodies(account, queue) == ["o-1"] * 2


def test_each_message_of_a_batch_is_a_hop(account, gateway, subscribed):
    _, topic, _ = subscribed
    entries = [{"Id": str(number), "Message": f"o-{number}"} for number in range(3)]
    done = account.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    gateway.await_(lambda: len(gateway.of("arrived")) == 3)
    sent = {entry["MessageId"] for entry in done["Successful"]}
    assert {hop["messages"][0] for hop in gateway.of("hop")} == sent


def test_what_a_filter_leaves_out_is_told(account, gateway, subscribed):
    _, topic, queue = subscribed
    sns = account.client("sns")
    [subscription] = sns.list_subscriptions()["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="FilterPolicy",
        AttributeValue='{"kind": ["big"]}',
    )
    sns.publish(TopicArn=topic, Message="o-1")
    [told] = gateway.await_(lambda: gateway.events("filtered"))
    assert (told["source"], told["target"]) == (topic, queue)
    assert not gateway.of("hop")


def test_an_address_gets_nothing_until_it_is_confirmed(account, gateway):
    sns = account.client("sns")
    topic = sns.create_topic(Name="mails")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="care@example.com")
    [mail] = gateway.await_(lambda: gateway.of("sent"))
    sns.publish(TopicArn=topic, Message="early")
    token = mail["body"].split("Token=")[1].split()[0]
    sns.confirm_subscription(TopicArn=topic, Token=token)
    sns.publish(TopicArn=topic, Message="late", Subject="Hello")
    gateway.await_(lambda: len(gateway.of("sent")) == 2)
    assert [one["body"] for one in gateway.of("sent")[1:]] == ["late"]
    assert gateway.of("sent")[1]["subject"] == "Hello"
    assert {hop["target"] for hop in gateway.of("hop")} == {"mailto:care@example.com"}


def test_an_account_that_has_not_begun_is_left_alone(localstack_url, account, gateway):
    from tests.localstack.conftest import Account

    other = Account(localstack_url, gateway)
    sqs, sns = other.client("sqs"), other.client("sns")
    url = sqs.create_queue(QueueName="billing")["QueueUrl"]
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=other.arn("sqs", "billing"))
    sns.publish(TopicArn=topic, Message="o-1")
    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)
    assert len(received["Messages"]) == 1
    assert not gateway.heard
    other.control.end()
