"""Lambda, invoked asynchronously."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import create_function, create_queue, invoke, messages, refused, told

ECHO = "def handler(event, context): return event"
FAILING = "def handler(event, context): raise ValueError('intentional')"
TELLS_AND_FAILS = "def handler(event, context): tell(time.time()); raise ValueError('intentional')"


def configure(cloud, **settings):
    cloud.client("lambda").put_function_event_invoke_config(FunctionName="work", **settings)


def destinations(**targets):
    return {name: {"Destination": arn} for name, arn in targets.items()}


def test_an_event_is_accepted_at_once_and_runs_later(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, "def handler(event, context): tell(event)", seen=seen)
    payload, answer = invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    assert (payload, answer["StatusCode"]) == (None, 202)
    cloud.settle()
    assert told(cloud, seen) == [{"order": "o-1"}]


def test_a_failing_event_is_tried_three_times_after_one_and_two_minutes(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, TELLS_AND_FAILS, seen=seen)
    invoke(cloud, {}, InvocationType="Event")
    cloud.settle()
    first, second, third = sorted(told(cloud, seen))
    assert second - first == pytest.approx(60, abs=5)
    assert third - second == pytest.approx(120, abs=5)


def test_an_event_whose_retry_succeeds_is_done(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(
        cloud,
        """
        runs = 0
        def handler(event, context):
            global runs
            runs += 1
            tell([runs, context.aws_request_id])
            if runs == 1: raise ValueError("once")
        """,
        seen=seen,
    )
    invoke(cloud, {}, InvocationType="Event")
    cloud.settle()
    (one, first_id), (two, second_id) = sorted(told(cloud, seen))
    assert (one, two) == (1, 2)
    assert first_id == second_id


def test_maximum_retry_attempts_limits_the_retries(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, TELLS_AND_FAILS, seen=seen)
    configure(cloud, MaximumRetryAttempts=0)
    invoke(cloud, {}, InvocationType="Event")
    cloud.settle()
    assert len(told(cloud, seen)) == 1


def test_the_dead_letter_queue_gets_the_original_event_and_the_error_as_attributes(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq"""
    url, arn = create_queue(cloud, "failed")
    create_function(cloud, FAILING, DeadLetterConfig={"TargetArn": arn})
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.settle()
    (message,) = messages(cloud, url, MessageAttributeNames=["All"])
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"order": "o-1"}
    assert attributes["ErrorCode"] == "200"
    assert attributes["ErrorMessage"] == "intentional"
    assert attributes["RequestID"]


