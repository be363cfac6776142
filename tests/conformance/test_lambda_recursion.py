"""Lambda stops functions that run in a recursive loop.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html says "approximately 16 times";
https://aws.amazon.com/blogs/compute/detecting-and-stopping-recursive-loops-in-aws-lambda-functions/ says that
requests are dropped after exceeding 16 invocations.
"""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import (
    create_function,
    create_queue,
    create_queue_with_dead_letters,
    invoke,
    map_queue,
    messages,
    told,
)

ROUNDS = 16
LIMIT = 30
"""Where nobody stops it, a loop ends by itself."""
REQUEUES = """
def handler(event, context):
    tell(1)
    for record in event["Records"]:
        if int(record["body"]) < 30:
            _sqs.send_message(QueueUrl=os.environ["JOBS"], MessageBody=str(int(record["body"]) + 1))
"""
CALLS_ITSELF = """
def handler(event, context):
    tell(event)
    if event < 30:
        boto3.client("lambda").invoke(
            FunctionName="work", InvocationType="Event", Payload=json.dumps(event + 1)
        )
"""
WAITS_FOR_ITSELF = """
def handler(event, context):
    try:
        if event < 30:
            boto3.client("lambda").invoke(FunctionName="work", Payload=json.dumps(event + 1))
    except Exception as refusal:
        answer = refusal.response
        tell([event, answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]])
"""
PUBLISHES = """
def handler(event, context):
    tell(1)
    if event < 30:
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message=json.dumps(event + 1))
"""
RELAYS = """
def handler(event, context):
    payload = event["Records"][0]["Sns"]["Message"]
    boto3.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=payload)
"""
COUNTS = """
def handler(event, context):
    tell(1)
    return event + 1
"""
RELAYS_RECORDS = """
def handler(event, context):
    for record in event["Records"]:
        count = json.loads(record["body"])["responsePayload"]
        if count < 30:
            payload = json.dumps(count)
            boto3.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=payload)
"""

WRITES = """
def handler(event, context):
    tell(1)
    count = int(event["Records"][0]["s3"]["object"]["key"])
    if count < 30:
        boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=str(count + 1), Body=b"x")
"""


def variables(**values):
    return {"Environment": {"Variables": values}}


@pytest.fixture
def requeueing(cloud):
    """A job that puts itself into its own queue again, 30 times; the URLs of the queues."""
    seen, _ = create_queue(cloud, "seen")
    jobs, arn, failed = create_queue_with_dead_letters(cloud, "jobs", receives=2)
    create_function(cloud, REQUEUES, seen=seen, **variables(SEEN=seen, JOBS=jobs))
    map_queue(cloud, arn)
    return seen, jobs, failed


def test_a_message_that_has_gone_round_sixteen_times_goes_to_the_dead_letter_queue(cloud, requeueing):
    """The mapping gets a RecursiveInvocationException, the message stays in its queue and is tried again."""
    seen, jobs, failed = requeueing
    cloud.client("sqs").send_message(QueueUrl=jobs, MessageBody="1")
    cloud.settle()
    assert len(told(cloud, seen)) == ROUNDS
    assert [message["Body"] for message in messages(cloud, failed)] == [str(ROUNDS + 1)]


def test_messages_of_others_are_handled_as_ever(cloud, requeueing):
    """Another chain of requests isn't affected: "invocations from other triggers aren't"."""
    seen, jobs, failed = requeueing
    for _ in range(2):
        cloud.client("sqs").send_message(QueueUrl=jobs, MessageBody="20")
        cloud.settle()
    assert len(told(cloud, seen)) == 2 * len(range(20, LIMIT + 1))
    assert messages(cloud, failed) == []


def test_a_function_that_may_run_in_a_loop_is_not_stopped(cloud, requeueing):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html"""
    seen, jobs, failed = requeueing
    cloud.client("lambda").put_function_recursion_config(FunctionName="work", RecursiveLoop="Allow")
    cloud.client("sqs").send_message(QueueUrl=jobs, MessageBody="1")
    cloud.settle()
    assert len(told(cloud, seen)) == LIMIT
    assert messages(cloud, failed) == []


def test_an_event_that_is_stopped_goes_to_the_destination_on_failure(cloud):
    """And to the dead-letter queue: "If you have an on-failure destination or dead-letter queue configured
    for your function, then Lambda also sends the event from the stopped invocation" there."""
    seen, _ = create_queue(cloud, "seen")
    failed, failed_arn = create_queue(cloud, "failed")
    dead, dead_arn = create_queue(cloud, "dead")
    create_function(cloud, CALLS_ITSELF, seen=seen, DeadLetterConfig={"TargetArn": dead_arn})
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="work", DestinationConfig={"OnFailure": {"Destination": failed_arn}}
    )
    invoke(cloud, 1, InvocationType="Event")
    cloud.settle()
    assert sorted(told(cloud, seen)) == list(range(1, ROUNDS + 1))
    assert [record["requestPayload"] for record in told(cloud, failed)] == [ROUNDS + 1]
    assert [json.loads(message["Body"]) for message in messages(cloud, dead)] == [ROUNDS + 1]


def test_a_caller_that_waits_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: RecursiveInvocationException, 400."""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, WAITS_FOR_ITSELF, seen=seen, Timeout=60)
    invoke(cloud, 1)
    assert told(cloud, seen) == [[ROUNDS, "RecursiveInvocationException", 400]]


def test_a_loop_over_a_topic_and_two_functions_is_stopped(cloud):
    """Loops over SNS count, and so do loops of several functions."""
    seen, _ = create_queue(cloud, "seen")
    topic = cloud.client("sns").create_topic(Name="ticks")["TopicArn"]
    relay = create_function(cloud, RELAYS, name="relay", seen=seen)
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=relay)
    create_function(cloud, PUBLISHES, seen=seen, **variables(SEEN=seen, TOPIC=topic))
    invoke(cloud, 1, InvocationType="Event")
    cloud.settle()
    assert len(told(cloud, seen)) == ROUNDS


def test_a_loop_over_a_destination_is_stopped(cloud):
    """What destinations get passes the lineage on: "If you send events to the same resource that invokes your
    function, you can create another recursive loop and this loop will also be terminated"."""
    seen, _ = create_queue(cloud, "seen")
    _, done = create_queue(cloud, "done")
    create_function(cloud, COUNTS, seen=seen)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="work", DestinationConfig={"OnSuccess": {"Destination": done}}
    )
    create_function(cloud, RELAYS_RECORDS, name="relay", seen=seen)
    map_queue(cloud, done, name="relay")
    invoke(cloud, 1, InvocationType="Event")
    cloud.settle()
    assert len(told(cloud, seen)) == ROUNDS


def test_a_loop_over_a_bucket_is_stopped(cloud):
    """Loops over S3 count, too."""
    seen, _ = create_queue(cloud, "seen")
    arn = create_function(cloud, WRITES, seen=seen, **variables(SEEN=seen, BUCKET="scans"))
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="scans")
    cloud.client("lambda").add_permission(
        FunctionName="work", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    told_of = [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket="scans", NotificationConfiguration={"LambdaFunctionConfigurations": told_of}
    )
    s3.put_object(Bucket="scans", Key="1", Body=b"x")
    cloud.settle()
    assert len(told(cloud, seen)) == ROUNDS
