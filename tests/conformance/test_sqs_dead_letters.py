"""Dead-letter queues of SQS, and the way back from them."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sqs_helpers import (
    arn_of,
    bodies,
    counts,
    create_queue,
    delete,
    hide,
    receive,
    redrive_to,
    refused,
    send,
    set_attributes,
    with_dead_letters,
)


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def fail(cloud, url, times):
    """Receive the queue's messages so often, and let each receive lapse."""
    for _ in range(times):
        receive(cloud, url, VisibilityTimeout=1)
        cloud.advance(2)


def move_all(cloud, dead, **params):
    """Start a move task; answer what is listed of it once it has ended."""
    sqs, arn = cloud.client("sqs"), arn_of(cloud, dead)
    sqs.start_message_move_task(SourceArn=arn, **params)
    for _ in range(50):
        cloud.advance(1)
        (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
        if task["Status"] != "RUNNING":
            return task
    raise AssertionError("the task did not end")


def test_a_message_moves_when_it_was_received_more_often_than_allowed(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url, dead = with_dead_letters(cloud, receives=2)
    send(cloud, url, "poison")
    fail(cloud, url, 2)
    assert bodies(cloud, dead) == []
    assert receive(cloud, url) == []
    assert bodies(cloud, dead) == ["poison"]
    assert counts(cloud, url) == (0, 0, 0)


def test_a_dead_letter_keeps_its_id_and_names_its_source(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    url, dead = with_dead_letters(cloud)
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    sent = send(cloud, url, "poison", MessageAttributes=attributes)
    fail(cloud, url, 2)
    (message,) = receive(cloud, dead, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(cloud, url)


def test_receives_are_counted_across_queues(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    url, dead = with_dead_letters(cloud, receives=2)
    send(cloud, url)
    fail(cloud, url, 3)
    (message,) = receive(cloud, dead, AttributeNames=["ApproximateReceiveCount"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"


def test_a_receive_counts_also_if_the_message_is_given_back_at_once(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url, dead = with_dead_letters(cloud, receives=2)
    send(cloud, url)
    for _ in range(2):
        (message,) = receive(cloud, url)
        hide(cloud, url, message, 0)
    assert receive(cloud, url) == []
    assert len(receive(cloud, dead)) == 1


def test_messages_that_are_deleted_in_time_do_not_move(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url, dead = with_dead_letters(cloud)
    send(cloud, url)
    (message,) = receive(cloud, url)
    delete(cloud, url, message)
    fail(cloud, url, 3)
    assert receive(cloud, dead) == []


def test_a_poison_message_does_not_stand_in_the_way_of_others(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url, dead = with_dead_letters(cloud)
    send(cloud, url, "poison")
    fail(cloud, url, 1)
    send(cloud, url, "good")
    assert bodies(cloud, url) == ["good"]
    assert bodies(cloud, dead) == ["poison"]


def test_a_standard_dead_letter_expires_by_the_time_it_was_first_sent(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html"""
    url, dead = with_dead_letters(cloud)
    set_attributes(cloud, dead, MessageRetentionPeriod=600)
    send(cloud, url)
    fail(cloud, url, 1)
    cloud.advance(500)
    assert receive(cloud, url) == []
    assert counts(cloud, dead) == (1, 0, 0)
    cloud.advance(120)
    assert counts(cloud, dead) == (0, 0, 0)


def test_a_fifo_dead_letter_expires_by_the_time_it_moved(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html"""
    url, dead = with_dead_letters(cloud, "work.fifo", ContentBasedDeduplication="true")
    set_attributes(cloud, dead, MessageRetentionPeriod=600)
    send(cloud, url, MessageGroupId="g")
    fail(cloud, url, 1)
    cloud.advance(500)
    assert receive(cloud, url) == []
    cloud.advance(500)
    assert counts(cloud, dead) == (1, 0, 0)
    cloud.advance(120)
    assert counts(cloud, dead) == (0, 0, 0)


def test_a_move_task_brings_dead_letters_back_to_where_they_came_from(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    dead = create_queue(cloud, "dead")
    policy = redrive_to(cloud, dead, 1)
    first, second = (create_queue(cloud, name, RedrivePolicy=policy) for name in ("first", "second"))
    send(cloud, first, "from first")
    send(cloud, second, "from second")
    fail(cloud, first, 2)
    fail(cloud, second, 2)
    task = move_all(cloud, dead)
    assert task["Status"] == "COMPLETED"
    assert task["ApproximateNumberOfMessagesMoved"] == task["ApproximateNumberOfMessagesToMove"] == 2
    assert "DestinationArn" not in task
    assert "TaskHandle" not in task
    assert (bodies(cloud, first), bodies(cloud, second)) == (["from first"], ["from second"])
    assert counts(cloud, dead) == (0, 0, 0)


def test_what_was_moved_counts_as_new(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html"""
    url, dead = with_dead_letters(cloud)
    sent = send(cloud, url)
    fail(cloud, url, 2)
    move_all(cloud, dead)
    (message,) = receive(cloud, url, AttributeNames=["All"])
    assert message["MessageId"] != sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_move_task_can_have_another_destination(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    url, dead = with_dead_letters(cloud)
    other = create_queue(cloud, "other")
    send(cloud, url, "poison")
    fail(cloud, url, 2)
    task = move_all(cloud, dead, DestinationArn=arn_of(cloud, other))
    assert task["DestinationArn"] == arn_of(cloud, other)
    assert bodies(cloud, other) == ["poison"]
    assert counts(cloud, url) == (0, 0, 0)


def with_ten_dead_letters(cloud):
    url, dead = with_dead_letters(cloud)
    for number in range(10):
        send(cloud, url, str(number))
    fail(cloud, url, 1)
    receive(cloud, url)
    assert counts(cloud, dead) == (10, 0, 0)
    return url, dead


def test_a_move_task_can_be_slowed_down_watched_and_cancelled(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html"""
    url, dead = with_ten_dead_letters(cloud)
    arn = arn_of(cloud, dead)
    handle = sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    cloud.advance(3.5)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
    assert task["MaxNumberOfMessagesPerSecond"] == 1
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert 0 < moved < 10
    cloud.advance(30)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert task["Status"] == "CANCELLED"
    assert counts(cloud, dead)[0] == 10 - counts(cloud, url)[0] > 0


def test_one_move_task_runs_at_a_time(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    _, dead = with_ten_dead_letters(cloud)
    arn = arn_of(cloud, dead)
    sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)
    with refused("InvalidParameterValue", "There is already a task running."):
        sqs.start_message_move_task(SourceArn=arn)


def test_a_move_task_fails_when_its_destination_is_gone(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html"""
    _, dead = with_ten_dead_letters(cloud)
    arn = arn_of(cloud, dead)
    other = create_queue(cloud, "other")
    sqs.start_message_move_task(
        SourceArn=arn, DestinationArn=arn_of(cloud, other), MaxNumberOfMessagesPerSecond=1
    )
    sqs.delete_queue(QueueUrl=other)
    cloud.advance(70)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")


def test_the_latest_move_tasks_are_listed_first_and_one_unless_more_are_asked_for(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html"""
    _, dead = with_dead_letters(cloud)
    for _ in range(3):
        move_all(cloud, dead)
    arn = arn_of(cloud, dead)
    assert len(sqs.list_message_move_tasks(SourceArn=arn)["Results"]) == 1
    started = [
        t["StartedTimestamp"] for t in sqs.list_message_move_tasks(SourceArn=arn, MaxResults=10)["Results"]
    ]
    assert len(started) == 3
    assert started == sorted(started, reverse=True)


def test_messages_are_moved_from_dead_letter_queues_only(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    with refused("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."):
        sqs.start_message_move_task(SourceArn=arn_of(cloud, create_queue(cloud)))


def test_the_queues_of_a_move_task_must_exist(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    _, dead = with_dead_letters(cloud)
    arn = arn_of(cloud, dead)
    with refused("ResourceNotFoundException", "SourceArn parameter doesn't exist"):
        sqs.start_message_move_task(SourceArn=arn + "-none")
    with refused("ResourceNotFoundException", "DestinationArn parameter doesn't exist"):
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=arn + "-none")


@pytest.mark.parametrize("name", ["SourceArn", "DestinationArn"])
def test_a_move_task_takes_arns_only(cloud, sqs, name):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    _, dead = with_dead_letters(cloud)
    arns = {"SourceArn": arn_of(cloud, dead)} | {name: dead}
    with refused(
        "InvalidParameterValue", f"You must use this format to specify the {name}: arn:<partition>:"
    ):
        sqs.start_message_move_task(**arns)


def test_only_a_running_task_can_be_cancelled(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html"""
    _, dead = with_dead_letters(cloud)
    arn = arn_of(cloud, dead)
    handle = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
    cloud.advance(5)
    with refused("ResourceNotFoundException", "Task does not exist."):
        sqs.cancel_message_move_task(TaskHandle=handle)
    with refused("InvalidParameterValue", "TaskHandle is invalid"):
        sqs.cancel_message_move_task(TaskHandle="nonsense")


def test_a_policy_may_give_its_numbers_as_text(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    url, dead = with_dead_letters(cloud)
    policy = redrive_to(cloud, dead, 1) | {"maxReceiveCount": "2"}
    set_attributes(cloud, url, RedrivePolicy=json.dumps(policy))
    send(cloud, url)
    fail(cloud, url, 2)
    assert counts(cloud, url)[0] == 1
    fail(cloud, url, 1)
    assert counts(cloud, dead)[0] == 1
