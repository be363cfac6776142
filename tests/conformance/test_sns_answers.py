"""SNS: what AWS answers to what it doesn't take, word for word, about topics and subscriptions."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config

from tests.conformance.sns_helpers import create_topic, open_queue, refusal, subscribe

HOOK = "https://example.com/hook"
PARSER = "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column:"
TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def told(call, **params):
    """What an operation refuses, without the code that nearly all of it has in common."""
    code, message = refusal(call, **params)
    assert code == "InvalidParameter"
    return message.removeprefix("Invalid parameter: ")


def elsewhere(arn):
    """The ARN with another region in it than its client's."""
    parts = arn.split(":")
    return ":".join([*parts[:3], "eu-central-1" if parts[3] != "eu-central-1" else "us-west-2", *parts[4:]])


@pytest.mark.clouds("sim", reason="the client of another cloud has no door for requests without a parameter")
@pytest.mark.parametrize(
    ("operation", "params", "code", "message"),
    [
        (
            "create_topic",
            {},
            "InvalidParameter",
            "Invalid parameter: Name Reason: no value for required parameter",
        ),
        (
            "subscribe",
            {"TopicArn": "x"},
            "InvalidParameter",
            "Invalid parameter: Protocol Reason: no value for required parameter",
        ),
        (
            "set_platform_application_attributes",
            {"PlatformApplicationArn": "x"},
            "InvalidParameter",
            "Invalid parameter: PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1",
        ),
        (
            "create_topic",
            {"Name": "x", "Tags": [{"Key": "a", "Value": "b"}, {"Value": "b"}]},
            "ValidationError",
            "1 validation error detected: Value null at 'tags.2.member.key' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ],
    ids=["topic", "subscription", "an ARN that is none first", "tag"],
)
def test_a_parameter_that_lacks_is_named(cloud, operation, params, code, message):
    """https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html

    SDKs other than Python's send such requests.
    """
    client = boto3.client("sns", region_name="us-east-1", config=Config(parameter_validation=False))
    assert refusal(getattr(client, operation), **params) == (code, message)


@pytest.mark.clouds("sim", reason="the client of another cloud has no door for requests without a parameter")
def test_lists_that_lack_are_named(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html"""
    client = boto3.client("sns", region_name="us-east-1", config=Config(parameter_validation=False))
    arn = create_topic(cloud)
    null = "1 validation error detected: Value null at '{}' failed to satisfy constraint: "
    granting = {"TopicArn": arn, "Label": "x", "AWSAccountId": ["111122223333"]}
    assert refusal(client.tag_resource, ResourceArn=arn)[1].startswith(null.format("tags"))
    assert refusal(client.add_permission, **granting)[1].startswith(null.format("actionName"))


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("set_topic_attributes", {"AttributeName": "DisplayName", "AttributeValue": "x"}),
        ("get_topic_attributes", {}),
        ("publish", {"Message": "x"}),
        ("publish_batch", {"PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]}),
        ("subscribe", {"Protocol": "email", "Endpoint": "jo@example.com"}),
        ("list_subscriptions_by_topic", {}),
        ("add_permission", {"Label": "x", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]}),
        ("remove_permission", {"Label": "x"}),
        ("delete_topic", {}),
    ],
)
def test_a_topic_is_out_of_reach_from_another_region(cloud, operation, params):
    """Recorded on AWS, May 2025."""
    sns = cloud.client("sns")
    assert told(getattr(sns, operation), TopicArn=elsewhere(create_topic(cloud)), **params) == "TopicArn"


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("", {}),
        ("x" * 257, {}),
        ("bad:name", {}),
        ("bad%name", {}),
        ("orders.fifo", {}),
        ("orders", {"FifoTopic": "true"}),
        ("orders", {"FifoTopic": "True"}),
    ],
)
def test_a_name_that_a_topic_can_not_have(cloud, name, attributes):
    """Recorded on AWS, February 2026."""
    assert told(cloud.client("sns").create_topic, Name=name, Attributes=attributes) == "Topic Name"


def test_a_topic_that_was_told_to_be_no_fifo_topic_does_not_say_so(cloud):
    """Recorded on AWS, September 2025."""
    sns = cloud.client("sns")
    topic = create_topic(cloud, FifoTopic="false")
    assert "FifoTopic" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert create_topic(cloud, FifoTopic="false") == create_topic(cloud) == topic
    setting = {"TopicArn": topic, "AttributeName": "FifoTopic", "AttributeValue": "false"}
    assert told(sns.set_topic_attributes, **setting) == "AttributeName"


TOPIC_ATTRIBUTES = [
    ("SignatureVersion", "3", "SignatureVersion: Invalid value. Must be 1 or 2."),
    ("TracingConfig", "Off", "Invalid tracing config value: Off"),
    ("DisplayName", "x" * 101, "DisplayName"),
    ("Policy", "no policy", "Policy Error: null"),
    (
        "DeliveryPolicy",
        '{"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 1, "numRetries": 300}}}',
        "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100",
    ),
    (
        "SQSSuccessFeedbackSampleRate",
        "500",
        "SQSSuccessFeedbackSampleRate: 500 value provided is not an integer between 0-100",
    ),
]


@pytest.mark.parametrize(("name", "value", "message"), TOPIC_ATTRIBUTES)
def test_a_value_that_a_topics_attribute_can_not_have(cloud, name, value, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    setting = {"TopicArn": topic, "AttributeName": name, "AttributeValue": value}
    assert told(sns.set_topic_attributes, **setting) == message
    found = told(sns.create_topic, Name="new", Attributes={name: value})
    assert found == f"Attributes Reason: {message}"


@pytest.mark.parametrize("name", ["ContentBasedDeduplication", "FifoThroughputScope", "Colour"])
def test_a_standard_topic_does_not_know_attributes_of_fifo_topics(cloud, name):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""
    sns = cloud.client("sns")
    found = told(sns.create_topic, Name="new", Attributes={name: "true"})
    assert found == f"Attributes Reason: Unknown attribute {name}"


def test_booleans_are_taken_in_any_case(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"""
    sns = cloud.client("sns")
    topic = sns.create_topic(
        Name="orders.fifo", Attributes={"FifoTopic": "TRUE", "ContentBasedDeduplication": "True"}
    )["TopicArn"]
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (found["FifoTopic"], found["ContentBasedDeduplication"]) == ("true", "true")
    _, queue = open_queue(cloud, "work.fifo")
    arn = subscribe(cloud, topic, queue, RawMessageDelivery="True")
    subscribe(cloud, topic, queue, RawMessageDelivery="true")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["RawMessageDelivery"] == "true"


def statements(cloud, topic):
    policy = cloud.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    return json.loads(policy)["Statement"]


def test_a_permission_holds_one_value_bare_and_several_as_a_list(cloud):
    """Recorded on AWS, December 2025."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    one, two = "111122223333", "444455556666"
    sns.add_permission(TopicArn=topic, Label="one", AWSAccountId=[one], ActionName=["Publish"])
    sns.add_permission(
        TopicArn=topic, Label="two", AWSAccountId=[one, two], ActionName=["Publish", "Subscribe"]
    )
    _, first, second = statements(cloud, topic)
    assert first == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{one}:root"},
        "Action": "SNS:Publish",
        "Resource": topic,
    }
    assert second["Principal"] == {"AWS": [f"arn:aws:iam::{one}:root", f"arn:aws:iam::{two}:root"]}
    assert second["Action"] == ["SNS:Publish", "SNS:Subscribe"]


@pytest.mark.parametrize("action", ["InvalidAction", "CreateTopic", "*"])
def test_a_permission_can_not_be_about_what_concerns_no_topic(cloud, action):
    """Recorded on AWS, December 2025; https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    permission = {"TopicArn": topic, "Label": "x", "AWSAccountId": ["111122223333"], "ActionName": [action]}
    out_of_scope = "Policy statement action out of service scope!"
    assert told(sns.add_permission, **permission) == out_of_scope
    statement = {"Effect": "Allow", "Principal": "*", "Action": f"SNS:{action}", "Resource": topic}
    policy = json.dumps({"Statement": [statement]})
    setting = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}
    assert told(sns.set_topic_attributes, **setting) == out_of_scope
    assert len(statements(cloud, topic)) == 1


def test_a_permission_is_for_accounts(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html"""
    permission = {"Label": "x", "AWSAccountId": ["123"], "ActionName": ["Publish"]}
    found = told(cloud.client("sns").add_permission, TopicArn=create_topic(cloud), **permission)
    assert found == "Policy Error: PrincipalNotFound"


def test_permissions_are_of_topics_that_there_are(cloud):
    """Recorded on AWS, December 2025."""
    sns, gone = cloud.client("sns"), f"{create_topic(cloud)}-gone"
    permission = {"Label": "x", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]}
    assert refusal(sns.add_permission, TopicArn=gone, **permission) == ("NotFound", "Topic does not exist")
    assert refusal(sns.remove_permission, TopicArn=gone, Label="x") == ("NotFound", "Topic does not exist")


def test_a_data_protection_policy_is_no_attribute_of_its_topic(cloud):
    """Recorded on AWS, December 2025."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    policy = json.dumps({"Name": "data_protection_policy", "Version": "2021-06-01", "Statement": []})
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=policy)
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == policy
    assert "DataProtectionPolicy" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]


@pytest.mark.parametrize(
    ("tag", "code", "message"),
    [
        (
            {"Key": "k" * 129, "Value": "v"},
            "ValidationError",
            f"1 validation error detected: Value '{'k' * 129}' at 'tags.1.member.key' failed to satisfy "
            "constraint: Member must have length less than or equal to 128",
        ),
        (
            {"Key": "k!", "Value": "v"},
            "InvalidParameter",
            "Invalid parameter: Tags Reason: The given tag(s) contain invalid characters",
        ),
    ],
)
def test_a_tag_has_rules(cloud, tag, code, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_Tag.html"""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    assert refusal(sns.tag_resource, ResourceArn=topic, Tags=[tag]) == (code, message)
    assert refusal(sns.create_topic, Name="new", Tags=[tag]) == (code, message)


def test_a_key_is_given_once(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html"""
    tags = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    found = told(cloud.client("sns").tag_resource, ResourceArn=create_topic(cloud), Tags=tags)
    assert found == "Duplicated keys are not allowed."


def test_a_subscription_says_who_made_it(cloud):
    """Recorded on AWS, January 2026."""
    topic = create_topic(cloud)
    sns, arn = cloud.client("sns"), subscribe(cloud, topic, "+15551230001", "sms")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["SubscriptionPrincipal"].startswith(f"arn:aws:iam::{found['Owner']}:user/")
    assert found.keys() == {
        "ConfirmationWasAuthenticated",
        "Endpoint",
        "Owner",
        "PendingConfirmation",
        "Protocol",
        "RawMessageDelivery",
        "SubscriptionArn",
        "SubscriptionPrincipal",
        "TopicArn",
    }


@pytest.mark.parametrize("number", ["+15--551234567", "NAA+15551234567", "+15551234567.", "/+15551234567"])
def test_an_endpoint_that_is_no_phone_number(cloud, number):
    """Recorded on AWS, October 2025."""
    found = refusal(subscribe, cloud, create_topic(cloud), number, "sms")
    assert found == ("InvalidParameter", f"Invalid SMS endpoint: {number}")


def test_a_phone_number_may_be_punctuated(cloud):
    """Recorded on AWS, October 2025."""
    topic = create_topic(cloud)
    assert subscribe(cloud, topic, "+12/34-567.890", "sms").startswith(topic)


@pytest.mark.parametrize("protocol", ["email", "https", "lambda", "sms"])
def test_a_fifo_topic_takes_no_protocol_but_sqs(cloud, protocol):
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html"""
    topic = create_topic(cloud, "orders.fifo")
    found = told(cloud.client("sns").subscribe, TopicArn=topic, Protocol=protocol, Endpoint=HOOK)
    assert found == f"Invalid protocol type: {protocol}"


QUEUE = "arn:aws:sqs:us-east-1:123456789012:dead"
SUBSCRIPTION_ATTRIBUTES = [
    ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
    ("RawMessageDelivery", "true", "Delivery protocol [sms] does not support raw message delivery."),
    ("RedrivePolicy", "{}", "RedrivePolicy: Missing deadLetterTargetArn attribute"),
    (
        "RedrivePolicy",
        json.dumps({"deadLetterTargetArn": QUEUE, "maxReceiveCount": 3}),
        "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown.",
    ),
    (
        "RedrivePolicy",
        json.dumps({"deadLetterTargetArn": QUEUE.replace("sqs", "sns")}),
        "RedrivePolicy: deadLetterTargetArn must be a SQS queue",
    ),
    (
        "RedrivePolicy",
        json.dumps({"deadLetterTargetArn": QUEUE.replace("us-east-1", "eu-west-1")}),
        "RedrivePolicy: deadLetterTargetArn must be in the same region as the subscription",
    ),
]


@pytest.mark.parametrize(("name", "value", "message"), SUBSCRIPTION_ATTRIBUTES)
def test_a_value_that_a_subscriptions_attribute_can_not_have(cloud, name, value, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html"""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    arn = subscribe(cloud, topic, "+15551230001", "sms")
    setting = {"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value}
    assert told(sns.set_subscription_attributes, **setting) == message
    new = {"TopicArn": topic, "Protocol": "sms", "Endpoint": "+15551230002", "Attributes": {name: value}}
    assert told(sns.subscribe, **new) == f"Attributes Reason: {message}"


def test_the_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"""
    topic = create_topic(cloud, "orders.fifo")
    _, work = open_queue(cloud, "work.fifo")
    _, dead = open_queue(cloud, "dead")
    found = told(
        cloud.client("sns").subscribe,
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=work,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})},
    )
    assert found == (
        "Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO "
        "Topic."
    )


@pytest.mark.parametrize("name", ["FilterPolicy", "RedrivePolicy"])
@pytest.mark.parametrize(
    ("text", "complaint", "column"),
    [
        (
            "{invalidjson}",
            "Unexpected character ('i' (code 105)): was expecting double-quote to start field name",
            2,
        ),
        ("invalid-json", f"Unrecognized token 'invalid': was expecting {TOKENS}", 8),
    ],
)
def test_a_text_that_is_no_json(cloud, name, text, complaint, column):
    """Recorded on AWS, October 2025 and January 2026."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    expected = f"{name}: failed to parse JSON. {complaint}\n at [Source: REDACTED {PARSER} {column}]"
    new = {"TopicArn": topic, "Protocol": "email", "Endpoint": "jo@example.com", "Attributes": {name: text}}
    assert told(sns.subscribe, **new) == f"Attributes Reason: {expected}"
    _, queue = open_queue(cloud, "work")
    arn = subscribe(cloud, topic, queue)
    setting = {"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": text}
    assert told(sns.set_subscription_attributes, **setting) == expected


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("pending confirmation", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:123456789012:orders", "SubscriptionId"),
    ],
)
def test_an_arn_that_is_no_subscriptions(cloud, arn, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    sns = cloud.client("sns")
    assert told(sns.unsubscribe, SubscriptionArn=arn) == message


def test_what_waits_for_its_confirmation_can_not_be_unsubscribed(cloud):
    """Recorded on AWS, October 2026."""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    arn = subscribe(cloud, topic, HOOK, "https")
    assert told(sns.unsubscribe, SubscriptionArn=arn).startswith("SubscriptionArn")
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "localhost:8000", "[::1]"])
def test_an_endpoint_within_a_network_is_out_of_reach(cloud, host):
    """Recorded on AWS, October 2026."""
    code, _ = refusal(subscribe, cloud, create_topic(cloud), f"http://{host}/hook", "http")
    assert code == "AuthorizationError"


def test_an_empty_filter_policy_is_none(cloud):
    """Recorded on AWS, October 2026."""
    sns = cloud.client("sns")
    _, queue = open_queue(cloud, "work")
    arn = subscribe(cloud, create_topic(cloud), queue, FilterPolicy='{"a": ["b"]}')
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert not {"FilterPolicy", "FilterPolicyScope"} & found.keys()


def test_a_token_is_for_a_topic_of_the_region(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
    sns, topic = cloud.client("sns"), create_topic(cloud)
    assert told(sns.confirm_subscription, TopicArn=elsewhere(topic), Token="0" * 288) == "Topic"
