"""SNS: what AWS documents about publishing."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import create_function, create_queue, messages, told
from tests.conformance.sns_helpers import (
    bodies,
    create_topic,
    listen,
    number,
    open_queue,
    publish,
    refusal,
    sent,
    subscribe,
    text,
    texts,
)
from tests.helpers.traced import traced


def test_a_topic_fans_out_to_every_queue_in_a_notification_envelope(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html"""
    topic = create_topic(cloud)
    queues = [listen(cloud, topic, name) for name in ("billing", "shipping", "mail")]
    message_id = publish(cloud, topic, "hello", Subject="An order")
    for url in queues:
        (body,) = bodies(cloud, url)
        envelope = json.loads(body)
        assert envelope["Type"] == "Notification"
        assert envelope["MessageId"] == message_id
        assert envelope["TopicArn"] == topic
        assert envelope["Subject"] == "An order"
        assert envelope["Message"] == "hello"
        assert envelope["Timestamp"].endswith("Z")
        assert {"SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= envelope.keys()
        assert "MessageAttributes" not in envelope


def test_the_envelope_holds_attributes_as_type_and_value(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    attributes = {
        "store": text("example_corp"),
        "price": number(210.75),
        "interests": {"DataType": "String.Array", "StringValue": '["soccer"]'},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    publish(cloud, topic, MessageAttributes=attributes)
    (body,) = bodies(cloud, url)
    assert json.loads(body)["MessageAttributes"] == {
        "store": {"Type": "String", "Value": "example_corp"},
        "price": {"Type": "Number", "Value": "210.75"},
        "interests": {"Type": "String.Array", "Value": '["soccer"]'},
        "raw": {"Type": "Binary", "Value": "AAE="},
    }


def test_raw_delivery_gives_the_bare_message_and_its_attributes(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic, RawMessageDelivery="true")
    publish(cloud, topic, "hello", MessageAttributes={"store": text("example_corp")})
    cloud.settle()
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {"store": text("example_corp")}


def test_raw_delivery_of_more_than_ten_attributes_fails_as_a_client_side_error(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"""
    topic = create_topic(cloud)
    dead_url, dead = open_queue(cloud, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    url = listen(cloud, topic, RawMessageDelivery="true", RedrivePolicy=redrive)
    publish(cloud, topic, "hello", MessageAttributes={f"a{n}": text("x") for n in range(11)})
    assert bodies(cloud, url) == []
    assert bodies(cloud, dead_url) == ["hello"]


def test_a_queue_whose_policy_does_not_allow_it_gets_nothing(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""
    topic = create_topic(cloud)
    url, arn = create_queue(cloud, "closed")
    subscribe(cloud, topic, arn)
    publish(cloud, topic)
    assert bodies(cloud, url) == []


def test_a_function_gets_records_with_sns(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    seen, _ = create_queue(cloud, "seen")
    topic = create_topic(cloud)
    arn = create_function(cloud, "def handler(event, context): tell(event)", seen=seen)
    cloud.client("lambda").add_permission(
        FunctionName="work",
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    subscription = subscribe(cloud, topic, arn, "lambda")
    message_id = publish(cloud, topic, "hello", Subject="An order", MessageAttributes={"n": number(1)})
    cloud.settle()
    (event,) = told(cloud, seen)
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["EventVersion"] == "1.0"
    assert record["EventSubscriptionArn"] == subscription
    notification = record["Sns"]
    assert notification["Type"] == "Notification"
    assert notification["MessageId"] == message_id
    assert notification["TopicArn"] == topic
    assert (notification["Subject"], notification["Message"]) == ("An order", "hello")
    assert notification["MessageAttributes"] == {"n": {"Type": "Number", "Value": "1"}}
    assert {"Timestamp", "Signature", "SigningCertUrl", "UnsubscribeUrl"} <= notification.keys()


def test_a_function_is_invoked_asynchronously_so_its_errors_are_retried_by_lambda(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html"""
    seen, _ = create_queue(cloud, "seen")
    topic = create_topic(cloud)
    source = """
        def handler(event, context):
            tell(1)
            raise ValueError("no")
    """
    subscribe(cloud, topic, create_function(cloud, source, seen=seen), "lambda")
    publish(cloud, topic)
    cloud.settle()
    assert told(cloud, seen) == [1, 1, 1]


def test_message_structure_json_gives_each_protocol_its_own_text(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    subscribe(cloud, topic, "+15551230001", "sms")
    message = json.dumps({"default": "for the rest", "sqs": "for queues"})
    publish(cloud, topic, message, MessageStructure="json")
    assert texts(cloud, url) == ["for queues"]
    assert [message.body for message in sent(cloud, "sms")] == ["for the rest"]


def test_publishing_to_a_target_arn_is_publishing_to_the_topic(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    cloud.client("sns").publish(TargetArn=topic, Message="hello")
    assert texts(cloud, url) == ["hello"]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"Message": ""}, "InvalidParameter", "Invalid parameter: Empty message"),
        ({"Subject": ""}, "InvalidParameter", "Invalid parameter: Subject"),
        ({"Subject": "x" * 101}, "InvalidParameter", "Invalid parameter: Subject"),
        ({"Subject": "two\nlines"}, "InvalidParameter", "Invalid parameter: Subject"),
        ({"Message": "x" * 262_145}, "InvalidParameter", "Invalid parameter: Message too long"),
        (
            {"MessageStructure": "json", "Message": "no json"},
            "InvalidParameter",
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"MessageStructure": "json", "Message": '{"sqs": "x"}'},
            "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}},
            "ParameterValueInvalid",
            "Could not cast message attribute 'a' value to number.",
        ),
    ],
)
def test_what_can_not_be_published_is_refused(cloud, settings, error, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors"""
    topic = create_topic(cloud)
    call = {"TopicArn": topic, "Message": "hello", **settings}
    assert refusal(cloud.client("sns").publish, **call) == (error, message)


def test_attributes_count_towards_the_limit_of_256_kib(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = create_topic(cloud)
    publish(cloud, topic, "x" * 262_144)
    attributes = {"a": text("x")}
    found = refusal(publish, cloud, topic, "x" * 262_144, MessageAttributes=attributes)
    assert found == ("InvalidParameter", "Invalid parameter: Message too long")


def test_publishing_to_a_topic_that_is_not_there_is_not_found(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors"""
    topic = create_topic(cloud)
    assert refusal(publish, cloud, f"{topic}-gone") == ("NotFound", "Topic does not exist")
    assert refusal(publish, cloud, "gone") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    )


def entries(*ids, **settings):
    return [{"Id": entry_id, "Message": entry_id, **settings} for entry_id in ids]


def test_a_batch_delivers_every_entry(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    ids = [f"m{n}" for n in range(10)]
    answer = cloud.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries(*ids))
    assert [done["Id"] for done in answer["Successful"]] == ids
    assert answer["Failed"] == []
    assert sorted(texts(cloud, url)) == ids


@pytest.mark.parametrize("wrong", [{"Subject": "two\nlines"}, {"Message": ""}])
def test_entries_of_a_batch_fail_one_by_one(cloud, wrong):
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html; recorded on AWS, October 2026."""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    batch = [*entries("good"), *entries("bad", **wrong)]
    answer = cloud.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    assert [done["Id"] for done in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameter", True)
    assert texts(cloud, url) == ["good"]


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        (entries("a", "a"), "BatchEntryIdsNotDistinct"),
        (entries(*(str(n) for n in range(11))), "TooManyEntriesInBatchRequest"),
        ([], "EmptyBatchRequest"),
        (entries("a b"), "InvalidBatchEntryId"),
        ([{"Id": str(n), "Message": "x" * 131_073} for n in range(2)], "BatchRequestTooLong"),
    ],
    ids=["repeated ids", "eleven entries", "no entries", "malformed id", "too long together"],
)
def test_a_batch_that_breaks_the_rules_is_refused_as_a_whole(cloud, batch, error):
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html#API_PublishBatch_Errors"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    found, _ = refusal(cloud.client("sns").publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch)
    assert found == error
    assert texts(cloud, url) == []


def test_the_version_of_signatures_is_the_topics_choice(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""
    topic = create_topic(cloud, SignatureVersion="2")
    url = listen(cloud, topic)
    publish(cloud, topic)
    (body,) = bodies(cloud, url)
    assert json.loads(body)["SignatureVersion"] == "2"


def test_a_trace_header_of_the_publisher_goes_on_to_queues(cloud):
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sns.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    sns = cloud.client("sns")
    with traced(sns, trace, "Publish"):
        sns.publish(TopicArn=topic, Message="hello")
    cloud.settle()
    (message,) = messages(cloud, url, AttributeNames=["AWSTraceHeader"])
    assert message["Attributes"]["AWSTraceHeader"] == trace
