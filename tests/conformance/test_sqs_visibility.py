"""When a message of SQS can be seen: visibility timeouts, receipt handles, delays and long polling."""

from __future__ import annotations

import pytest

from tests.conformance.sqs_helpers import (
    bodies,
    counts,
    create_queue,
    delete,
    hide,
    receive,
    refused,
    send,
    set_attributes,
)

LATENCY = 0.1
"""Seconds that a call takes at most, with room to spare."""


@pytest.fixture
def url(cloud):
    return create_queue(cloud)


def now(cloud, url):
    """The cloud's clock, in seconds, as a message shows it."""
    probe = create_queue(cloud, "probe")
    send(cloud, probe)
    (message,) = receive(cloud, probe, AttributeNames=["SentTimestamp"])
    delete(cloud, probe, message)
    return int(message["Attributes"]["SentTimestamp"]) / 1000


def test_a_received_message_is_hidden_for_the_queues_visibility_timeout(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
    set_attributes(cloud, url, VisibilityTimeout=20)
    send(cloud, url)
    assert len(receive(cloud, url)) == 1
    cloud.advance(19)
    assert receive(cloud, url) == []
    cloud.advance(2)
    assert len(receive(cloud, url)) == 1


def test_a_receive_can_have_a_visibility_timeout_of_its_own(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    send(cloud, url)
    assert len(receive(cloud, url, VisibilityTimeout=5)) == 1
    cloud.advance(6)
    assert len(receive(cloud, url)) == 1
    cloud.advance(6)
    assert receive(cloud, url) == []


def test_a_visibility_timeout_of_0_leaves_the_message_visible(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    send(cloud, url)
    assert len(receive(cloud, url, VisibilityTimeout=0)) == 1
    assert len(receive(cloud, url)) == 1


def test_a_visibility_timeout_is_between_0_and_12_hours(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send(cloud, url)
    with refused("InvalidParameterValue", "VisibilityTimeout"):
        receive(cloud, url, VisibilityTimeout=43_201)
    (message,) = receive(cloud, url)
    for seconds in (-1, 43_201):
        with refused("InvalidParameterValue", "VisibilityTimeout"):
            hide(cloud, url, message, seconds)


def test_a_changed_visibility_timeout_counts_from_the_change(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    cloud.advance(20)
    hide(cloud, url, message, 60)
    cloud.advance(58)
    assert receive(cloud, url) == []
    cloud.advance(3)
    assert len(receive(cloud, url)) == 1


def test_a_change_holds_for_this_receive_only(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    hide(cloud, url, message, 5)
    cloud.advance(6)
    assert len(receive(cloud, url)) == 1
    cloud.advance(28)
    assert receive(cloud, url) == []


def test_changing_to_0_makes_a_message_visible_at_once(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    hide(cloud, url, message, 0)
    assert len(receive(cloud, url)) == 1


def test_a_message_is_hidden_for_12_hours_at_most_from_its_receive(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    cloud.advance(20)
    with refused("InvalidParameterValue", "Total VisibilityTimeout for the message is beyond the limit"):
        hide(cloud, url, message, 43_190)
    hide(cloud, url, message, 43_100)


def test_changing_the_visibility_of_a_message_no_longer_in_flight_does_nothing(cloud, url):
    """Validated on AWS in https://github.com/localstack/localstack/pull/9632 and
    https://github.com/getmoto/moto/pull/4655; the API reference has an error for it, MessageNotInflight.
    """
    send(cloud, url)
    (message,) = receive(cloud, url, VisibilityTimeout=5)
    cloud.advance(6)
    hide(cloud, url, message, 30)
    assert len(receive(cloud, url)) == 1


def test_an_earlier_handle_changes_the_visibility_of_a_message_in_flight(cloud, url):
    """Recorded on AWS, undated."""
    send(cloud, url)
    (first,) = receive(cloud, url, VisibilityTimeout=0)
    assert len(receive(cloud, url, VisibilityTimeout=30)) == 1
    hide(cloud, url, first, 0)
    assert len(receive(cloud, url)) == 1


def test_the_visibility_of_a_deleted_message_cannot_be_changed(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    delete(cloud, url, message)
    with refused("InvalidParameterValue", "does not exist or is not available for visibility timeout change"):
        hide(cloud, url, message, 30)


def test_a_deleted_message_does_not_come_back(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    delete(cloud, url, message)
    delete(cloud, url, message)
    cloud.advance(60)
    assert receive(cloud, url) == []
    assert counts(cloud, url) == (0, 0, 0)


def test_each_receive_gives_another_handle(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"""
    send(cloud, url)
    (first,) = receive(cloud, url, VisibilityTimeout=0)
    (second,) = receive(cloud, url)
    assert first["MessageId"] == second["MessageId"]
    assert first["ReceiptHandle"] != second["ReceiptHandle"]


def test_an_earlier_handle_deletes_too(cloud, url):
    """Validated on AWS in https://github.com/getmoto/moto/pull/4655"""
    send(cloud, url)
    (first,) = receive(cloud, url, VisibilityTimeout=0)
    assert len(receive(cloud, url)) == 1
    delete(cloud, url, first)
    assert counts(cloud, url) == (0, 0, 0)


def test_a_handle_is_no_error_after_the_message_was_received_again(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html

    AWS says that the message "might not be deleted" by such a handle.
    """
    send(cloud, url)
    (first,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    (second,) = receive(cloud, url)
    delete(cloud, url, first)
    delete(cloud, url, second)
    assert counts(cloud, url) == (0, 0, 0)


def test_a_handle_belongs_to_its_queue(cloud, url):
    """https://github.com/aws/aws-sdk-java-v2/issues/3101"""
    send(cloud, url)
    (message,) = receive(cloud, url)
    other = create_queue(cloud, "other")
    with refused("ReceiptHandleIsInvalid"):
        delete(cloud, other, message)
    with refused("ReceiptHandleIsInvalid"):
        hide(cloud, other, message, 0)


def test_a_message_that_became_visible_is_still_deleted_by_its_latest_handle(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
    send(cloud, url)
    (message,) = receive(cloud, url, VisibilityTimeout=2)
    cloud.advance(3)
    delete(cloud, url, message)
    assert receive(cloud, url) == []


def test_what_is_no_receipt_handle_is_refused(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html"""
    with refused("ReceiptHandleIsInvalid"):
        delete(cloud, url, {"ReceiptHandle": "nonsense"})
    with refused("ReceiptHandleIsInvalid"):
        hide(cloud, url, {"ReceiptHandle": "nonsense"}, 1)


def test_messages_of_a_delay_queue_come_after_its_delay(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html"""
    set_attributes(cloud, url, DelaySeconds=30)
    send(cloud, url)
    assert counts(cloud, url) == (0, 0, 1)
    cloud.advance(28)
    assert receive(cloud, url) == []
    cloud.advance(3)
    assert len(receive(cloud, url)) == 1


def test_a_message_timer_overrides_the_queues_delay_and_0_means_now(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html"""
    set_attributes(cloud, url, DelaySeconds=30)
    send(cloud, url, "now", DelaySeconds=0)
    send(cloud, url, "soon", DelaySeconds=5)
    assert bodies(cloud, url) == ["now"]
    cloud.advance(6)
    assert bodies(cloud, url) == ["soon"]


@pytest.mark.parametrize("seconds", [-1, 901])
def test_a_message_timer_is_between_0_and_15_minutes(cloud, url, seconds):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html"""
    with refused("InvalidParameterValue", "DelaySeconds must be >= 0 and <= 900"):
        send(cloud, url, DelaySeconds=seconds)
    send(cloud, url, DelaySeconds=900)


def test_a_delay_that_a_standard_queue_gets_later_leaves_its_messages_as_they_are(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html"""
    set_attributes(cloud, url, DelaySeconds=30)
    send(cloud, url)
    set_attributes(cloud, url, DelaySeconds=0)
    assert receive(cloud, url) == []
    cloud.advance(31)
    assert len(receive(cloud, url)) == 1


def test_long_polling_waits_and_then_answers_without_messages(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    began = now(cloud, url)
    assert receive(cloud, url, WaitTimeSeconds=7) == []
    assert 7 <= now(cloud, url) - began < 7 + 6 * LATENCY


def test_long_polling_answers_at_once_when_a_message_is_there(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    send(cloud, url)
    began = now(cloud, url)
    assert len(receive(cloud, url, WaitTimeSeconds=20)) == 1
    assert now(cloud, url) - began < 6 * LATENCY


def test_long_polling_answers_as_soon_as_a_message_becomes_visible(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    send(cloud, url, DelaySeconds=4)
    began = now(cloud, url)
    assert len(receive(cloud, url, WaitTimeSeconds=20)) == 1
    assert 3 <= now(cloud, url) - began < 4 + 6 * LATENCY


def test_the_queue_can_ask_for_long_polling_and_the_receive_can_say_otherwise(cloud, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    set_attributes(cloud, url, ReceiveMessageWaitTimeSeconds=5)
    began = now(cloud, url)
    assert receive(cloud, url, WaitTimeSeconds=0) == []
    assert now(cloud, url) - began < 6 * LATENCY
    began = now(cloud, url)
    assert receive(cloud, url) == []
    assert now(cloud, url) - began >= 5


@pytest.mark.parametrize("seconds", [-1, 21])
def test_long_polling_waits_for_20_seconds_at_most(cloud, url, seconds):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
    with refused("InvalidParameterValue", "WaitTimeSeconds"):
        receive(cloud, url, WaitTimeSeconds=seconds)
