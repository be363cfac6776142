"""What calls say about messages: the gateway records what the simulator's services record."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import harness
from tests.unit.gateway.fakes import ONE_TRY, answering

SEEN = ("accepted", "received", "deleted", "purged")
TWO = [{"Id": "0", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b"}]


def sends(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message_batch(QueueUrl=url, Entries=TWO)


def sends_to_fifo(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for body, dedup in (("x", "1"), ("z", "2")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=dedup)


def publishes(client, name):
    sns = client("sns")
    arn = sns.create_topic(Name=name)["TopicArn"]
    sns.publish(TopicArn=arn, Message="x")
    sns.publish(TargetArn=arn, Message="x", MessageGroupId="g")
    words = json.dumps({"default": "to all", "sqs": "to queues"})
    sns.publish(TopicArn=arn, Message=words, MessageStructure="json")
    entries = [{"Id": "0", "Message": "a"}, {"Id": "1", "Message": "b"}]
    sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)


def publishes_to_fifo(client, name):
    sns = client("sns")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    arn = sns.create_topic(Name=f"{name}.fifo", Attributes=attributes)["TopicArn"]
    sns.publish(TopicArn=arn, Message="x", MessageGroupId="g")
    sns.publish(TopicArn=arn, Message="y", MessageGroupId="g", MessageDeduplicationId="d")


def publishes_to_a_phone(client, name):
    client("sns").publish(PhoneNumber="+15555550100", Message="x")


def receives_and_deletes(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "40"})["QueueUrl"]
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    first = sqs.receive_message(QueueUrl=url)["Messages"]
    second = sqs.receive_message(QueueUrl=url, VisibilityTimeout=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    entries = [{"Id": "0", "ReceiptHandle": second[0]["ReceiptHandle"]}]
    sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    sqs.receive_message(QueueUrl=url)


def receives_twice(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    got = sqs.receive_message(QueueUrl=url)["Messages"]
    handle = got[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again[0]["ReceiptHandle"])


def deletes_too_late(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    got = sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"]
    time.sleep(1.1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])


def purges(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)


def deletes_a_queue_with_messages(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=url)


def fails(client, name):
    with pytest.raises(ClientError):
        client("sqs").send_message(QueueUrl=f"http://127.0.0.1:1/123456789012/{name}", MessageBody="x")


WORKS = [
    sends,
    sends_to_fifo,
    publishes,
    publishes_to_fifo,
    publishes_to_a_phone,
    receives_and_deletes,
    receives_twice,
    deletes_too_late,
    purges,
    deletes_a_queue_with_messages,
    fails,
]


def told(history, name):
    """The events without what differs from run to run: names, times; ids count in order."""
    known = {}

    def number(one):
        return known.setdefault(one, len(known))

    found = []
    for event in history.of(*SEEN):
        data = dict(event.data)
        data["counts"] = [(number(one), count) for one, count in data.get("counts", {}).items()]
        if "visible_at" in data:
            data["visible_at"] = round(data["visible_at"] - event.at)
        cause = history[event.cause]
        messages = tuple(number(one) for one in event.messages)
        subject = event.subject.replace(name, "NAME")
        found.append((event.kind, event.actor, subject, messages, data, cause.kind, cause.data["operation"]))
    return found


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_the_history_tells_what_the_simulator_tells(door, work):
    name = f"n-{uuid4()}"
    with harness.Simulator(strict_order=True) as cloud:
        work(lambda service: boto3.client(service, region_name="us-east-1", config=ONE_TRY), name)
        expected = told(cloud.history(), name)
    work(door.client, name)
    assert told(door.history(), name) == expected
    assert expected or work is fails


def test_an_event_for_a_function_is_accepted_under_its_request_id(doors, fakes):
    from aiohttp import web

    async def invoke(request):
        await request.content.read()
        return web.Response(status=202, headers={"x-amzn-RequestId": "r-1"})

    door = doors(fakes(invoke).url)
    functions = door.client("lambda")
    functions.invoke(FunctionName="F", InvocationType="Event", Payload=b'{"a": 1}')
    functions.invoke(FunctionName="F", InvocationType="RequestResponse", Payload=b"{}")
    accepted = door.of("accepted")
    assert [(e.subject, e.messages, e.data) for e in accepted] == [("F", ("r-1",), {"body": '{"a": 1}'})]


def test_a_message_that_was_deduplicated_is_accepted_once(doors, fakes):
    same = (
        b'{"MessageId": "m-1", "SequenceNumber": "1", "MD5OfMessageBody": "9dd4e461268c8034f5c8564e155c67a6"}'
    )
    door = doors(fakes(answering(same)).url)
    for _ in range(2):
        door.client("sqs").send_message(
            QueueUrl="http://x/123456789012/q.fifo",
            MessageBody="x",
            MessageGroupId="g",
            MessageDeduplicationId="d",
        )
    assert [e.data["dedup"] for e in door.of("accepted")] == ["d"]


def test_queues_go_by_their_logical_id_whatever_host_stands_in_their_url(door):
    sqs = door.client("sqs")
    name = f"q-{uuid4()}"
    sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "77"})
    door.names.add("Work", name, service="sqs")
    url = f"http://another.host:4566/123456789012/{name}"
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.receive_message(QueueUrl=url)
    received = door.of("received")[0]
    assert received.subject == "Work"
    assert round(received.data["visible_at"] - received.at) == 77


def test_calls_of_many_threads_are_recorded_once_each_in_one_order(door):
    from concurrent.futures import ThreadPoolExecutor

    sqs = door.client("sqs", config=Config(max_pool_connections=8))
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)), range(40)))
    history = door.history()
    assert [event.seq for event in history] == list(range(len(history)))
    assert sorted(e.messages[0] for e in history.of("accepted")) == sorted(s["MessageId"] for s in sent)
    assert [event.at for event in history] == sorted(event.at for event in history)
