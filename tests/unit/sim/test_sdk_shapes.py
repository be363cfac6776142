"""Parameters and results of tasks, on their way to the SDK and back."""

from datetime import UTC, datetime

import pytest

from harness import wire
from harness.sim.services.sdk_shapes import from_sdk, to_sdk
from harness.sim.services.states.integrations.failures import sdk_name
from harness.sim.services.states.integrations.resource import parse
from harness.sim.services.states.integrations.sdk import service_name


def shapes(service, operation):
    model = wire.service_model(service).operation_model(operation)
    return model.input_shape, model.output_shape


def test_names_are_spelled_as_the_service_has_them():
    given, _ = shapes("stepfunctions", "StartExecution")
    assert to_sdk(given, {"StateMachineArn": "m", "Input": {"n": 1}}) == {
        "stateMachineArn": "m",
        "input": '{"n":1}',
    }


def test_a_text_that_says_true_or_false_is_one_where_the_service_wants_it():
    given, _ = shapes("dynamodb", "PutItem")
    item = {"id": {"S": "true"}, "paid": {"BOOL": "true"}, "late": {"BOOL": "false"}}
    assert to_sdk(given, {"TableName": "T", "Item": item})["Item"] == {
        "id": {"S": "true"},
        "paid": {"BOOL": True},
        "late": {"BOOL": False},
    }


@pytest.mark.parametrize(
    ("arn", "service"),
    [
        ("arn:aws:states:::bedrock:invokeModel", "bedrock-runtime"),
        ("arn:aws:states:::bedrock:createModelCustomizationJob.sync", "bedrock"),
        ("arn:aws:states:::aws-sdk:sfn:startExecution", "stepfunctions"),
    ],
    ids=["optimised", "same name", "of the SDK for Java"],
)
def test_a_task_calls_the_service_that_has_its_operation(arn, service):
    assert service_name(parse(arn)) == service


def test_nulls_are_left_out():
    given, _ = shapes("sqs", "SendMessage")
    assert to_sdk(given, {"QueueUrl": "q", "MessageBody": "b", "MessageGroupId": None}) == {
        "QueueUrl": "q",
        "MessageBody": "b",
    }


def test_the_body_of_an_object_is_json_and_other_bytes_are_the_text():
    body, data = shapes("s3", "PutObject")[0], shapes("kinesis", "PutRecord")[0]
    assert to_sdk(body, {"Body": "text"}) == {"Body": b'"text"'}
    assert to_sdk(data, {"Data": "text"}) == {"Data": b"text"}


def test_results_begin_with_capitals_and_moments_are_texts():
    _, told = shapes("stepfunctions", "StartExecution")
    began = datetime(2026, 1, 1, 12, 0, 0, 250_000, UTC)
    assert from_sdk(told, {"executionArn": "e", "startDate": began}) == {
        "ExecutionArn": "e",
        "StartDate": "2026-01-01T12:00:00.250Z",
    }


def test_keys_of_a_map_stay_as_they_are():
    _, told = shapes("dynamodb", "GetItem")
    assert from_sdk(told, {"Item": {"id": {"S": "1"}}}) == {"Item": {"id": {"S": "1"}}}


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("dynamodb", "DynamoDb"),
        ("sqs", "Sqs"),
        ("stepfunctions", "Sfn"),
        ("secretsmanager", "SecretsManager"),
        ("s3", "S3"),
        ("logs", "CloudWatchLogs"),
    ],
)
def test_errors_name_services_as_the_sdk_for_java_does(service, name):
    assert sdk_name(wire.service_model(service)) == name


@pytest.mark.parametrize(
    ("arn", "service", "shown", "kind"),
    [
        ("arn:aws:states:::sqs:sendMessage", "sqs", "sendMessage", "service"),
        ("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2", "service"),
        ("arn:aws:states:::aws-sdk:dynamodb:query", "aws-sdk:dynamodb", "query", "service"),
        ("arn:aws:states:us-east-1:123456789012:activity:pack", "", "", "activity"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "", "", "function"),
    ],
)
def test_the_resource_of_a_task_says_what_does_the_work(arn, service, shown, kind):
    found = parse(arn)
    assert (found.type_shown, found.shown, found.kind) == (service, shown, kind)
