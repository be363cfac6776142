"""SNS: what AWS documents about topics and their subscriptions."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sns_helpers import (
    bodies,
    create_topic,
    listen,
    open_queue,
    publish,
    refusal,
    subscribe,
)


def test_creating_a_topic_again_gives_the_same_topic(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""
    sns = cloud.client("sns")
    arn = create_topic(cloud, DisplayName="Orders")
    assert create_topic(cloud, DisplayName="Orders") == create_topic(cloud) == arn
    found = refusal(sns.create_topic, Name="orders", Attributes={"DisplayName": "Others"})
    assert found == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )


@pytest.mark.parametrize("name", ["with space", "x" * 257, "orders.fifo"])
def test_a_topics_name_has_rules(cloud, name):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""
    found = refusal(cloud.client("sns").create_topic, Name=name)
    assert found == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_topics_are_listed_in_pages_of_a_hundred(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"""
    made = {create_topic(cloud, f"t{n}") for n in range(130)}
    sns = cloud.client("sns")
    first = sns.list_topics()
    assert len(first["Topics"]) == 100
    second = sns.list_topics(NextToken=first["NextToken"])
    assert "NextToken" not in second
    assert {topic["TopicArn"] for topic in first["Topics"] + second["Topics"]} == made


def test_a_deleted_topic_takes_its_subscriptions_with_it(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html"""
    topic = create_topic(cloud)
    listen(cloud, topic)
    sns = cloud.client("sns")
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert sns.list_topics()["Topics"] == []
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert refusal(sns.get_topic_attributes, TopicArn=topic) == ("NotFound", "Topic does not exist")


def test_a_topic_tells_its_attributes(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html"""
    topic = create_topic(cloud)
    listen(cloud, topic)
    sns = cloud.client("sns")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Orders")
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (found["TopicArn"], found["DisplayName"]) == (topic, "Orders")
    assert (found["SubscriptionsConfirmed"], found["SubscriptionsPending"]) == ("1", "0")
    assert json.loads(found["Policy"])["Statement"][0]["Resource"] == topic
    retries = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert (retries["numRetries"], retries["minDelayTarget"], retries["maxDelayTarget"]) == (3, 20, 20)


def test_topics_have_tags(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html"""
    topic = create_topic(cloud)
    sns = cloud.client("sns")
    tags = [{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}]
    sns.tag_resource(ResourceArn=topic, Tags=tags)
    sns.untag_resource(ResourceArn=topic, TagKeys=["k1"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "k2", "Value": "v2"}]
    found = refusal(sns.create_topic, Name="orders", Tags=[{"Key": "k2", "Value": "other"}])
    assert found == (
        "InvalidParameter",
        "Invalid parameter: Tags Reason: Topic already exists with different tags",
    )


def test_subscribing_again_gives_the_same_subscription(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    topic = create_topic(cloud)
    url, arn = open_queue(cloud, "work")
    first = subscribe(cloud, topic, arn, RawMessageDelivery="true")
    assert subscribe(cloud, topic, arn) == first
    found = refusal(subscribe, cloud, topic, arn, RawMessageDelivery="false")
    assert found == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )
    publish(cloud, topic)
    assert len(bodies(cloud, url)) == 1


def test_an_unsubscribed_queue_gets_nothing_more(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    topic = create_topic(cloud)
    url, arn = open_queue(cloud, "work")
    subscription = subscribe(cloud, topic, arn)
    sns = cloud.client("sns")
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.unsubscribe(SubscriptionArn=subscription)
    publish(cloud, topic)
    assert bodies(cloud, url) == []
    found = refusal(sns.get_subscription_attributes, SubscriptionArn=subscription)
    assert found == ("NotFound", "Subscription does not exist")


def test_a_subscription_tells_its_attributes(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html"""
    topic = create_topic(cloud)
    _, arn = open_queue(cloud, "work")
    subscription = subscribe(cloud, topic, arn, FilterPolicy='{"a": ["b"]}')
    sns = cloud.client("sns")
    found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (found["TopicArn"], found["Endpoint"], found["Protocol"]) == (topic, arn, "sqs")
    assert (found["PendingConfirmation"], found["RawMessageDelivery"]) == ("false", "false")
    assert (json.loads(found["FilterPolicy"]), found["FilterPolicyScope"]) == (
        {"a": ["b"]},
        "MessageAttributes",
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("carrier pigeon", "coop", "Amazon SNS does not support this protocol string: carrier pigeon"),
        ("sqs", "https://example.com", "SQS endpoint ARN"),
        ("lambda", "work", "Lambda endpoint ARN"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        ("email", "nobody", "Email address"),
        (
            "sqs",
            "arn:aws:sqs:us-east-1:123456789012:work.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS "
            "topics",
        ),
    ],
)
def test_an_endpoint_must_fit_its_protocol(cloud, protocol, endpoint, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html#API_Subscribe_Errors"""
    topic = create_topic(cloud)
    found = refusal(subscribe, cloud, topic, endpoint, protocol)
    assert found == ("InvalidParameter", f"Invalid parameter: {message}")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Other", "x", "AttributeName"),
        ("RawMessageDelivery", "x", "RawMessageDelivery: Invalid value [x]. Must be true or false."),
        (
            "FilterPolicyScope",
            "RandomValue",
            "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or "
            "MessageAttributes",
        ),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn": "x"}',
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        ("FilterPolicy", '{"a": [{"exists": "no"}]}', "FilterPolicy: exists match pattern must be either "),
        (
            "FilterPolicy",
            '{"a": {"b": ["c"]}}',
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
    ],
)
def test_an_attribute_that_a_subscription_can_not_have_is_refused(cloud, name, value, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html"""
    topic = create_topic(cloud)
    _, arn = open_queue(cloud, "work")
    subscription = subscribe(cloud, topic, arn)
    error, told_message = refusal(
        cloud.client("sns").set_subscription_attributes,
        SubscriptionArn=subscription,
        AttributeName=name,
        AttributeValue=value,
    )
    assert error == "InvalidParameter"
    assert told_message.startswith(f"Invalid parameter: {message}")


def test_settings_that_are_the_default_make_no_difference(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""
    topic = create_topic(cloud)
    _, arn = open_queue(cloud, "work")
    subscription = subscribe(cloud, topic, arn)
    assert create_topic(cloud, DisplayName="", SignatureVersion="1") == topic
    assert subscribe(cloud, topic, arn, RawMessageDelivery="false") == subscription


def test_permissions_are_statements_of_the_topics_policy(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html"""
    topic = create_topic(cloud)
    sns = cloud.client("sns")

    def labels():
        policy = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        return [statement["Sid"] for statement in json.loads(policy)["Statement"]]

    permission = {"Label": "shop", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]}
    sns.add_permission(TopicArn=topic, **permission)
    assert labels() == ["__default_statement_ID", "shop"]
    assert refusal(sns.add_permission, TopicArn=topic, **permission)[0] == "InvalidParameter"
    sns.remove_permission(TopicArn=topic, Label="shop")
    assert labels() == ["__default_statement_ID"]


def test_a_topic_has_fifty_tags_at_most(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html"""
    tags = [{"Key": str(number), "Value": "x"} for number in range(51)]
    assert refusal(cloud.client("sns").create_topic, Name="orders", Tags=tags)[0] == "TagLimitExceeded"
