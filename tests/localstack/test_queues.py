"""Queues inside LocalStack: the account's clock, and what they do by themselves."""

from __future__ import annotations

import itertools
import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.localstack_host


@pytest.fixture
def sqs(account):
    return account.client("sqs")


def queue_with_dead_letters(account, sqs, receives, **attributes):
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": account.arn("sqs", "dead"), "maxReceiveCount": receives}
    given = {"RedrivePolicy": json.dumps(policy), **attributes}
    return sqs.create_queue(QueueName="work", Attributes=given)["QueueUrl"]


def received(sqs, url, **params):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **params).get("Messages", [])


def only_queue(account):
    [queue] = account.control.state()["queues"]
    return queue


def test_a_skip_makes_hidden_messages_visible_at_once(account, gateway, sqs):
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="now")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=300)
    [message] = received(sqs, url)
    queue = only_queue(account)
    assert [one["id"] for one in queue["in_flight"]] == [message["MessageId"]]
    assert len(queue["delayed"]) == 1
    assert queue["visible"] == 0
    state = account.control.state()
    due = queue["in_flight"][0]["due"] - state["now"]
    assert 595 < due <= 600
    account.control.skip(600)
    assert only_queue(account)["visible"] == 2
    [timer] = gateway.events("timer")
    assert (timer["place"], timer["messages"]) == (account.arn("sqs", "work"), [message["MessageId"]])
    assert timer["what"] == "visible again"
    assert {one["Body"] for one in received(sqs, url)} == {"now", "later"}


def test_a_message_that_was_received_too_often_is_dead_lettered_and_told(account, gateway, sqs):
    url = queue_with_dead_letters(account, sqs, receives=2, VisibilityTimeout="30")
    sent = sqs.send_message(QueueUrl=url, MessageBody="bad")["MessageId"]
    for _ in range(2):
        assert len(received(sqs, url)) == 1
        account.control.skip(30)
    assert received(sqs, url) == []
    [told] = gateway.events("dead-lettered")
    assert told["messages"] == told["ids"] == [sent]
    assert told["reason"] == "received 2 times"
    [message] = account.control.messages(account.arn("sqs", "dead"))
    assert message["MessageId"] == sent


def test_without_its_dead_letter_queue_a_message_stays(account, gateway, sqs):
    url = queue_with_dead_letters(account, sqs, receives=1, VisibilityTimeout="30")
    sqs.delete_queue(QueueUrl=url.replace("work", "dead"))
    sqs.send_message(QueueUrl=url, MessageBody="bad")
    for _ in range(3):
        assert len(received(sqs, url)) == 1
        account.control.skip(30)


def test_messages_expire_also_in_flight(account, gateway, sqs):
    attributes = {"MessageRetentionPeriod": "60", "VisibilityTimeout": "600"}
    url = sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
    sent = [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in "ab"]
    sqs.receive_message(QueueUrl=url)
    account.control.skip(61)
    told = gateway.events("expired")
    assert sorted(one["message"] for one in told) == sorted(sent)
    assert account.control.messages(account.arn("sqs", "work")) == []


def test_moved_messages_count_as_new_and_are_told(account, gateway, sqs):
    url = queue_with_dead_letters(account, sqs, receives=1, VisibilityTimeout="30")
    sent = sqs.send_message(QueueUrl=url, MessageBody="bad")["MessageId"]
    received(sqs, url)
    account.control.skip(30)
    received(sqs, url)
    sqs.start_message_move_task(SourceArn=account.arn("sqs", "dead"))
    [told] = gateway.await_(lambda: gateway.events("moved"))
    gateway.await_(lambda: not account.control.state()["moves"])
    [message] = received(sqs, url, AttributeNames=["All"])
    assert told["messages"] == [sent]
    assert (told["to"], told["ids"]) == (account.arn("sqs", "work"), [message["MessageId"]])
    assert message["MessageId"] != sent
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    [task] = sqs.list_message_move_tasks(SourceArn=account.arn("sqs", "dead"))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def dead_letters(account, sqs, *bodies):
    """A dead-letter queue with these messages in it: the URL of the queue that they come from."""
    url = queue_with_dead_letters(account, sqs, receives=1, VisibilityTimeout="30")
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
        received(sqs, url)
    account.control.skip(30)
    assert received(sqs, url) == []
    assert len(account.control.messages(account.arn("sqs", "dead"))) == len(bodies)
    return url


