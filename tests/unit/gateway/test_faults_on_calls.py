"""Every fault on a call: a client sees the same through the gateway as in the simulator."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

import harness
from harness import faults
from tests.unit.gateway.fakes import ONE_TRY

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ENTRIES = [{"Id": n, "MessageBody": n} for n in "abc"]
PUBLISHED = [{"Id": n, "Message": n} for n in "abc"]


def queue(client, call):
    url = client("sqs").create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    return lambda sqs: call(sqs, url)


def topic(client, call):
    arn = client("sns").create_topic(Name=f"t-{uuid4()}")["TopicArn"]
    return lambda sns: call(sns, arn)


def table(client, call):
    name = f"t-{uuid4()}"
    client("dynamodb").create_table(TableName=name, **TABLE)
    return lambda dynamodb: call(dynamodb, name)


def bucket(client, call):
    name = f"b-{uuid4()}"
    client("s3").create_bucket(Bucket=name)
    return lambda s3: call(s3, name)


def items(*ids):
    return [{"PutRequest": {"Item": {"id": {"S": one}}}} for one in ids]


CALLS = {
    "sqs:SendMessage": (queue, lambda c, at: c.send_message(QueueUrl=at, MessageBody="x")),
    "sqs:SendMessageBatch": (queue, lambda c, at: c.send_message_batch(QueueUrl=at, Entries=ENTRIES)),
    "sns:Publish": (topic, lambda c, at: c.publish(TopicArn=at, Message="x")),
    "sns:PublishBatch": (
        topic,
        lambda c, at: c.publish_batch(TopicArn=at, PublishBatchRequestEntries=PUBLISHED),
    ),
    "dynamodb:PutItem": (table, lambda c, at: c.put_item(TableName=at, Item={"id": {"S": "a"}})),
    "dynamodb:BatchWriteItem": (
        table,
        lambda c, at: c.batch_write_item(RequestItems={at: items("a", "b")}),
    ),
    "s3:PutObject": (bucket, lambda c, at: c.put_object(Bucket=at, Key="k", Body=b"x")),
    "s3:GetObject": (bucket, lambda c, at: c.get_object(Bucket=at, Key="none")),
}

ON_ONE = [
    "sqs:SendMessage",
    "sns:Publish",
    "dynamodb:PutItem",
    "s3:PutObject",
    "s3:GetObject",
]
CASES = [
    *((op, make) for op in ON_ONE for make in (faults.throttle, faults.server_error, faults.access_denied)),
    *((op, make) for op in ON_ONE for make in (faults.request_lost, faults.answer_lost)),
    *((op, lambda op: faults.outage(op.partition(":")[0])) for op in ON_ONE),
    ("sqs:SendMessageBatch", lambda op: faults.partial_answer(op, entries=(1,))),
    ("sqs:SendMessageBatch", lambda op: faults.partial_answer(op, entries=(0, 1, 2))),
    ("sns:PublishBatch", lambda op: faults.partial_answer(op, entries=(0, 2))),
    ("sns:PublishBatch", lambda op: faults.partial_answer(op, entries=(0, 1, 2))),
    ("dynamodb:PutItem", faults.conflict),
    ("dynamodb:BatchWriteItem", lambda op: faults.partial_answer(op, entries=(1,))),
    ("dynamodb:BatchWriteItem", lambda op: faults.partial_answer(op, entries=(0, 1))),
    *((op, lambda op: faults.slow(op, 0.01)) for op in ON_ONE),
    *((op, lambda op: faults.throttle("kms:Encrypt")) for op in CALLS),
]


def seen(call, client):
    """What a client sees of a call: an error's kind, code, words and status, or the result."""
    try:
        return told(call(client))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = "" if code == "NoSuchKey" else error.response["Error"]["Message"]
        return type(error).__name__, code, message, status
    except HTTPClientError as error:
        return type(error).__name__


def told(result):
    """A result without what differs from run to run, and what moto's server doesn't tell."""
    left_out = {"ResponseMetadata", "MessageId", "ETag", "ChecksumType", "ServerSideEncryption"}
    kept = {k: v for k, v in result.items() if k not in left_out}
    for batch in ("Successful", "Failed"):
        kept[batch] = sorted((e["Id"], e.get("Code"), e.get("Message")) for e in kept.get(batch, ()))
    kept.pop("ConsumedCapacity", None)
    return {k: unnamed(v) for k, v in kept.items() if v or k == "Failed"}


def unnamed(value):
    """Without the names of tables, which are new each time."""
    return list(value.values()) if isinstance(value, dict) else value


def events(history, operation):
    """What the history holds of the call, without what differs from run to run."""
    of_call = [e for e in history if e.subject.startswith(f"{operation} ")]
    return [
        (e.kind, e.actor, {k: v for k, v in e.data.items() if k not in ("params", "resource")})
        for e in of_call
    ]


def through(cloud_client, inject, history, operation, fault):
    make, call = CALLS[operation]
    bound = make(lambda service: cloud_client(service, config=ONE_TRY), call)
    inject(fault(operation))
    return seen(bound, cloud_client(operation.partition(":")[0], config=ONE_TRY)), events(
        history(), operation
    )


def in_simulator(operation, fault):
    import boto3

    with harness.Simulator() as cloud:

        def client(service, **how):
            return boto3.client(service, region_name="us-east-1", **how)

        return through(client, cloud.inject, cloud.history, operation, fault)


@pytest.mark.parametrize(("operation", "fault"), CASES)
def test_a_client_sees_the_same_and_the_history_tells_the_same(door, operation, fault):
    expected = in_simulator(operation, fault)
    assert through(door.client, door.inject, door.history, operation, fault) == expected


def test_a_lost_request_changes_nothing_and_the_sdk_tries_again(door):
    sqs = door.client("sqs", config=Config(retries={"total_max_attempts": 3}))
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    door.inject(faults.request_lost("sqs:SendMessage"))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [call.data["attempt"] for call in door.of("call")][1:] == [1, 2]
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1


def test_a_lost_answer_was_applied(door):
    sqs = door.client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    door.inject(faults.answer_lost("sqs:SendMessage"))
    with pytest.raises(HTTPClientError):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_delay_passes_on_the_clock_of_the_run(door):
    sqs = door.client("sqs", token=None)
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    door.inject(faults.slow("sqs:SendMessage", 3600))
    import threading

    sent = threading.Thread(target=lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))
    sent.start()
    while not (held := [due for _, due in door.gateway.busy() if due]):
        time.sleep(0.005)
    assert 3590 < held[0] <= 3600
    assert door.clock.held()[0].what.startswith("sqs:SendMessage")
    door.clock.skip(3600)
    sent.join(60)
    assert not sent.is_alive()
    assert door.gateway.busy() == []
    assert door.of("answer")[-1].at > 3600


def test_a_part_of_a_batch_never_reaches_the_emulator(door):
    sqs = door.client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    door.inject(faults.partial_answer("sqs:SendMessageBatch", entries=(1,)))
    sqs.send_message_batch(QueueUrl=url, Entries=ENTRIES)
    arrived = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in arrived) == ["a", "c"]
