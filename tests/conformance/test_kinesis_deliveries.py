"""Streams as targets of rules, schedules and pipes."""

from __future__ import annotations

import json

import pytest

from tests.conformance.events_helpers import open_queue, put, refusal, rule
from tests.conformance.kinesis_helpers import NAME, iterator, open_stream
from tests.conformance.lambda_helpers import create_queue

ROLE = "arn:aws:iam::123456789012:role/r"


def records(cloud):
    cloud.settle()
    found = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud))["Records"]
    return [(record["PartitionKey"], json.loads(record["Data"])) for record in found]


def test_a_rule_puts_events_into_a_stream_by_their_ids(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html"""
    rule(cloud, {"Arn": open_stream(cloud), "RoleArn": ROLE})
    event = put(cloud, {"order": "o-1"})
    [(key, body)] = records(cloud)
    assert (key, body["id"], body["detail"]) == (event, event, {"order": "o-1"})


def test_a_rule_may_name_the_path_of_the_partition_key(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html"""
    key = {"KinesisParameters": {"PartitionKeyPath": "$.detail.order"}, "InputPath": "$.detail"}
    rule(cloud, {"Arn": open_stream(cloud), "RoleArn": ROLE, **key})
    put(cloud, {"order": "o-1"})
    assert records(cloud) == [("o-1", {"order": "o-1"})]
    bad = [{"Id": "x", "Arn": ROLE, "KinesisParameters": {"PartitionKeyPath": "order["}}]
    assert (
        refusal(cloud.client("events"), "put_targets", Rule="rule", Targets=bad)[0] == "ValidationException"
    )


def test_a_full_shard_is_tried_again_and_a_stream_that_is_gone_is_not(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html"""
    url, queue = open_queue(cloud)
    dead = {"DeadLetterConfig": {"Arn": queue}}
    rule(cloud, {"Arn": open_stream(cloud), "RoleArn": ROLE, **dead})
    kinesis = cloud.client("kinesis")
    for _ in range(2):
        kinesis.put_records(StreamName=NAME, Records=[{"Data": b"0", "PartitionKey": "k"}] * 500)
    put(cloud)
    assert len(records(cloud)) == 1001
    kinesis.delete_stream(StreamName=NAME)
    put(cloud)
    cloud.settle()
    [letter] = cloud.client("sqs").receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )["Messages"]
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    assert "RETRY_ATTEMPTS" not in letter["MessageAttributes"]


@pytest.mark.clouds("sim", reason="LocalStack's Scheduler keeps schedules and runs none")
def test_a_schedule_puts_its_input_into_a_stream(cloud):
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_KinesisParameters.html"""
    cloud.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": open_stream(cloud),
            "RoleArn": ROLE,
            "Input": '{"tick": 1}',
            "KinesisParameters": {"PartitionKey": "clock"},
        },
    )
    cloud.advance(3605)
    assert records(cloud) == [("clock", {"tick": 1})] * 2


@pytest.mark.clouds("sim", reason="LocalStack has no Pipes")
def test_a_pipe_puts_messages_into_a_stream(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetKinesisStreamParameters.html"""
    url, queue = create_queue(cloud, "work")
    cloud.client("pipes").create_pipe(
        Name="p",
        RoleArn=ROLE,
        Source=queue,
        Target=open_stream(cloud),
        TargetParameters={
            "InputTemplate": '{"order": <$.body.order>}',
            "KinesisStreamParameters": {"PartitionKey": "$.body.customer"},
        },
    )
    body = json.dumps({"order": "o-1", "customer": "c-1"})
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    assert records(cloud) == [("c-1", {"order": "o-1"})]
