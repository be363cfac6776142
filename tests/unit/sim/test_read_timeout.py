"""A client waits for an answer as long as it was made to, and what it has asked for happens all the same.

https://docs.aws.amazon.com/botocore/latest/reference/config.html: `read_timeout`, 60 seconds by default.
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

import harness
from harness import faults

ROLE = "arn:aws:iam::123456789012:role/work"
HANDLER = """
import time

def handler(event, context):
    time.sleep(event["seconds"])
"""


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as cloud:
        yield cloud


@pytest.fixture
def queue(cloud):
    return cloud.client("sqs").create_queue(QueueName="work")["QueueUrl"]


def impatient(service="sqs", seconds=5, attempts=1):
    """A client that waits for so many seconds, so often."""
    config = Config(read_timeout=seconds, retries={"total_max_attempts": attempts, "mode": "standard"})
    return boto3.client(service, region_name="us-east-1", config=config)


def bodies(cloud, queue):
    cloud.settle()
    found = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def test_a_client_gives_up_and_its_request_takes_effect(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=30))
    before = cloud.elapsed
    with pytest.raises(ReadTimeoutError, match="Read timeout on endpoint URL"):
        impatient().send_message(QueueUrl=queue, MessageBody="x")
    assert cloud.elapsed - before == pytest.approx(5)
    assert bodies(cloud, queue) == ["x"]
    assert cloud.elapsed - before > 30


def test_its_answer_is_lost(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=30))
    with pytest.raises(ReadTimeoutError):
        impatient().send_message(QueueUrl=queue, MessageBody="x")
    cloud.settle()
    assert cloud.history().of("answer")[-1].data["lost"]


def test_the_sdk_asks_again(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=30, times=1))
    answer = impatient(attempts=2).send_message(QueueUrl=queue, MessageBody="x")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert bodies(cloud, queue) == ["x", "x"]


def test_an_answer_that_comes_in_time_is_heard(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=4.9))
    assert impatient().send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    assert not cloud.history().of("answer")[-1].data["lost"]


def test_an_answer_that_was_under_way_is_as_lost_as_the_client_says(cloud, queue):
    """The history says that the client heard it exactly if it did."""
    for number in range(40):
        cloud.inject(faults.slow("sqs:SendMessage", seconds=4.985 + number / 2000, times=1))
        try:
            impatient().send_message(QueueUrl=queue, MessageBody="x")
            heard = True
        except ReadTimeoutError:
            heard = False
        cloud.settle()
        assert cloud.history().of("answer")[-1].data["lost"] is not heard


def test_sixty_seconds_are_the_default(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=90, times=1))
    answer = boto3.client("sqs", region_name="us-east-1").send_message(QueueUrl=queue, MessageBody="x")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert bodies(cloud, queue) == ["x", "x"]


def test_a_client_without_a_limit_waits(cloud, queue):
    cloud.inject(faults.slow("sqs:SendMessage", seconds=900))
    assert impatient(seconds=None).send_message(QueueUrl=queue, MessageBody="x")["MessageId"]


def test_long_polling_needs_a_client_that_waits_as_long(cloud, queue):
    before = cloud.elapsed
    with pytest.raises(ReadTimeoutError):
        impatient().receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    assert cloud.elapsed - before == pytest.approx(5)
    assert "Messages" not in impatient(seconds=21).receive_message(QueueUrl=queue, WaitTimeSeconds=20)


def test_a_function_that_outlasts_its_caller_is_invoked_again(cloud, tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="work",
        Role=ROLE,
        Runtime="python3.13",
        Handler="app.handler",
        Timeout=300,
        Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)},
    )
    with pytest.raises(ReadTimeoutError):
        impatient("lambda", seconds=60, attempts=2).invoke(FunctionName="work", Payload=b'{"seconds": 100}')
    cloud.settle()
    outcomes = [event.data["outcome"] for event in cloud.history().of("invocation-ended")]
    assert outcomes == ["ok", "ok"]
