"""A queue's own way to its dead-letter queue is a delivery like any other."""

from __future__ import annotations

import json

import pytest

from harness import Simulator, Unsupported, faults


@pytest.fixture
def cloud():
    with Simulator(seed=1) as cloud:
        yield cloud


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def queues(sqs, suffix="", receives=1, visibility="0"):
    """A queue and its dead-letter queue, by their URLs."""
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if suffix else {}
    dead = sqs.create_queue(QueueName=f"Dead{suffix}", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
    settings = {"RedrivePolicy": redrive, "VisibilityTimeout": visibility, **fifo}
    return sqs.create_queue(QueueName=f"Work{suffix}", Attributes=settings)["QueueUrl"], dead


def bodies(sqs, url):
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def fail(sqs, url, *texts, **more):
    """Send these, receive them, and ask once more, which is once too often."""
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text, **more)
    assert bodies(sqs, url) == list(texts)
    assert bodies(sqs, url) == []


def test_it_is_recorded_as_a_hop_that_takes_no_time(cloud, sqs):
    work, dead = queues(sqs)
    fail(sqs, work, "hello")
    [hop], [arrived], [laid] = (cloud.history().of(kind) for kind in ("hop", "arrived", "dead-lettered"))
    assert (hop.subject, hop.actor, hop.messages) == ("Work → Dead", "sqs", arrived.messages)
    assert (arrived.cause, arrived.at, laid.at, laid.data["ids"]) == (
        hop.seq,
        hop.at,
        hop.at,
        [*arrived.messages],
    )
    assert bodies(sqs, dead) == ["hello"]


def test_a_message_keeps_what_it_is(cloud, sqs):
    work, dead = queues(sqs)
    attributes = {"kind": {"DataType": "Binary", "BinaryValue": b"\x00"}}
    fail(sqs, work, "hello", MessageAttributes=attributes)
    [message] = sqs.receive_message(
        QueueUrl=dead, AttributeNames=["All"], MessageAttributeNames=["All"], VisibilityTimeout=0
    )["Messages"]
    sent = cloud.history().of("accepted")[0]
    assert message["MessageId"] == sent.messages[0]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert message["Attributes"]["DeadLetterQueueSourceArn"].endswith(":Work")
    assert int(message["Attributes"]["SentTimestamp"]) < 1767225601000


def test_it_can_be_delayed(cloud, sqs):
    work, dead = queues(sqs)
    cloud.inject(faults.delay_hop("Work", "Dead", seconds=60))
    fail(sqs, work, "hello")
    assert bodies(sqs, dead) == []
    assert cloud.settle()
    assert cloud.elapsed > 60
    assert bodies(sqs, dead) == ["hello"]
    assert cloud.active_plan.fired(0) == 1


def test_dead_letters_can_overtake_each_other(cloud, sqs):
    work, _ = queues(sqs)
    cloud.inject(faults.reorder("Work", "Dead"))
    texts = [str(number) for number in range(6)]
    for text in texts:
        fail(sqs, work, text)
    cloud.settle()
    arrived = [event.messages[0] for event in cloud.history().of("arrived")]
    sent = [event.messages[0] for event in cloud.history().of("accepted")]
    assert sorted(arrived) == sorted(sent)
    assert arrived != sent
    assert cloud.active_plan.fired(0) > 0


def test_during_an_outage_of_the_dead_letter_queue_it_stays_and_is_tried_again(cloud, sqs):
    work, dead = queues(sqs, visibility="30")
    sqs.send_message(QueueUrl=work, MessageBody="hello")
    cloud.inject(faults.outage("sqs", "Dead", for_seconds=60))
    for _ in range(3):
        bodies(sqs, work)
        cloud.advance(31)
    assert [event.data["error"] for event in cloud.history().of("hop-failed")] == ["ServiceUnavailable"]
    assert bodies(sqs, work) == []
    assert bodies(sqs, dead) == ["hello"]


def test_what_stays_keeps_its_place_in_its_group(cloud, sqs):
    work, dead = queues(sqs, suffix=".fifo", visibility="0")
    cloud.inject(faults.outage("sqs", "Dead.fifo", for_seconds=10))
    for text in ("first", "second"):
        sqs.send_message(QueueUrl=work, MessageBody=text, MessageGroupId="g")
    sqs.receive_message(QueueUrl=work, MaxNumberOfMessages=1)
    assert bodies(sqs, work) == ["second"]
    cloud.advance(10)
    assert bodies(sqs, work) == []
    assert bodies(sqs, dead) == ["first", "second"]


def test_what_comes_back_to_a_queue_that_is_gone_is_gone_with_it(cloud, sqs):
    work, _ = queues(sqs)
    cloud.inject(faults.delay_hop("Work", "Dead", seconds=60))
    cloud.inject(faults.outage("sqs", "Dead", for_seconds=120))
    fail(sqs, work, "hello")
    sqs.delete_queue(QueueUrl=work)
    cloud.settle()
    [removed] = cloud.history().of("removed")
    assert (removed.subject, removed.messages) == ("Work", cloud.history().of("accepted")[0].messages)


@pytest.mark.parametrize("fault", [faults.refuse_hop, faults.redeliver, faults.ack_lost])
def test_it_is_neither_refused_nor_made_twice(cloud, sqs, fault):
    queues(sqs)
    with pytest.raises(
        Unsupported, match=r"moves messages there, each once.*delay_hop and reorder hold them up"
    ):
        cloud.inject(fault("Work", "Dead"))
