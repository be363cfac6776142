"""What boto3 makes of each fault on a call: which error, which status, how many tries of its own."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from harness import Simulator, faults

QUEUE = "https://sqs.us-east-1.amazonaws.com/000000000000/q"
CALLS = {
    "dynamodb:PutItem": lambda c: c.put_item(TableName="T", Item={"id": {"S": "1"}}),
    "sqs:SendMessage": lambda c: c.send_message(QueueUrl=QUEUE, MessageBody="m"),
    "sns:Publish": lambda c: c.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:t", Message="m"),
    "lambda:Invoke": lambda c: c.invoke(FunctionName="f"),
    "s3:PutObject": lambda c: c.put_object(Bucket="b", Key="k", Body=b"x"),
    "events:PutEvents": lambda c: c.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}]),
    "ssm:GetParameter": lambda c: c.get_parameter(Name="p"),
    "kms:Encrypt": lambda c: c.encrypt(KeyId="k", Plaintext=b"x"),
}


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        yield cloud


def error_of(cloud, operation, fault):
    """The error that the caller sees, and how often the SDK tried."""
    cloud.inject(fault)
    with pytest.raises(ClientError) as caught:
        CALLS[operation](cloud.client(operation.partition(":")[0]))
    answer = caught.value.response
    tries = len(cloud.history().of("call"))
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], tries


def test_a_conflict_of_transactions_reaches_the_code_at_once_with_its_reasons(cloud):
    cloud.inject(faults.conflict("dynamodb:TransactWriteItems"))
    client = cloud.client("dynamodb")
    puts = [{"Put": {"TableName": "T", "Item": {"id": {"S": each}}}} for each in "ab"]
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=puts)
    assert [each["Code"] for each in caught.value.response["CancellationReasons"]] == [
        "TransactionConflict",
        "None",
    ]
    assert len(cloud.history().of("call")) == 1


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("dynamodb:PutItem", "ProvisionedThroughputExceededException", 400),
        ("sqs:SendMessage", "RequestThrottled", 403),
        ("sns:Publish", "Throttling", 400),
        ("lambda:Invoke", "TooManyRequestsException", 429),
        ("s3:PutObject", "SlowDown", 503),
        ("events:PutEvents", "ThrottlingException", 400),
        ("ssm:GetParameter", "ThrottlingException", 400),
        ("kms:Encrypt", "ThrottlingException", 400),
    ],
)
def test_a_throttled_call_is_tried_again_until_the_retries_are_used_up(cloud, operation, code, status):
    found = error_of(cloud, operation, faults.throttle(operation, outlasting_retries=True))
    assert found[:2] == (code, status)
    assert found[2] > 1


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("dynamodb:PutItem", "InternalServerError"),
        ("sqs:SendMessage", "InternalFailure"),
        ("sns:Publish", "InternalError"),
        ("lambda:Invoke", "ServiceException"),
        ("s3:PutObject", "InternalError"),
        ("events:PutEvents", "InternalException"),
        ("kms:Encrypt", "KMSInternalException"),
    ],
)
def test_a_failing_service_is_tried_again(cloud, operation, code):
    found = error_of(cloud, operation, faults.server_error(operation, outlasting_retries=True))
    assert found[:2] == (code, 500)
    assert found[2] > 1


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("dynamodb:PutItem", "AccessDeniedException", 400),
        ("sqs:SendMessage", "AccessDenied", 403),
        ("sns:Publish", "AuthorizationError", 403),
        ("lambda:Invoke", "AccessDeniedException", 403),
        ("s3:PutObject", "AccessDenied", 403),
    ],
)
def test_a_denied_call_is_not_tried_again(cloud, operation, code, status):
    assert error_of(cloud, operation, faults.access_denied(operation)) == (code, status, 1)


def test_a_modelled_error_can_be_caught_by_its_class(cloud):
    cloud.inject(faults.server_error("dynamodb:PutItem", "ConditionalCheckFailedException"))
    dynamodb = cloud.client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        CALLS["dynamodb:PutItem"](dynamodb)


def test_a_queue_that_is_said_not_to_exist_can_be_caught_by_its_class(cloud):
    cloud.inject(faults.server_error("sqs:SendMessage", "QueueDoesNotExist"))
    sqs = cloud.client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        CALLS["sqs:SendMessage"](sqs)


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_an_outage_answers_503(cloud, operation):
    fault = faults.outage(operation.partition(":")[0], actor="test")
    code, status, tries = error_of(cloud, operation, fault)
    assert (code, status) == ("ServiceUnavailable", 503)
    assert tries > 1


@pytest.mark.parametrize("fault", [faults.request_lost, faults.answer_lost])
def test_a_connection_that_breaks_every_time_is_seen_by_the_caller(cloud, fault):
    cloud.inject(fault("dynamodb:ListTables", outlasting_retries=True))
    with pytest.raises(ConnectionClosedError):
        cloud.client("dynamodb").list_tables()


def test_a_slow_call_takes_its_time(cloud):
    cloud.inject(faults.slow("dynamodb:ListTables", 40))
    cloud.client("dynamodb").list_tables()
    assert 40 < cloud.kernel.elapsed < 41
    cloud.client("dynamodb").list_tables()
    assert cloud.kernel.elapsed < 41


def tries_and_pauses():
    """When each of many throttled calls reached the cloud, in a run of its own."""
    with Simulator(seed=3) as cloud:
        cloud.inject(faults.throttle("dynamodb:ListTables", outlasting_retries=True, times=None))
        for _ in range(15):
            with pytest.raises(ClientError):
                cloud.client("dynamodb").list_tables()
        return [event.at for event in cloud.history().of("call")]


def test_the_retries_of_a_run_do_not_depend_on_the_runs_before():
    first = tries_and_pauses()
    assert [tries_and_pauses() for _ in range(5)] == [first] * 5


def test_an_outage_spares_the_hands_of_the_test():
    with Simulator() as cloud:
        cloud.inject(faults.outage("sqs", optional=True))
        cloud.client("sqs").list_queues()
