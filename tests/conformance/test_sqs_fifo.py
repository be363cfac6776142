"""FIFO queues of SQS: groups and their order, deduplication, sequence numbers."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.conformance.sqs_helpers import (
    attributes_of,
    bodies,
    counts,
    create_queue,
    delete,
    hide,
    receive,
    refused,
    send,
    send_in_group,
    set_attributes,
    with_dead_letters,
)


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


@pytest.fixture
def url(cloud):
    return create_queue(cloud, "work.fifo")


def test_messages_of_a_group_come_in_the_order_of_sending(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"""
    sent = [f"{group}-{number:02}" for number in range(20) for group in "abc"]
    for body in sent:
        send_in_group(cloud, url, body, group=body[0])
    found = []
    while messages := receive(cloud, url):
        for message in messages:
            found.append(message["Body"])
            delete(cloud, url, message)
    for group in "abc":
        assert [body for body in found if body[0] == group] == [body for body in sent if body[0] == group]
    assert len(found) == 60


def test_one_receive_may_give_several_messages_of_a_group(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"""
    for body in ("1", "2", "3"):
        send_in_group(cloud, url, body)
    assert bodies(cloud, url) == ["1", "2", "3"]


def test_a_group_waits_while_one_of_its_messages_is_in_flight(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"""
    send_in_group(cloud, url, "a1", "a")
    send_in_group(cloud, url, "a2", "a")
    send_in_group(cloud, url, "b1", "b")
    (first,) = receive(cloud, url, 1)
    assert first["Body"] == "a1"
    assert bodies(cloud, url) == ["b1"]
    delete(cloud, url, first)
    assert bodies(cloud, url) == ["a2"]


def test_a_group_resumes_at_the_same_message_when_its_visibility_lapses(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"""
    for body in ("1", "2"):
        send_in_group(cloud, url, body)
    assert bodies(cloud, url, 1, VisibilityTimeout=5) == ["1"]
    assert receive(cloud, url) == []
    cloud.advance(6)
    assert bodies(cloud, url, 1) == ["1"]


def test_a_message_that_is_given_back_comes_again_before_those_after_it(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"""
    for body in ("1", "2", "3"):
        send_in_group(cloud, url, body)
    first, second = receive(cloud, url, 2)
    delete(cloud, url, first)
    hide(cloud, url, second, 0)
    assert bodies(cloud, url) == ["2", "3"]


@pytest.mark.parametrize(("hidden", "given"), [(0, []), (1, ["1"]), (2, ["1", "2"])])
def test_a_receive_gives_the_messages_of_a_group_up_to_the_first_hidden_one(cloud, url, hidden, given):
    """Recorded on AWS, November 2025."""
    for body in ("1", "2", "3"):
        send_in_group(cloud, url, body)
    messages = receive(cloud, url, VisibilityTimeout=2)
    hide(cloud, url, messages[hidden], 30)
    cloud.advance(4)
    assert bodies(cloud, url) == given


def test_a_head_that_is_given_back_comes_while_later_messages_are_in_flight(cloud, url):
    """Recorded on AWS, undated."""
    for body in ("a1", "a2", "b1"):
        send_in_group(cloud, url, body, body[0])
    first, second = receive(cloud, url, 2)
    assert [first["Body"], second["Body"]] == ["a1", "a2"]
    hide(cloud, url, first, 0)
    assert bodies(cloud, url) == ["b1", "a1"]


def test_groups_take_turns(cloud, url):
    """Recorded on AWS, undated."""
    for body in ("a1", "b1", "b2", "c1", "a2"):
        send_in_group(cloud, url, body, body[0])
    assert bodies(cloud, url, 3, VisibilityTimeout=0) == ["a1", "a2", "b1"]
    assert bodies(cloud, url, VisibilityTimeout=0) == ["c1", "a1", "a2", "b1", "b2"]


def test_long_polling_answers_as_soon_as_a_group_is_free(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    for body in ("1", "2"):
        send_in_group(cloud, url, body)
    receive(cloud, url, 1, VisibilityTimeout=3)
    assert bodies(cloud, url, WaitTimeSeconds=20) == ["1", "2"]


def test_sequence_numbers_increase_and_come_with_the_message(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    sent = [send_in_group(cloud, url, body)["SequenceNumber"] for body in ("1", "2", "3")]
    assert sent == sorted(sent, key=int)
    assert len(set(sent)) == 3
    found = receive(cloud, url, MessageSystemAttributeNames=["SequenceNumber"])
    assert [message["Attributes"]["SequenceNumber"] for message in found] == sent


def test_a_received_message_tells_its_group_and_deduplication_id(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    send_in_group(cloud, url, "1", "group-1", "dedup-1")
    (message,) = receive(cloud, url, AttributeNames=["All"])
    assert message["Attributes"]["MessageGroupId"] == "group-1"
    assert message["Attributes"]["MessageDeduplicationId"] == "dedup-1"


def test_a_message_needs_a_group(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    with refused("MissingParameter", "The request must contain the parameter MessageGroupId."):
        send(cloud, url, MessageDeduplicationId="d")
    assert counts(cloud, url) == (0, 0, 0)


def test_a_message_needs_a_deduplication_id_or_a_queue_that_makes_one(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    with refused("InvalidParameterValue", "ContentBasedDeduplication enabled"):
        send(cloud, url, MessageGroupId="g")
    set_attributes(cloud, url, ContentBasedDeduplication="true")
    send(cloud, url, MessageGroupId="g")


def test_a_batch_without_deduplication_ids_is_refused_as_a_whole(cloud, sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    entries = [
        {"Id": "good", "MessageBody": "1", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"Id": "bad", "MessageBody": "2", "MessageGroupId": "g"},
    ]
    with refused("InvalidParameterValue", "MessageDeduplicationId provided explicitly"):
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert counts(cloud, url) == (0, 0, 0)


def test_a_batch_without_groups_is_refused_as_a_whole_with_a_code_of_its_own(cloud, sqs, url):
    """https://github.com/Jimdo/sqs-dead-letter-handling/issues/10"""
    entries = [
        {"Id": "good", "MessageBody": "1", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"Id": "bad", "MessageBody": "2", "MessageDeduplicationId": "2"},
    ]
    with refused("InvalidParameterValue", "The request must contain the parameter MessageGroupId."):
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert counts(cloud, url) == (0, 0, 0)


@pytest.mark.parametrize("id", ["", "x" * 129, "a b", "é"])
def test_ids_have_128_letters_digits_and_punctuation_marks_at_most(cloud, url, id):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} | {name: id}
        with refused("InvalidParameterValue", name):
            send(cloud, url, **ids)
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    send(cloud, url, MessageGroupId=marks, MessageDeduplicationId="x" * 128)


def test_a_duplicate_within_five_minutes_is_accepted_but_not_delivered(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html"""
    first = send_in_group(cloud, url, "1", dedup="d")
    cloud.advance(290)
    second = send_in_group(cloud, url, "2", dedup="d")
    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(cloud, url) == ["1"]


def test_a_duplicate_is_known_also_after_the_message_was_deleted(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    send_in_group(cloud, url, "1", dedup="d")
    (message,) = receive(cloud, url)
    delete(cloud, url, message)
    send_in_group(cloud, url, "1", dedup="d")
    assert receive(cloud, url) == []


def test_after_five_minutes_the_same_id_is_a_new_message(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    send_in_group(cloud, url, "1", dedup="d")
    cloud.advance(301)
    send_in_group(cloud, url, "2", dedup="d")
    assert bodies(cloud, url) == ["1", "2"]


def test_content_based_deduplication_takes_the_digest_of_the_body(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    url = create_queue(cloud, "work.fifo", ContentBasedDeduplication="true")
    attributes = {"a": {"DataType": "String", "StringValue": "other"}}
    send(cloud, url, "same", MessageGroupId="g")
    send(cloud, url, "same", MessageGroupId="g", MessageAttributes=attributes)
    (message,) = receive(cloud, url, AttributeNames=["MessageDeduplicationId"])
    digest = hashlib.sha256(b"same").hexdigest()
    assert message["Attributes"] == {"MessageDeduplicationId": digest}
    send(cloud, url, "other", MessageGroupId="g2", MessageDeduplicationId=digest)
    assert receive(cloud, url) == []


def test_an_explicit_id_overrides_the_digest(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    url = create_queue(cloud, "work.fifo", ContentBasedDeduplication="true")
    send_in_group(cloud, url, "same", dedup="1")
    send_in_group(cloud, url, "same", dedup="2")
    assert bodies(cloud, url) == ["same", "same"]


def test_deduplication_is_for_the_whole_queue_unless_its_scope_is_the_group(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html"""
    scoped = create_queue(cloud, "scoped.fifo", DeduplicationScope="messageGroup")
    for queue in (url, scoped):
        for group in ("a", "b", "a"):
            send_in_group(cloud, queue, group, group, "d")
    assert bodies(cloud, url) == ["a"]
    assert bodies(cloud, scoped) == ["a", "b"]


def test_the_scope_of_deduplication_stays_as_the_queue_was_created(cloud, url):
    """https://github.com/localstack/localstack/pull/10324"""
    set_attributes(cloud, url, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    assert attributes_of(cloud, url, "DeduplicationScope") == {"DeduplicationScope": "messageGroup"}
    for group in ("a", "b"):
        send_in_group(cloud, url, group, group, "d")
    assert bodies(cloud, url) == ["a"]


def test_a_message_has_no_timer_of_its_own(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html"""
    with refused("InvalidParameterValue", "not valid for this queue type"):
        send(cloud, url, MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=2)


def test_a_delay_that_the_queue_gets_later_counts_for_messages_that_wait(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html"""
    set_attributes(cloud, url, DelaySeconds=600)
    send_in_group(cloud, url, "1")
    cloud.advance(10)
    set_attributes(cloud, url, DelaySeconds=5)
    cloud.advance(60)
    assert bodies(cloud, url) == ["1"]


def test_a_handle_expires_with_the_visibility_timeout(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
    send_in_group(cloud, url, "1")
    (message,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    with refused("InvalidParameterValue", "The receipt handle has expired"):
        delete(cloud, url, message)
    assert bodies(cloud, url) == ["1"]


def test_a_handle_that_expired_fails_its_entry_of_a_batch(cloud, sqs, url):
    """https://github.com/smaskalik/sqsmover/issues/54"""
    send_in_group(cloud, url, "1")
    (message,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    entry = {"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}
    (failed,) = sqs.delete_message_batch(QueueUrl=url, Entries=[entry])["Failed"]
    assert failed == {
        "Id": "a",
        "Code": "ReceiptHandleIsInvalid",
        "Message": "The receipt handle has expired",
        "SenderFault": True,
    }


def test_a_handle_that_expired_changes_no_visibility(cloud, url):
    """https://github.com/aws/aws-sdk-java/issues/1628"""
    send_in_group(cloud, url, "1")
    (message,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    with refused("InvalidParameterValue", "The receipt handle has expired"):
        hide(cloud, url, message, 30)
    assert bodies(cloud, url) == ["1"]


def test_an_old_handle_does_not_delete_what_was_received_again(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html"""
    send_in_group(cloud, url, "1")
    (first,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    (second,) = receive(cloud, url)
    with refused("InvalidParameterValue", "The receipt handle has expired"):
        delete(cloud, url, first)
    delete(cloud, url, second)
    assert counts(cloud, url) == (0, 0, 0)


def test_a_handle_lasts_as_long_as_its_message_is_hidden(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send_in_group(cloud, url, "1")
    (message,) = receive(cloud, url, VisibilityTimeout=2)
    hide(cloud, url, message, 10)
    cloud.advance(5)
    delete(cloud, url, message)
    assert counts(cloud, url) == (0, 0, 0)


def test_the_same_attempt_gives_the_same_messages_and_handles(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html"""
    for body in ("1", "2"):
        send_in_group(cloud, url, body)
    first = receive(
        cloud, url, 1, ReceiveRequestAttemptId="attempt", AttributeNames=["ApproximateReceiveCount"]
    )
    again = receive(
        cloud, url, 1, ReceiveRequestAttemptId="attempt", AttributeNames=["ApproximateReceiveCount"]
    )
    assert first == again
    assert receive(cloud, url, 1, ReceiveRequestAttemptId="other") == []


def test_the_same_attempt_hides_its_messages_anew(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html"""
    send_in_group(cloud, url, "1")
    for _ in range(3):
        assert len(receive(cloud, url, VisibilityTimeout=10, ReceiveRequestAttemptId="attempt")) == 1
        cloud.advance(8)
    assert receive(cloud, url) == []


def test_a_dead_letter_leaves_its_group_to_the_next_message(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url, dead = with_dead_letters(cloud, "work.fifo")
    for body in ("poison", "next"):
        send_in_group(cloud, url, body)
    assert bodies(cloud, url, 1, VisibilityTimeout=1) == ["poison"]
    cloud.advance(2)
    assert bodies(cloud, url, 1) == ["next"]
    assert bodies(cloud, dead) == ["poison"]


def test_a_dead_letter_of_a_fifo_queue_takes_its_message_id_for_deduplication(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html"""
    url, dead = with_dead_letters(cloud, "work.fifo")
    sent = send_in_group(cloud, url, "poison", "g", "d")
    receive(cloud, url, VisibilityTimeout=1)
    cloud.advance(2)
    assert receive(cloud, url) == []
    (message,) = receive(cloud, dead, AttributeNames=["All"])
    assert message["MessageId"] == message["Attributes"]["MessageDeduplicationId"] == sent["MessageId"]
    assert message["Attributes"]["MessageGroupId"] == "g"


def test_dead_letters_of_a_fifo_queue_can_be_moved_back(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html"""
    url, dead = with_dead_letters(cloud, "work.fifo")
    for body in ("1", "2"):
        send_in_group(cloud, url, body)
    receive(cloud, url, VisibilityTimeout=1)
    cloud.advance(2)
    assert receive(cloud, url) == []
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    sqs.start_message_move_task(SourceArn=json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"])
    cloud.advance(5)
    assert bodies(cloud, url) == ["1", "2"]
    assert counts(cloud, dead) == (0, 0, 0)
