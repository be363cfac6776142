"""The history of the same work tells the same story in the simulator and on LocalStack."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

import harness
from harness import faults
from harness.localstack.cloud import LocalStack
from harness.localstack.sharing import shared

pytestmark = pytest.mark.localstack_host

NOT_COMPARED = {"call", "answer", "state", "settled"}
"""Kinds that each cloud has as many of as its SDK and its `settle` make."""


@pytest.fixture(scope="module")
def running():
    with shared("localstack-host") as running:
        yield running


def queue(cloud, name="work", **attributes):
    return cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def arn(cloud, name):
    sqs = cloud.client("sqs")
    asked = {"QueueUrl": sqs.get_queue_url(QueueName=name)["QueueUrl"], "AttributeNames": ["QueueArn"]}
    return sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]


def receive(cloud, url, **params):
    return cloud.client("sqs").receive_message(QueueUrl=url, **params).get("Messages", [])


def sends(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud)
    blob = {"blob": {"DataType": "Binary", "BinaryValue": b"\x01\x02"}}
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=blob)
    entries = [{"Id": "0", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b", "MessageGroupId": "g"}]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)


def sends_twice_to_fifo(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud, "work.fifo", FifoQueue="true")
    for body, dedup in (("x", "1"), ("z", "2"), ("y", "1")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=dedup)


def publishes_to_nobody(cloud):
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    number = {"size": {"DataType": "Number", "StringValue": "3"}}
    sns.publish(TopicArn=topic, Message="x", MessageAttributes=number)
    sns.publish(TargetArn=topic, Message="x", MessageGroupId="g")
    words = json.dumps({"default": "to all", "sqs": "to queues"})
    sns.publish(TopicArn=topic, Message=words, MessageStructure="json")
    entries = [{"Id": "0", "Message": "a"}, {"Id": "1", "Message": "b"}]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def publishes_twice_to_fifo(cloud):
    sns = cloud.client("sns")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = sns.create_topic(Name="orders.fifo", Attributes=attributes)["TopicArn"]
    for message, more in (("x", {}), ("y", {"MessageDeduplicationId": "d"}), ("x", {})):
        sns.publish(TopicArn=topic, Message=message, MessageGroupId="g", **more)
    entries = [{"Id": one, "Message": one, "MessageGroupId": "g"} for one in ("x", "z")]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert len({one["MessageId"] for one in answer["Successful"]}) == 2


def publishes_to_a_phone(cloud):
    cloud.client("sns").publish(PhoneNumber="+15555550100", Message="x")
    cloud.settle(60)


def fans_out(cloud):
    """To a queue that wants it, to one that doesn't, and to one whose policy refuses it."""
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    for name, policy in (("billing", "open"), ("filtered", "open"), ("shut", "")):
        url = queue(cloud, name)
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": arn(cloud, name),
        }
        if policy:
            given = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": given})
        attributes = {"FilterPolicy": json.dumps({"kind": ["big"]})} if name == "filtered" else {}
        endpoint = arn(cloud, name)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)
    sns.publish(TopicArn=topic, Message="x")
    cloud.settle(60)


def receives_and_deletes(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud, VisibilityTimeout="40")
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    [first] = receive(cloud, url)
    [second] = receive(cloud, url, VisibilityTimeout=20)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    entries = [{"Id": "0", "ReceiptHandle": second["ReceiptHandle"]}]
    sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert receive(cloud, url) == []


def changes_visibility(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [got] = receive(cloud, url)
    for seconds in (90, 0):
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=seconds
        )
    [again] = receive(cloud, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])


