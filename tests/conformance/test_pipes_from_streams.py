"""EventBridge Pipes from streams of DynamoDB and Kinesis."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import create_function, create_queue, messages, refused, told
from tests.conformance.stream_helpers import create_table, put, records, shards

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no Pipes")

ROLE = "arn:aws:iam::123456789012:role/pipe"
TELLS = "def handler(event, context): tell(event)"


@pytest.fixture
def seen(cloud):
    """The queue that functions tell."""
    return create_queue(cloud, "seen")[0]


@pytest.fixture
def changes(cloud):
    """URL and ARN of a queue as target."""
    return create_queue(cloud, "changes")


@pytest.fixture
def stream(cloud):
    """The stream of the table "items", which has one shard."""
    return create_table(cloud)[1]


def pipe(cloud, source, target, *, filters=(), template=None, kind="DynamoDBStreamParameters", **settings):
    """The ARN of a new pipe that reads a stream from its beginning on."""
    parameters = {kind: {"StartingPosition": "TRIM_HORIZON", **settings}}
    if filters:
        parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(each)} for each in filters]}
    return cloud.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=source,
        Target=target,
        SourceParameters=parameters,
        TargetParameters={"InputTemplate": template} if template else {},
    )["Arn"]


def test_each_change_of_a_table_is_a_message_in_order(cloud, stream, changes):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html"""
    fifo = create_queue(cloud, "ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    cloud.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=stream,
        Target=fifo[1],
        SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"}},
        TargetParameters={
            "InputTemplate": '{"id": <$.dynamodb.Keys.id.S>}',
            "SqsQueueParameters": {"MessageGroupId": "all"},
        },
    )
    put(cloud, *"abcd")
    cloud.settle()
    assert told(cloud, fifo[0]) == [{"id": each} for each in "abcd"]


def test_filters_look_into_the_change(cloud, stream, changes):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html"""
    wanted = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"price": {"N": ["2"]}}}}
    pipe(cloud, stream, changes[1], filters=[wanted], template="<$.dynamodb.Keys.id.S>")
    put(cloud, "cheap", price={"N": "1"})
    put(cloud, "dear", price={"N": "2"})
    cloud.settle()
    assert [message["Body"] for message in messages(cloud, changes[0])] == ["dear"]


def test_records_of_kinesis_are_flat_and_paths_lead_into_their_data(cloud, changes, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html"""
    streams = cloud.client("kinesis")
    streams.create_stream(StreamName="clicks", ShardCount=1)
    cloud.advance(30)
    arn = streams.describe_stream(StreamName="clicks")["StreamDescription"]["StreamARN"]
    kind = "KinesisStreamParameters"
    wanted = {"data": {"page": ["home"]}}
    pipe(cloud, arn, changes[1], kind=kind, filters=[wanted], template="<$.partitionKey> saw <$.data.page>")
    for page in ("home", "help"):
        streams.put_record(StreamName="clicks", PartitionKey="jo", Data=json.dumps({"page": page}))
    cloud.settle()
    assert [message["Body"] for message in messages(cloud, changes[0])] == ["jo saw home"]


def test_a_function_that_reports_the_first_failure_gets_the_rest_again(cloud, stream, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
    source = """
    def handler(event, context):
        keys = [each["dynamodb"]["Keys"]["id"]["S"] for each in event]
        tell(keys)
        if keys[0] == "a":
            return {"batchItemFailures": [{"itemIdentifier": event[1]["dynamodb"]["SequenceNumber"]}]}
    """
    put(cloud, *"abc")
    function = create_function(cloud, source, seen=seen)
    pipe(cloud, stream, function)
    cloud.settle()
    assert sorted(told(cloud, seen)) == [["a", "b", "c"], ["b", "c"]]


def test_a_batch_that_is_given_up_is_told_to_the_dead_letter_queue(cloud, stream):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html"""
    url, dead = create_queue(cloud, "dead")
    function = create_function(cloud, "def handler(event, context): raise ValueError()")
    arn = pipe(cloud, stream, function, MaximumRetryAttempts=1, DeadLetterConfig={"Arn": dead})
    put(cloud, "a")
    cloud.settle()
    (told_of,) = told(cloud, url)
    (record,) = records(cloud, stream)
    assert told_of["context"] == {"partnerResourceArn": arn, "condition": "RetryAttemptsExhausted"}
    info = told_of["DDBStreamBatchInfo"]
    assert info["startSequenceNumber"] == info["endSequenceNumber"] == record["dynamodb"]["SequenceNumber"]
    assert info["shardId"] == shards(cloud, stream)[0]["ShardId"]


def test_bisecting_leaves_only_the_bad_record_behind(cloud, stream, seen):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html"""
    source = """
    def handler(event, context):
        keys = [each["dynamodb"]["Keys"]["id"]["S"] for each in event]
        if "bad" in keys:
            raise ValueError()
        tell(keys)
    """
    put(cloud, "a", "bad", "b")
    function = create_function(cloud, source, seen=seen)
    settings = {"MaximumRetryAttempts": 0, "OnPartialBatchItemFailure": "AUTOMATIC_BISECT"}
    pipe(cloud, stream, function, **settings)
    cloud.settle()
    assert sorted(told(cloud, seen)) == [["a"], ["b"]]


def test_a_pipe_goes_on_where_it_was_stopped(cloud, stream, changes):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-start-stop.html"""
    pipe(cloud, stream, changes[1], template="<$.dynamodb.Keys.id.S>")
    pipes = cloud.client("pipes")
    put(cloud, "a")
    cloud.settle()
    pipes.stop_pipe(Name="pipe")
    put(cloud, "b")
    cloud.settle()
    assert [message["Body"] for message in messages(cloud, changes[0])] == ["a"]
    pipes.update_pipe(
        Name="pipe", RoleArn=ROLE, SourceParameters={"DynamoDBStreamParameters": {"BatchSize": 5}}
    )
    pipes.start_pipe(Name="pipe")
    cloud.settle()
    assert [message["Body"] for message in messages(cloud, changes[0])] == ["b"]
    shown = pipes.describe_pipe(Name="pipe")["SourceParameters"]["DynamoDBStreamParameters"]
    assert shown["StartingPosition"] == "TRIM_HORIZON"
    assert shown["BatchSize"] == 5


def test_a_stream_is_read_from_a_position_that_exists(cloud, stream, changes):
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html"""
    call = cloud.client("pipes").create_pipe
    code, _ = refused(call, Name="pipe", RoleArn=ROLE, Source=stream, Target=changes[1])
    assert code == "ValidationException"
    code, _ = refused(
        call,
        Name="pipe",
        RoleArn=ROLE,
        Source=stream + "0",
        Target=changes[1],
        SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}},
    )
    assert code == "NotFoundException"
