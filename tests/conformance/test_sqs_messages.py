"""Messages of SQS: what they may hold, what comes back of it, and batches of them."""

from __future__ import annotations

import hashlib

import pytest

from tests.conformance.sqs_helpers import (
    attributes_of,
    bodies,
    counts,
    create_queue,
    receive,
    refused,
    send,
    set_attributes,
)
from tests.helpers.traced import traced

MIB = 1_048_576


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


@pytest.fixture
def url(cloud):
    return create_queue(cloud)


def text(value, data_type="String"):
    return {"DataType": data_type, "StringValue": value}


def entries(*pairs, **more):
    return [{"Id": id, "MessageBody": body, **more} for id, body in pairs]


def test_a_message_comes_back_as_it_was_sent(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    sent = send(cloud, url, "höllo\n<&>")
    (message,) = receive(cloud, url)
    assert message["Body"] == "höllo\n<&>"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5("höllo\n<&>".encode()).hexdigest()
    assert set(message) == {"Body", "MessageId", "MD5OfBody", "ReceiptHandle"}


def test_an_empty_queue_answers_without_messages(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_receive_gives_one_message_unless_more_are_asked_for(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    for number in range(12):
        send(cloud, url, str(number))
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert len(receive(cloud, url, 10)) == 10
    for limit in (0, 11):
        with refused("InvalidParameterValue", "Must be between 1 and 10, if provided."):
            receive(cloud, url, limit)


def test_no_message_is_in_two_receives_at_one_time(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
    sent = {send(cloud, url, str(number))["MessageId"] for number in range(20)}
    found = [message["MessageId"] for _ in range(5) for message in receive(cloud, url)]
    assert len(found) == 20
    assert set(found) == sent


def test_system_attributes_come_if_asked_for(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    send(cloud, url)
    (first,) = receive(cloud, url, VisibilityTimeout=0, AttributeNames=["All"])
    found = first["Attributes"]
    assert set(found) == {
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
    }
    assert found["ApproximateReceiveCount"] == "1"
    assert int(found["SentTimestamp"]) <= int(found["ApproximateFirstReceiveTimestamp"])
    (second,) = receive(cloud, url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_the_newer_list_of_system_attributes_counts_if_both_are_given(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    send(cloud, url)
    newer, older = ["ApproximateReceiveCount"], ["SenderId"]
    (message,) = receive(cloud, url, MessageSystemAttributeNames=newer, AttributeNames=older)
    assert message["Attributes"] == {"ApproximateReceiveCount": "1"}


STAR_WARS = {"General": text("Kenobi"), "Hello": text("There"), "Help.Me": text("Me")}


@pytest.mark.parametrize(
    ("names", "found", "digest"),
    [
        ([], [], None),
        (["All"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        ([".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        (["Foo"], [], None),
        (["General", "Hello"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"),
        (["Hello", "Foo"], ["Hello"], "a311262e065454b75da111d535b8dacd"),
        (["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
    ],
)
def test_message_attributes_come_by_name_by_prefix_or_all(cloud, url, names, found, digest):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    sent = send(cloud, url, "msg", MessageAttributes=STAR_WARS)
    assert sent["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"
    (message,) = receive(cloud, url, MessageAttributeNames=names)
    assert sorted(message.get("MessageAttributes", ())) == found
    assert message.get("MD5OfMessageAttributes") == digest


def test_attributes_hold_text_numbers_and_bytes_and_types_of_ones_own(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    attributes = {
        "text": text("é"),
        "number": text("-1.5e3", "Number"),
        "own": text("1", "Number.int"),
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    send(cloud, url, MessageAttributes=attributes)
    (message,) = receive(cloud, url, MessageAttributeNames=["All"])
    assert message["MessageAttributes"] == attributes


def test_a_message_has_ten_attributes_at_most(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    send(cloud, url, MessageAttributes={f"a{number}": text("x") for number in range(10)})
    with refused("InvalidParameterValue", "exceeds the allowed maximum [10]"):
        send(cloud, url, MessageAttributes={f"a{number}": text("x") for number in range(11)})


@pytest.mark.parametrize("name", ["AWS.x", "amazon.x", ".x", "x.", "x..y", "a b", "§", "x" * 257])
def test_the_name_of_an_attribute_has_its_rules(cloud, url, name):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    with refused("InvalidParameterValue"):
        send(cloud, url, MessageAttributes={name: text("x")})


@pytest.mark.parametrize("name", ["a", "a.b-c_1", "attr.1øßä", "x" * 256])
def test_the_name_of_an_attribute_may_have_letters_of_any_alphabet(cloud, url, name):
    """Recorded on AWS, undated; the developer guide has A to Z only."""
    send(cloud, url, MessageAttributes={name: text("x")})
    (message,) = receive(cloud, url, MessageAttributeNames=["All"])
    assert message["MessageAttributes"] == {name: text("x")}


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        (text(""), "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
        (text("one", "Number"), "Can't cast the value of message (user) attribute 'a' to a number."),
        (
            text("x", "Text"),
            "The type of message (user) attribute 'a' is invalid. You must use only the following supported "
            "type prefixes: Binary, Number, String.",
        ),
        (text("a\x08b"), "Invalid characters found."),
    ],
)
def test_the_error_says_what_is_wrong_with_an_attribute(cloud, url, attribute, words):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html

    Words as in https://github.com/softwaremill/elasticmq/issues/373 and
    https://github.com/grafana/k6-jslib-aws/pull/65, and recorded on AWS, undated.
    """
    with refused("InvalidParameterValue", words):
        send(cloud, url, MessageAttributes={"a": attribute})


@pytest.mark.parametrize(
    "attribute",
    [
        text("x", "Text"),
        text("x", "string"),
        text("x", "String."),
        text("", "String"),
        text("one", "Number"),
        {"DataType": "Binary", "StringValue": "x"},
        {"DataType": "String", "BinaryValue": b"x"},
    ],
)
def test_an_attribute_has_a_known_type_and_a_value_of_it(cloud, url, attribute):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    with refused("InvalidParameterValue"):
        send(cloud, url, MessageAttributes={"a": attribute})


def test_a_trace_header_is_a_system_attribute(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    sent = send(cloud, url, MessageSystemAttributes={"AWSTraceHeader": text(header)})
    assert len(sent["MD5OfMessageSystemAttributes"]) == 32
    (message,) = receive(cloud, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": header}


def test_the_trace_of_a_request_goes_on_with_its_messages(cloud, sqs, url):
    """Recorded on AWS, June 2025."""
    header = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    own = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    with traced(sqs, header, "SendMessage", "SendMessageBatch"):
        send(cloud, url, "1")
        sqs.send_message_batch(QueueUrl=url, Entries=entries(("a", "2")))
        send(cloud, url, "3", MessageSystemAttributes={"AWSTraceHeader": text(own)})
    found = receive(cloud, url, AttributeNames=["AWSTraceHeader"])
    traces = {message["Body"]: message["Attributes"] for message in found}
    assert traces == {
        "1": {"AWSTraceHeader": header},
        "2": {"AWSTraceHeader": header},
        "3": {"AWSTraceHeader": own},
    }


@pytest.mark.parametrize("body", ["\x00", "a\x0b", "￾", "￿"])
def test_characters_that_xml_does_not_know_are_refused(cloud, url, body):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    with refused("InvalidMessageContents"):
        send(cloud, url, body)


def test_every_character_that_xml_knows_is_taken(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    body = "\t\n\r é😀\ue000"
    send(cloud, url, body)
    assert bodies(cloud, url) == [body]


def test_a_body_has_one_character_at_least(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    with refused("MissingParameter", "The request must contain the parameter MessageBody."):
        send(cloud, url, "")


def test_a_message_has_a_mebibyte_at_most_its_attributes_included(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    send(cloud, url, "x" * MIB)
    attribute = {"k": text("vvv")}
    send(cloud, url, "x" * (MIB - 10), MessageAttributes=attribute)
    for body, attributes in (("x" * (MIB + 1), {}), ("x" * (MIB - 9), attribute)):
        with refused("InvalidParameterValue", f"Message must be shorter than {MIB} bytes."):
            send(cloud, url, body, MessageAttributes=attributes)


def test_a_queue_can_take_less(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    set_attributes(cloud, url, MaximumMessageSize=1024)
    send(cloud, url, "é" * 512)
    with refused("InvalidParameterValue", "Message must be shorter than 1024 bytes."):
        send(cloud, url, "é" * 512 + "x")


def test_what_belongs_to_fifo_queues_is_refused_by_standard_queues(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    with refused("InvalidParameterValue"):
        send(cloud, url, MessageDeduplicationId="d")


def test_a_group_on_a_standard_queue_makes_it_fair_and_comes_back(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html"""
    for number in range(2):
        send(cloud, url, str(number), MessageGroupId="tenant")
    messages = receive(cloud, url, MessageSystemAttributeNames=["MessageGroupId"])
    assert [message["Attributes"] for message in messages] == [{"MessageGroupId": "tenant"}] * 2


def test_a_batch_takes_each_entry(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries(("a", "1"), ("b", "2")))
    assert [entry["Id"] for entry in answer["Successful"]] == ["a", "b"]
    assert "Failed" not in answer
    assert sorted(bodies(cloud, url)) == ["1", "2"]


def test_entries_of_a_batch_fail_one_by_one(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html"""
    answer = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            *entries(("good", "1")),
            *entries(("control", "\x00")),
            *entries(("late", "2"), DelaySeconds=901),
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    failed = {entry["Id"]: (entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]}
    assert failed == {"control": ("InvalidMessageContents", True), "late": ("InvalidParameterValue", True)}
    assert bodies(cloud, url) == ["1"]


BATCHES = {
    "send_message_batch": {"MessageBody": "x"},
    "delete_message_batch": {"ReceiptHandle": "x"},
    "change_message_visibility_batch": {"ReceiptHandle": "x", "VisibilityTimeout": 1},
}


@pytest.mark.parametrize("operation", BATCHES)
@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([f"e{number}" for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "b", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
        (["x" * 81], "InvalidBatchEntryId"),
        ([""], "InvalidBatchEntryId"),
    ],
)
def test_a_batch_is_refused_as_a_whole(cloud, sqs, url, operation, ids, code):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    given = [{"Id": id, **BATCHES[operation]} for id in ids]
    with refused(code):
        getattr(sqs, operation)(QueueUrl=url, Entries=given)
    assert counts(cloud, url) == (0, 0, 0)


def test_a_batch_has_a_mebibyte_at_most_in_all(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    half = "x" * (MIB // 2)
    sqs.send_message_batch(QueueUrl=url, Entries=entries(("a", half), ("b", half)))
    with refused("BatchRequestTooLong", f"You have sent {MIB + 1} bytes."):
        sqs.send_message_batch(QueueUrl=url, Entries=entries(("a", half), ("b", half + "x")))


def test_a_batch_deletes_what_it_can(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    answer = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]},
            {"Id": "bad", "ReceiptHandle": "nonsense"},
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
    assert counts(cloud, url) == (0, 0, 0)


def test_a_batch_changes_the_visibility_that_it_can(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    handle = message["ReceiptHandle"]
    answer = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 0},
            {"Id": "bad", "ReceiptHandle": "nonsense", "VisibilityTimeout": 0},
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [entry["Id"] for entry in answer["Failed"]] == ["bad"]
    assert len(receive(cloud, url)) == 1


def test_a_purge_removes_what_is_visible_delayed_and_in_flight(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html"""
    send(cloud, url, "in flight")
    assert len(receive(cloud, url)) == 1
    send(cloud, url, "visible")
    send(cloud, url, "delayed", DelaySeconds=10)
    sqs.purge_queue(QueueUrl=url)
    cloud.advance(60)
    assert counts(cloud, url) == (0, 0, 0)
    assert receive(cloud, url) == []


def test_a_purge_forgets_what_was_sent_before(cloud, sqs):
    """https://github.com/localstack/localstack/pull/8218"""
    url = create_queue(cloud, "work.fifo")
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    send(cloud, url, "1", **ids)
    sqs.purge_queue(QueueUrl=url)
    send(cloud, url, "2", **ids)
    assert bodies(cloud, url) == ["2"]


def test_a_queue_is_purged_once_in_a_minute(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html"""
    sqs.purge_queue(QueueUrl=url)
    with refused(
        "PurgeQueueInProgress", "Only one PurgeQueue operation on work is allowed every 60 seconds."
    ):
        sqs.purge_queue(QueueUrl=url)
    cloud.advance(61)
    sqs.purge_queue(QueueUrl=url)


def test_the_counts_follow_each_message(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    for number in range(3):
        send(cloud, url, str(number))
    send(cloud, url, "later", DelaySeconds=10)
    assert counts(cloud, url) == (3, 0, 1)
    receive(cloud, url, 2)
    assert counts(cloud, url) == (1, 2, 1)
    cloud.advance(60)
    assert counts(cloud, url) == (4, 0, 0)


def test_a_message_is_kept_for_the_retention_period(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    set_attributes(cloud, url, MessageRetentionPeriod=300)
    send(cloud, url, "old")
    cloud.advance(200)
    send(cloud, url, "young")
    cloud.advance(110)
    assert bodies(cloud, url) == ["young"]
    assert attributes_of(cloud, url, "MessageRetentionPeriod") == {"MessageRetentionPeriod": "300"}


def test_four_days_is_the_default_retention(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    send(cloud, url)
    cloud.advance(345_600 - 60)
    assert len(receive(cloud, url, VisibilityTimeout=0)) == 1
    cloud.advance(61)
    assert receive(cloud, url) == []