def test_a_moved_message_is_a_delivery_and_stays_as_long_as_it_is_refused(account, gateway, sqs):
    url = dead_letters(account, sqs, "bad")
    refusal = {"code": "ServiceUnavailable", "message": "", "retryable": True}
    before = len(gateway.of("hop"))
    gateway.answers["hop"] = lambda told: {
        "refuse": refusal if len(gateway.of("hop")) == before + 1 else None
    }
    sqs.start_message_move_task(SourceArn=account.arn("sqs", "dead"))
    gateway.await_(lambda: account.control.state()["timers"])
    assert len(account.control.messages(account.arn("sqs", "dead"))) == 1
    account.control.skip(1)
    [moved] = gateway.await_(lambda: gateway.events("moved"))
    hop = gateway.of("hop")[-1]
    assert (hop["source"], hop["target"]) == (account.arn("sqs", "dead"), account.arn("sqs", "work"))
    assert hop["messages"] == moved["messages"]
    assert [message["Body"] for message in received(sqs, url)] == ["bad"]
    gateway.await_(lambda: not account.control.state()["moves"])
    [task] = sqs.list_message_move_tasks(SourceArn=account.arn("sqs", "dead"))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def test_a_move_that_is_held_up_holds_up_no_other_and_its_task_ends_with_it(account, gateway, sqs):
    url, go_on, moves = dead_letters(account, sqs, "a", "b"), threading.Event(), itertools.count()
    gateway.answers["hop"] = lambda told: {"copies": [] if next(moves) or go_on.wait(10) else None}
    sqs.start_message_move_task(SourceArn=account.arn("sqs", "dead"))
    gateway.await_(lambda: len(gateway.events("moved")) == 1)
    assert [message["Body"] for message in received(sqs, url)] == ["b"]

    def task():
        [found] = sqs.list_message_move_tasks(SourceArn=account.arn("sqs", "dead"))["Results"]
        return found["Status"], found["ApproximateNumberOfMessagesMoved"]

    assert task() == ("RUNNING", 1)
    go_on.set()
    gateway.await_(lambda: task() == ("COMPLETED", 2))
    assert [message["Body"] for message in received(sqs, url)] == ["a"]


def test_a_move_takes_its_time_on_the_accounts_clock(account, gateway, sqs):
    queue_with_dead_letters(account, sqs, receives=1)
    dead = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    for body in "abc":
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    work = account.arn("sqs", "work")
    sqs.start_message_move_task(
        SourceArn=account.arn("sqs", "dead"), DestinationArn=work, MaxNumberOfMessagesPerSecond=1
    )
    for moved in range(1, 4):
        gateway.await_(lambda: account.control.state()["timers"])
        account.control.skip(1)
        gateway.await_(lambda moved=moved: len(gateway.events("moved")) >= moved)
    gateway.await_(lambda: len(account.control.messages(work)) == 3)


def fifo(sqs, **attributes):
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    return sqs.create_queue(QueueName="work.fifo", Attributes=given)["QueueUrl"]


def test_a_fifo_queue_forgets_duplicates_after_five_minutes(account, gateway, sqs):
    url = fifo(sqs)
    first = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")["MessageId"]
    assert sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")["MessageId"] == first
    account.control.skip(301)
    assert sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")["MessageId"] != first


def test_a_group_whose_message_is_in_flight_counts_as_hidden(account, gateway, sqs):
    url = fifo(sqs, VisibilityTimeout="60")
    for body in ("a-1", "a-2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    sqs.receive_message(QueueUrl=url)
    queue = only_queue(account)
    assert (queue["visible"], len(queue["in_flight"])) == (0, 1)


def test_groups_become_visible_each_in_its_time(account, gateway, sqs):
    url = fifo(sqs, VisibilityTimeout="600")
    for group in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group)
    first, second = received(sqs, url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=10)
    account.control.skip(10)
    assert [one["Body"] for one in received(sqs, url)] == [second["Body"]]
    assert first["Body"] != second["Body"]


