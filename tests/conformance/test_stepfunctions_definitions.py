"""Step Functions: definitions that are refused."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.clouds("sim", reason="LocalStack takes definitions as they are")

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:work"
DONE = {"Type": "Pass", "End": True}


def problems(cloud, state=None, **machine):
    """What is wrong with a definition that has this state, as "message at place"."""
    definition = {"StartAt": "S", "States": {"S": {"End": True, **(state or DONE)}}, **machine}
    found = cloud.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(definition))
    return [f"{each['message']} at {each['location']}" for each in found["diagnostics"]]


def task(resource=LAMBDA, **more):
    return {"Type": "Task", "Resource": resource, **more}


def mapped(processor=None, **more):
    inner = {"StartAt": "A", "States": {"A": DONE}, **(processor or {})}
    return {"Type": "Map", "ItemProcessor": inner, **more}


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::sqs:sendMessageBatch",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::aws-sdk:sqs:nothing",
        "arn:aws:states:::aws-sdk:sqs:sendMessage.sync",
    ],
)
def test_a_task_names_an_integration_that_there_is(cloud, resource):
    """https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html"""
    assert problems(cloud, task(resource)) == [
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the "
        "resource is not available in this region. at /States/S/Resource"
    ]


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:states:::sqs:sendMessage", "queueUrl"),
        ("arn:aws:states:::lambda:invoke", "Function.$"),
        ("arn:aws:states:::aws-sdk:sfn:startExecution", "stateMachineArn"),
    ],
)
def test_the_parameters_of_a_task_are_those_of_the_operation_with_a_capital(cloud, resource, name):
    """https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    told = problems(cloud, task(resource, Parameters={name: "$.x"}))
    field = name.removesuffix(".$")
    assert told == [f'The field "{field}" is not supported by Step Functions at /States/S/Parameters']


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"IsNull": True, "IsString": True}, "Only one of [IsNull, IsString] is allowed at {}"),
        ({"NumericEquals": "1"}, "Expected value of type Number at {}/NumericEquals"),
        ({"StringEquals": 1}, "Expected value of type String at {}/StringEquals"),
        ({"BooleanEquals": 1}, "Expected value of type Boolean at {}/BooleanEquals"),
        ({"IsPresent": "yes"}, "Expected value of type Boolean at {}/IsPresent"),
        ({"StringEqualsPath": "x"}, "Value is not a valid JSONPath at {}/StringEqualsPath"),
        (
            {"TimestampEquals": "noon"},
            "Value is not a valid ISO-8601 extended offset date-time at {}/TimestampEquals",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_rule_compares_with_a_value_of_its_type(cloud, rule, told):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""
    choices = [{"Variable": "$.v", "Next": "T", **rule}]
    definition = {"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": choices}, "T": DONE}}
    assert problems(cloud, **definition) == [told.format("/States/S/Choices[0]")]


def test_rules_are_put_together_of_at_least_one(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""
    states = {"S": {"Type": "Choice", "Choices": [{"And": [], "Next": "T"}]}, "T": DONE}
    told = "Array must have at least 1 element at /States/S/Choices[0]/And"
    assert problems(cloud, StartAt="S", States=states) == [told]


@pytest.mark.parametrize(
    ("name", "value"),
    [("MaxAttempts", -1), ("IntervalSeconds", 0), ("BackoffRate", 0.5), ("MaxDelaySeconds", 0)],
)
def test_numbers_of_a_retry_have_limits(cloud, name, value):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    told = problems(cloud, task(Retry=[{"ErrorEquals": ["States.ALL"], name: value}]))
    assert told == [f"Number is outside of valid range at /States/S/Retry[0]/{name}"]


def test_jitter_is_full_or_none(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    told = problems(cloud, task(Retry=[{"ErrorEquals": ["States.ALL"], "JitterStrategy": "SOME"}]))
    assert told == ["Value is not one of [FULL, NONE] at /States/S/Retry[0]/JitterStrategy"]


@pytest.mark.parametrize(
    ("state", "names"),
    [
        (task(TimeoutSeconds=5, TimeoutSecondsPath="$.t"), "TimeoutSeconds, TimeoutSecondsPath"),
        (task(HeartbeatSeconds=5, HeartbeatSecondsPath="$.t"), "HeartbeatSeconds, HeartbeatSecondsPath"),
        (mapped(MaxConcurrency=5, MaxConcurrencyPath="$.t"), "MaxConcurrency, MaxConcurrencyPath"),
        (mapped(ItemSelector={}, Parameters={}), "ItemSelector, Parameters"),
    ],
    ids=["timeout", "heartbeat", "concurrency", "items"],
)
def test_a_value_is_given_in_one_way(cloud, state, names):
    """https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"""
    assert problems(cloud, state) == [f"Only one of [{names}] is allowed at /States/S"]


def test_a_heartbeat_is_shorter_than_the_timeout(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""
    told = problems(cloud, task(TimeoutSeconds=5, HeartbeatSeconds=5))
    assert told == ["HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"Mode": "ELSEWHERE"}, "Value is not one of [INLINE, DISTRIBUTED] at {}/Mode"),
        ({"Mode": "DISTRIBUTED"}, "These fields are required: [ExecutionType] at {}"),
        (
            {"Mode": "DISTRIBUTED", "ExecutionType": "FAST"},
            "Value is not one of [STANDARD, EXPRESS] at {}/ExecutionType",
        ),
    ],
    ids=["mode", "without a type", "type"],
)
def test_a_map_says_how_its_items_are_run(cloud, config, told):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    place = "/States/S/ItemProcessor/ProcessorConfig"
    assert problems(cloud, mapped({"ProcessorConfig": config})) == [told.format(place)]


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        ({"Version": "2.0"}, "Value is not one of [1.0] at /Version"),
        ({"Comment": 1}, "Expected value of type String at /Comment"),
        ({"TimeoutSeconds": 0}, "Number is outside of valid range at /TimeoutSeconds"),
    ],
    ids=["version", "comment", "timeout"],
)
def test_the_fields_of_a_state_machine_are_checked(cloud, machine, told):
    """https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"""
    assert problems(cloud, **machine) == [told]


def test_a_parallel_state_has_branches(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html"""
    told = "Array must have at least 1 element at /States/S/Branches"
    assert problems(cloud, {"Type": "Parallel", "Branches": []}) == [told]


def test_a_percentage_is_a_hundred_at_most(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    told = "Number is outside of valid range at /States/S/ToleratedFailurePercentage"
    assert problems(cloud, mapped(ToleratedFailurePercentage=101)) == [told]


def test_the_name_of_a_state_has_eighty_characters_at_most(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"""
    name = "x" * 81
    [told] = problems(cloud, StartAt=name, States={name: DONE})
    assert told.startswith("State name must not have more than 80 characters")
