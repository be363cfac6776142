"""A move task's messages are deliveries like any other: StartMessageMoveTask brings dead letters back."""

from __future__ import annotations

import json

import pytest

from harness import Simulator, Unsupported, faults
from harness.history.copies import Fate
from harness.history.ledger import Ledger


@pytest.fixture
def cloud():
    with Simulator(seed=1) as cloud:
        yield cloud


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture
def queues(sqs):
    """A queue with one dead letter behind it: the URL of each."""
    dead = sqs.create_queue(QueueName="Dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    settings = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
    work = sqs.create_queue(QueueName="Work", Attributes=settings)["QueueUrl"]
    sqs.send_message(QueueUrl=work, MessageBody="hello")
    for _ in range(2):
        sqs.receive_message(QueueUrl=work)
    return work, dead


def start(sqs, dead, **settings):
    sqs.start_message_move_task(SourceArn=arn_of(sqs, dead), **settings)


def bodies(sqs, url):
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def status(sqs, dead):
    [task] = sqs.list_message_move_tasks(SourceArn=arn_of(sqs, dead))["Results"]
    return task["Status"], task["ApproximateNumberOfMessagesMoved"]


def test_it_is_recorded_as_a_hop(cloud, sqs, queues):
    start(sqs, queues[1])
    cloud.settle()
    hop, arrived, moved = (cloud.history().of(kind)[-1] for kind in ("hop", "arrived", "moved"))
    assert (hop.subject, hop.actor, arrived.cause, moved.at) == ("Dead → Work", "sqs", hop.seq, arrived.at)
    assert moved.data["ids"] == [*arrived.messages]


def test_it_is_the_same_message_in_the_ledger_and_no_dead_letter_any_more(cloud, sqs, queues):
    work, dead = queues
    start(sqs, dead)
    cloud.settle()
    [path] = Ledger(cloud.history()).paths()
    assert (path.place, path.fate) == ("Work", Fate.WAITING)
    assert Ledger(cloud.history()).dead_letters() == []
    [message] = sqs.receive_message(QueueUrl=work)["Messages"]
    sqs.delete_message(QueueUrl=work, ReceiptHandle=message["ReceiptHandle"])
    [path] = Ledger(cloud.history()).paths()
    assert (path.place, path.fate) == ("Work", Fate.APPLIED)


def test_it_can_be_delayed_and_the_task_ends_when_it_has_arrived(cloud, sqs, queues):
    work, dead = queues
    cloud.inject(faults.delay_hop("Dead", "Work", seconds=60))
    start(sqs, dead)
    cloud.advance(50)
    assert (bodies(sqs, work), status(sqs, dead)) == ([], ("RUNNING", 0))
    cloud.settle()
    assert (bodies(sqs, work), status(sqs, dead)) == (["hello"], ("COMPLETED", 1))


def test_during_an_outage_of_its_target_it_stays_and_is_tried_again(cloud, sqs, queues):
    work, dead = queues
    cloud.inject(faults.outage("sqs", "Work", for_seconds=60))
    start(sqs, dead)
    cloud.advance(50)
    assert status(sqs, dead) == ("RUNNING", 0)
    cloud.settle()
    assert (bodies(sqs, work), status(sqs, dead)) == (["hello"], ("COMPLETED", 1))
    [path] = Ledger(cloud.history()).paths()
    assert path.fate is Fate.WAITING


def test_it_stays_when_its_target_is_gone(cloud, sqs, queues):
    work, dead = queues
    start(sqs, dead, MaxNumberOfMessagesPerSecond=1)
    sqs.delete_queue(QueueUrl=work)
    cloud.settle()
    assert status(sqs, dead) == ("FAILED", 0)
    assert [copy.place for copy in Ledger(cloud.history()).dead_letters()] == ["Dead"]


@pytest.mark.parametrize("fault", [faults.refuse_hop, faults.redeliver, faults.ack_lost])
def test_it_is_neither_refused_nor_made_twice(cloud, queues, fault):
    with pytest.raises(Unsupported, match="moves messages there, each once"):
        cloud.inject(fault("Dead", "Work"))