def test_an_old_receipt_handle_deletes_nothing(account, gateway, sqs):
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [old] = received(sqs, url)
    account.control.skip(30)
    [new] = received(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    assert len(account.control.messages(account.arn("sqs", "work"))) == 1
    sqs.delete_message(QueueUrl=url, ReceiptHandle=new["ReceiptHandle"])
    assert account.control.messages(account.arn("sqs", "work")) == []


def test_an_account_that_ended_is_empty_and_can_begin_anew(account, gateway, sqs):
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    account.control.skip(1000)
    account.control.end()
    with pytest.raises(ClientError, match="NonExistentQueue"):
        sqs.get_queue_url(QueueName="work")
    account.control.begin(gateway.url, "secret")
    state = account.control.state()
    assert state["queues"] == []
    assert abs(state["now"] - time.time()) < 60


def test_the_way_to_the_dead_letter_queue_is_a_hop(account, gateway, sqs):
    url = queue_with_dead_letters(account, sqs, receives=1, VisibilityTimeout="30")
    gateway.answers["hop"] = lambda told: {"parcel": {**told["parcel"], "body": "poison"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="bad")["MessageId"]
    [old] = received(sqs, url)
    account.control.skip(30)
    assert received(sqs, url) == []
    [hop], [arrived] = gateway.of("hop"), gateway.of("arrived")
    assert (hop["source"], hop["target"]) == (account.arn("sqs", "work"), account.arn("sqs", "dead"))
    assert (hop["messages"], arrived["ids"], hop["actor"]) == ([sent], [sent], "sqs")
    [message] = account.control.messages(account.arn("sqs", "dead"))
    assert message["Body"] == "poison"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    assert gateway.events("deleted") == gateway.events("kept") == []


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_during_an_outage_of_the_dead_letter_queue_a_message_stays_and_is_moved_later(
    account, gateway, sqs, kind
):
    suffix, group = (".fifo", {"MessageGroupId": "g"}) if kind == "fifo" else ("", {})
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if suffix else {}
    sqs.create_queue(QueueName=f"dead{suffix}", Attributes=given)
    policy = {"deadLetterTargetArn": account.arn("sqs", f"dead{suffix}"), "maxReceiveCount": 1}
    given |= {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "30"}
    url = sqs.create_queue(QueueName=f"work{suffix}", Attributes=given)["QueueUrl"]
    refusal = {"code": "ServiceUnavailable", "message": "", "retryable": True}
    gateway.answers["hop"] = lambda told: {"refuse": refusal if len(gateway.of("hop")) == 1 else None}
    sqs.send_message(QueueUrl=url, MessageBody="bad", **group)
    assert len(received(sqs, url)) == 1
    for left in (1, 0):
        account.control.skip(30)
        assert received(sqs, url) == []
        assert len(account.control.messages(account.arn("sqs", f"work{suffix}"))) == left
    assert len(account.control.messages(account.arn("sqs", f"dead{suffix}"))) == 1
    assert len(gateway.events("dead-lettered")) == len(gateway.of("hop-failed")) == 1


def test_a_fault_that_holds_up_a_dead_letter_holds_up_no_receive(account, gateway, sqs):
    go_on = threading.Event()
    gateway.answers["hop"] = lambda told: {"copies": [] if go_on.wait(10) else None}
    url = queue_with_dead_letters(account, sqs, receives=1, VisibilityTimeout="30")
    sqs.send_message(QueueUrl=url, MessageBody="bad")
    received(sqs, url)
    account.control.skip(30)
    assert received(sqs, url) == []
    assert account.control.messages(account.arn("sqs", "dead")) == []
    go_on.set()
    gateway.await_(lambda: gateway.events("dead-lettered"))
    assert len(account.control.messages(account.arn("sqs", "dead"))) == 1