def receives_without_hiding(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(receive(cloud, url, VisibilityTimeout=0)) == 1


def asks_again_for_the_same_receive(cloud):
    sqs, url = (
        cloud.client("sqs"),
        queue(cloud, "work.fifo", FifoQueue="true", ContentBasedDeduplication="true"),
    )
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    for _ in range(2):
        assert len(receive(cloud, url, ReceiveRequestAttemptId="once")) == 1


def deletes_late(cloud):
    """One that is visible again, and one that another has received since."""
    sqs, url = cloud.client("sqs"), queue(cloud)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [old] = receive(cloud, url, VisibilityTimeout=10)
    cloud.advance(20)
    [new] = receive(cloud, url, VisibilityTimeout=10)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    cloud.advance(20)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=new["ReceiptHandle"])


def purges(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)


def deletes_a_queue_with_messages(cloud):
    sqs, url = cloud.client("sqs"), queue(cloud)
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert len(receive(cloud, url)) == 1
    sqs.delete_queue(QueueUrl=url)


def keeps_no_longer_than_the_queue(cloud):
    cloud.client("sqs").send_message(QueueUrl=queue(cloud, MessageRetentionPeriod="60"), MessageBody="x")
    cloud.advance(90)


def dead_letters_and_moves_back(cloud):
    sqs = cloud.client("sqs")
    dead = queue(cloud, "dead")
    policy = {"deadLetterTargetArn": arn(cloud, "dead"), "maxReceiveCount": 1}
    url = queue(cloud, RedrivePolicy=json.dumps(policy))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(receive(cloud, url, VisibilityTimeout=10)) == 1
    cloud.advance(20)
    assert receive(cloud, url) == []
    assert len(receive(cloud, dead, VisibilityTimeout=0)) == 1
    sqs.start_message_move_task(SourceArn=arn(cloud, "dead"))
    cloud.settle(60)
    assert len(receive(cloud, url)) == 1


def an_outage_is_over_when_nothing_moves(cloud):
    cloud.client("sqs").send_message(QueueUrl=queue(cloud), MessageBody="x")
    cloud.inject(faults.outage("sns", for_seconds=90))
    assert cloud.settle(3600)
    assert cloud.elapsed >= 90


HANDLERS = """
import boto3, os

def answers(event, context): return "done"

def fails(event, context): raise ValueError("no")

def reports_failures(event, context):
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}

def deletes_it_itself(event, context):
    sqs = boto3.client("sqs")
    for record in event["Records"]:
        sqs.delete_message(QueueUrl=os.environ["QUEUE"], ReceiptHandle=record["receiptHandle"])
"""


def function(cloud, handler, **settings):
    """A function, once it is active."""
    functions, folder = cloud.client("lambda"), Path(tempfile.mkdtemp())
    (folder / "app.py").write_text(HANDLERS)
    made = functions.create_function(
        FunctionName="billing",
        Runtime="python3.13",
        Handler=f"app.{handler}",
        Role=f"arn:aws:iam::{cloud.account}:role/r",
        Code=cloud.code(folder),
        Timeout=10,
        **settings,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="billing")
    return made["FunctionArn"]


def mapped(cloud, url, **settings):
    cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=arn(cloud, "work"), FunctionName="billing", **settings
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert cloud.settle(3600)


