"""SNS: FIFO topics."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import messages
from tests.conformance.sns_helpers import (
    bodies,
    create_topic,
    listen,
    open_queue,
    publish,
    refusal,
    subscribe,
    texts,
)


def test_a_fifo_topic_keeps_order_and_group_in_a_fifo_queue(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html"""
    topic = create_topic(cloud, "orders.fifo")
    url = listen(cloud, topic, "work.fifo", RawMessageDelivery="true")
    for n in range(5):
        for group in "ab":
            publish(cloud, topic, f"{group}{n}", MessageGroupId=group, MessageDeduplicationId=f"{group}{n}")
    cloud.settle()
    found = messages(cloud, url, AttributeNames=["All"])
    for group in "ab":
        of_group = [m for m in found if m["Attributes"]["MessageGroupId"] == group]
        assert [m["Body"] for m in of_group] == [f"{group}{n}" for n in range(5)]
        assert [m["Attributes"]["MessageDeduplicationId"] for m in of_group] == [m["Body"] for m in of_group]


def test_a_fifo_message_has_a_sequence_number_that_increases(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud, "orders.fifo")
    url = listen(cloud, topic, "work.fifo")
    sns = cloud.client("sns")
    numbers = [
        sns.publish(TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId=str(n))[
            "SequenceNumber"
        ]
        for n in range(3)
    ]
    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}
    envelopes = [json.loads(body) for body in bodies(cloud, url)]
    assert [envelope["SequenceNumber"] for envelope in envelopes] == numbers


def test_a_duplicate_within_five_minutes_is_accepted_but_not_delivered(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html"""
    topic = create_topic(cloud, "orders.fifo")
    url = listen(cloud, topic, "work.fifo")
    publish(cloud, topic, "first", MessageGroupId="g", MessageDeduplicationId="d")
    publish(cloud, topic, "again", MessageGroupId="g", MessageDeduplicationId="d")
    assert texts(cloud, url) == ["first"]
    cloud.advance(301)
    publish(cloud, topic, "later", MessageGroupId="g", MessageDeduplicationId="d")
    assert texts(cloud, url) == ["later"]


def test_content_based_deduplication_goes_by_the_body(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html"""
    topic = create_topic(cloud, "orders.fifo", ContentBasedDeduplication="true")
    url = listen(cloud, topic, "work.fifo")
    for message in ("same", "same", "other"):
        publish(cloud, topic, message, MessageGroupId="g")
    assert texts(cloud, url) == ["same", "other"]


def test_deduplication_can_be_scoped_to_the_group(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html"""
    topic = create_topic(cloud, "orders.fifo", FifoThroughputScope="MessageGroup")
    url, arn = open_queue(cloud, "work")
    subscribe(cloud, topic, arn)
    for group in "ab":
        publish(cloud, topic, group, MessageGroupId=group, MessageDeduplicationId="d")
    assert sorted(texts(cloud, url)) == ["a", "b"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "The MessageGroupId parameter is required for FIFO topics"),
        (
            {"MessageGroupId": "g"},
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly",
        ),
    ],
)
def test_a_fifo_message_needs_a_group_and_a_deduplication_id(cloud, settings, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud, "orders.fifo")
    with pytest.raises(ClientError) as caught:
        publish(cloud, topic, **settings)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameter", f"Invalid parameter: {message}")


def test_a_standard_topic_takes_no_deduplication_id(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud)
    with pytest.raises(ClientError) as caught:
        publish(cloud, topic, MessageDeduplicationId="d")
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_fifo_topic_takes_queues_only(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html"""
    topic = create_topic(cloud, "orders.fifo")
    with pytest.raises(ClientError) as caught:
        subscribe(cloud, topic, "https://example.com/hook", "https")
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_standard_queue_can_listen_to_a_fifo_topic(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html"""
    topic = create_topic(cloud, "orders.fifo", ContentBasedDeduplication="true")
    url = listen(cloud, topic, "work")
    for n in range(3):
        publish(cloud, topic, f"m{n}", MessageGroupId="g")
    assert sorted(texts(cloud, url)) == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    ("topic_name", "queue_name", "group"),
    [("orders.fifo", "work.fifo", "g"), ("orders.fifo", "work", None), ("orders", "work", "g")],
)
def test_a_group_goes_from_fifo_to_fifo_and_from_standard_to_standard(cloud, topic_name, queue_name, group):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-grouping.html"""
    fifo = topic_name.endswith(".fifo")
    topic = create_topic(cloud, topic_name, **({"ContentBasedDeduplication": "true"} if fifo else {}))
    url = listen(cloud, topic, queue_name)
    publish(cloud, topic, "hello", MessageGroupId="g")
    cloud.settle()
    (message,) = messages(cloud, url, AttributeNames=["All"])
    assert message["Attributes"].get("MessageGroupId") == group


@pytest.mark.parametrize("days", ["0", "366", "a week"])
def test_a_fifo_topic_archives_for_a_year_at_most(cloud, days):
    """https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html"""
    topic = create_topic(cloud, "orders.fifo", ArchivePolicy='{"MessageRetentionPeriod": "30"}')
    code, _ = refusal(
        cloud.client("sns").set_topic_attributes,
        TopicArn=topic,
        AttributeName="ArchivePolicy",
        AttributeValue=json.dumps({"MessageRetentionPeriod": days}),
    )
    assert code == "InvalidParameter"


def test_a_batch_to_a_fifo_topic_keeps_its_order(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    topic = create_topic(cloud, "orders.fifo", ContentBasedDeduplication="true")
    url = listen(cloud, topic, "work.fifo")
    batch = [{"Id": str(n), "Message": f"m{n}", "MessageGroupId": "g"} for n in range(10)]
    answer = cloud.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    assert all(done["SequenceNumber"] for done in answer["Successful"])
    assert texts(cloud, url) == [f"m{n}" for n in range(10)]