def test_on_failure_gets_a_record_of_the_attempts_and_of_the_error(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    url, arn = create_queue(cloud, "failed")
    function = create_function(cloud, FAILING)
    configure(cloud, DestinationConfig=destinations(OnFailure=arn))
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.settle()
    (record,) = told(cloud, url)
    assert record["version"] == "1.0"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"] == f"{function}:$LATEST"
    assert record["requestPayload"] == {"order": "o-1"}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert record["responsePayload"]["errorMessage"] == "intentional"


@pytest.mark.clouds("sim", reason="LocalStack's own queue of events has no buckets as destinations")
def test_a_bucket_on_failure_gets_the_record_as_an_object(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    buckets = cloud.client("s3")
    buckets.create_bucket(Bucket="failed-events")
    create_function(cloud, FAILING)
    configure(
        cloud, MaximumRetryAttempts=0, DestinationConfig=destinations(OnFailure="arn:aws:s3:::failed-events")
    )
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.settle()
    (found,) = buckets.list_objects_v2(Bucket="failed-events")["Contents"]
    assert found["Key"].startswith("aws/lambda/async/work/2026/01/01/2026-01-01T00.00.0")
    record = json.loads(buckets.get_object(Bucket="failed-events", Key=found["Key"])["Body"].read())
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"] == {"order": "o-1"}


@pytest.mark.clouds("sim", reason="LocalStack's own queue of events has no buckets as destinations")
def test_a_bucket_is_no_destination_on_success(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    create_function(cloud, ECHO)
    targets = destinations(OnSuccess="arn:aws:s3:::done")
    code, message = refused(
        cloud.client("lambda").put_function_event_invoke_config,
        FunctionName="work",
        DestinationConfig=targets,
    )
    assert code == "InvalidParameterValueException"
    assert "onSuccess=OnSuccess(destination=arn:aws:s3:::done)" in message


def test_on_success_gets_a_record_of_the_result(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    url, arn = create_queue(cloud, "done")
    create_function(cloud, "def handler(event, context): return {'total': 42}")
    configure(cloud, DestinationConfig=destinations(OnSuccess=arn))
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.settle()
    (record,) = told(cloud, url)
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"total": 42}


def test_a_function_can_be_a_destination(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, FAILING)
    rescuer = create_function(
        cloud, "def handler(event, context): tell(event['requestPayload'])", name="rescue", seen=seen
    )
    configure(cloud, MaximumRetryAttempts=0, DestinationConfig=destinations(OnFailure=rescuer))
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.settle()
    assert told(cloud, seen) == [{"order": "o-1"}]


def test_an_event_too_old_to_be_retried_is_given_up(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html"""
    url, arn = create_queue(cloud, "failed")
    create_function(cloud, "import time\ndef handler(e, c): time.sleep(2); raise ValueError('no')")
    configure(cloud, MaximumEventAgeInSeconds=60, DestinationConfig=destinations(OnFailure=arn))
    invoke(cloud, {}, InvocationType="Event")
    cloud.settle()
    (record,) = told(cloud, url)
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_a_throttled_event_waits_in_the_queue_until_there_is_concurrency(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, "def handler(event, context): time.sleep(20); tell(event)", seen=seen, Timeout=30)
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=1)
    for number in range(4):
        invoke(cloud, number, InvocationType="Event")
    cloud.settle()
    assert sorted(told(cloud, seen)) == [0, 1, 2, 3]


def test_with_a_reservation_of_zero_events_fail_without_retries(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    url, arn = create_queue(cloud, "failed")
    create_function(cloud, "def handler(event, context): pass", DeadLetterConfig={"TargetArn": arn})
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    invoke(cloud, {"order": "o-1"}, InvocationType="Event")
    cloud.advance(30)
    assert told(cloud, url) == [{"order": "o-1"}]


def test_an_alias_has_a_configuration_of_its_own(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    url, arn = create_queue(cloud, "done")
    create_function(cloud, "def handler(event, context): return 1")
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    configure(cloud, Qualifier="live", DestinationConfig=destinations(OnSuccess=arn))
    invoke(cloud, {}, InvocationType="Event")
    invoke(cloud, {}, InvocationType="Event", Qualifier="live")
    cloud.settle()
    (record,) = told(cloud, url)
    assert record["requestContext"]["functionArn"].endswith(":work:live")
    assert record["responseContext"]["executedVersion"] == "1"


def test_an_event_above_one_megabyte_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    create_function(cloud, "def handler(event, context): pass")
    with pytest.raises(ClientError) as caught:
        invoke(cloud, "x" * 1_048_576, InvocationType="Event")
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_the_configuration_is_put_updated_read_and_deleted(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html"""
    create_function(cloud, "def handler(event, context): pass")
    functions = cloud.client("lambda")
    configure(cloud, MaximumRetryAttempts=1)
    functions.update_function_event_invoke_config(FunctionName="work", MaximumEventAgeInSeconds=120)
    config = functions.get_function_event_invoke_config(FunctionName="work")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 120)
    configure(cloud, MaximumEventAgeInSeconds=60)
    assert "MaximumRetryAttempts" not in functions.get_function_event_invoke_config(FunctionName="work")
    functions.delete_function_event_invoke_config(FunctionName="work")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_event_invoke_config(FunctionName="work")