def a_mapping_drops_what_filters_leave_out(cloud):
    url = queue(cloud)
    function(cloud, "fails")
    mapped(cloud, url, FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": ["y"]})}]})


def a_mapping_does_not_read_failures(cloud):
    url = queue(cloud)
    function(cloud, "reports_failures")
    mapped(cloud, url)


def a_mapping_reads_failures_until_they_are_dead_letters(cloud):
    queue(cloud, "dead")
    policy = {"deadLetterTargetArn": arn(cloud, "dead"), "maxReceiveCount": 2}
    url = queue(cloud, RedrivePolicy=json.dumps(policy))
    function(cloud, "reports_failures")
    mapped(cloud, url, FunctionResponseTypes=["ReportBatchItemFailures"])


def a_function_deletes_what_it_was_handed(cloud):
    url = queue(cloud)
    function(cloud, "deletes_it_itself", Environment={"Variables": {"QUEUE": url}})
    mapped(cloud, url)


def an_event_fails_and_goes_to_a_topic(cloud):
    topic = cloud.client("sns").create_topic(Name="failed")["TopicArn"]
    function(cloud, "fails", DeadLetterConfig={"TargetArn": topic})
    cloud.client("lambda").invoke(FunctionName="billing", InvocationType="Event", Payload=b'{"a": 1}')
    assert cloud.settle(3600)


def a_record_of_success_finds_no_queue(cloud):
    url, functions = queue(cloud, "done"), cloud.client("lambda")
    destination = {"OnSuccess": {"Destination": arn(cloud, "done")}}
    function(cloud, "answers")
    functions.put_function_event_invoke_config(FunctionName="billing", DestinationConfig=destination)
    cloud.client("sqs").delete_queue(QueueUrl=url)
    functions.invoke(FunctionName="billing", InvocationType="Event", Payload=b'{"a": 1}')
    assert cloud.settle(3600)


def a_topic_invokes_a_function_that_is_called_too(cloud):
    target = function(cloud, "fails")
    functions, sns = cloud.client("lambda"), cloud.client("sns")
    functions.put_function_event_invoke_config(FunctionName="billing", MaximumRetryAttempts=0)
    topic = sns.create_topic(Name="orders")["TopicArn"]
    functions.add_permission(
        FunctionName="billing",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
    )
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=target)
    sns.publish(TopicArn=topic, Message="x")
    assert cloud.settle(3600)
    functions.invoke(FunctionName="billing", Payload=b'{"a": 1}')


WORKS = [
    sends,
    sends_twice_to_fifo,
    publishes_to_nobody,
    publishes_twice_to_fifo,
    publishes_to_a_phone,
    fans_out,
    receives_and_deletes,
    changes_visibility,
    receives_without_hiding,
    asks_again_for_the_same_receive,
    deletes_late,
    purges,
    deletes_a_queue_with_messages,
    keeps_no_longer_than_the_queue,
    dead_letters_and_moves_back,
    an_outage_is_over_when_nothing_moves,
    a_mapping_drops_what_filters_leave_out,
    a_mapping_does_not_read_failures,
    a_mapping_reads_failures_until_they_are_dead_letters,
    a_function_deletes_what_it_was_handed,
    an_event_fails_and_goes_to_a_topic,
    a_record_of_success_finds_no_queue,
    a_topic_invokes_a_function_that_is_called_too,
]


def told(history):
    """The events without what differs from run to run: ids count in order, moments are roughly when."""
    known, found = {}, []

    def number(one):
        return known.setdefault(one, len(known))

    for event in history:
        if event.kind in NOT_COMPARED:
            continue
        messages = tuple(number(one) for one in event.messages)
        data = dict(event.data)
        for name in ("ids", "parents"):
            if name in data:
                data[name] = [number(one) for one in data[name]]
        if "counts" in data:
            data["counts"] = {number(one): count for one, count in data["counts"].items()}
        for name in ("failed", "unread"):
            if name in data:
                data[name] = sorted(number(one) for one in data[name])
        if request := data.get("attributes", {}).get("RequestID"):
            data["attributes"] |= {"RequestID": number(request["StringValue"])}
        data.pop("request_id", None)
        data.pop("cold", None)
        if "visible_at" in data:
            data["visible_at"] = round((data["visible_at"] - event.at) / 10)
        cause = None if event.cause is None else history[event.cause]
        why = None if cause is None else (cause.kind, cause.data.get("operation"))
        found.append((event.kind, event.actor, event.subject, messages, data, why))
    return found


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_the_history_tells_what_the_simulator_tells(running, work):
    with harness.Simulator(strict_order=True) as cloud:
        work(cloud)
        expected = told(cloud.history())
    with LocalStack(kind="localstack-host", running=running) as cloud:
        work(cloud)
        found = told(cloud.history())
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert expected
