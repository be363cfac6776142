"""What functions write: in the log groups of CloudWatch, and in the tail that an invocation answers."""

from __future__ import annotations

import json
import re
from base64 import b64decode

import pytest

from tests.conformance.lambda_helpers import create_function, create_queue, invoke, map_queue, refused

TALKING = """
import logging
logging.getLogger().setLevel("INFO")

def handler(event, context):
    print("one\\ntwo\\rstill two\\n\\nthree")
    logging.info("logged")
"""


def entries(cloud, group="/aws/lambda/work", **settings):
    found = cloud.client("logs").filter_log_events(logGroupName=group, **settings)
    return [event["message"] for event in found["events"]]


def test_a_function_writes_into_its_log_group(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    create_function(cloud, TALKING)
    answer = invoke(cloud)[1]
    request = answer["ResponseMetadata"]["RequestId"]
    written = entries(cloud)
    assert written[0].startswith("INIT_START Runtime Version: python:3.12.v")
    assert written[1] == f"START RequestId: {request} Version: $LATEST\n"
    assert f"END RequestId: {request}\n" in written
    assert written[-1].startswith(f"REPORT RequestId: {request}\tDuration: ")


def test_each_line_that_is_printed_is_an_entry_and_empty_ones_are_none(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, TALKING)
    invoke(cloud)
    assert entries(cloud)[2:5] == ["one\n", "two\rstill two\n", "three\n"]


def test_an_error_is_one_entry_with_its_traceback(cloud):
    """Recorded on AWS, September 2023."""
    create_function(cloud, "def handler(event, context):\n    raise ValueError('no total')")
    invoke(cloud)
    (error,) = [each for each in entries(cloud) if each.startswith("[ERROR]")]
    assert error == (
        "[ERROR] ValueError: no total\nTraceback (most recent call last):\n"
        '\xa0\xa0File "/var/task/app.py", line 2, in handler\n'
        "\xa0\xa0\xa0\xa0raise ValueError('no total')"
    )


def test_one_environment_writes_one_stream(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    create_function(cloud, TALKING)
    invoke(cloud)
    invoke(cloud)
    streams = cloud.client("logs").describe_log_streams(logGroupName="/aws/lambda/work")["logStreams"]
    assert len(streams) == 1
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams[0]["logStreamName"])


def test_a_function_can_write_into_another_group(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    create_function(cloud, TALKING, LoggingConfig={"LogGroup": "elsewhere"})
    invoke(cloud)
    assert "one\n" in entries(cloud, "elsewhere")
    assert refused(cloud.client("logs").describe_log_streams, logGroupName="/aws/lambda/work")[0] == (
        "ResourceNotFoundException"
    )


def test_a_group_that_was_deleted_is_made_anew(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    create_function(cloud, TALKING)
    invoke(cloud)
    cloud.client("logs").delete_log_group(logGroupName="/aws/lambda/work")
    invoke(cloud)
    assert entries(cloud).count("one\n") == 1


def test_what_a_mapping_has_run_is_in_the_log_group_too(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    url, arn = create_queue(cloud, "jobs")
    create_function(cloud, "def handler(event, context): print(event['Records'][0]['body'])")
    map_queue(cloud, arn)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    cloud.settle()
    assert "hello\n" in entries(cloud)


def test_a_retry_of_an_event_has_the_request_id_of_the_first_try(cloud):
    """Recorded on AWS, September 2023."""
    create_function(cloud, "def handler(event, context): raise ValueError('no total')")
    answer = invoke(cloud, {}, InvocationType="Event")[1]
    cloud.settle()
    starts = [each for each in entries(cloud) if each.startswith("START")]
    request = answer["ResponseMetadata"]["RequestId"]
    assert starts == [f"START RequestId: {request} Version: $LATEST\n"] * 3


def test_the_tail_of_the_log_begins_with_the_invocation(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, TALKING)
    answer = invoke(cloud, LogType="Tail")[1]
    tail = b64decode(answer["LogResult"]).decode().splitlines()
    assert tail[0] == f"START RequestId: {answer['ResponseMetadata']['RequestId']} Version: $LATEST"
    assert tail[-1].startswith("REPORT RequestId: ")


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_the_request_id_is_that_of_the_call(cloud, kind):
    """Recorded on AWS, November 2025."""
    url, _ = create_queue(cloud, "seen")
    create_function(cloud, "def handler(event, context): tell(context.aws_request_id)", seen=url)
    answer = invoke(cloud, {}, InvocationType=kind)[1]
    cloud.settle()
    message = cloud.client("sqs").receive_message(QueueUrl=url)["Messages"][0]
    assert message["Body"] == f'"{answer["ResponseMetadata"]["RequestId"]}"'


@pytest.mark.clouds("sim", reason="the functions of LocalStack's guest log text")
def test_logs_can_be_json_at_a_level(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html"""
    source = """
    import logging

    def handler(event, context):
        logging.debug("too much")
        logging.info("logged", extra={"order": 1})
    """
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}
    create_function(cloud, source, LoggingConfig=logging)
    invoke(cloud)
    [logged] = [json.loads(each) for each in entries(cloud) if each.startswith('{"') and "level" in each]
    assert (logged["level"], logged["message"], logged["order"]) == ("INFO", "logged", 1)
