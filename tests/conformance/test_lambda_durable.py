"""Durable functions: executions that are suspended, replayed and told from each other.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from __future__ import annotations

import json

import pytest

from tests.conformance.durable_helpers import DAY, create_durable, ended, execution, kinds, start
from tests.conformance.lambda_helpers import create_function, create_queue, invoke, messages, refused, told

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no durable functions")

STEPS = """
@durable
def handler(execution):
    first = execution.step("first", lambda: tell("first") or 1)
    execution.wait("pause", 300)
    return first + execution.step("second", lambda: tell("second") or 2)
"""
QUIET = STEPS.replace('tell("first") or ', "").replace('tell("second") or ', "")
RETURNS = """
@durable
def handler(execution):
    return {"got": execution.input}
"""
FAILS = """
@durable
def handler(execution):
    raise Failed("Broken", "no more tea")
"""


def test_an_execution_goes_on_behind_its_wait_and_repeats_no_step(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, STEPS, seen=seen)
    arn = start(cloud)
    assert ended(cloud, arn) == ("SUCCEEDED", 3)
    assert sorted(told(cloud, seen)) == ["first", "second"]


def test_the_history_of_an_execution_has_its_operations_and_invocations(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html"""
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, STEPS, seen=seen)
    arn = start(cloud)
    ended(cloud, arn)
    assert kinds(cloud, arn) == [
        "ExecutionStarted",
        "StepSucceeded",
        "WaitStarted",
        "InvocationCompleted",
        "WaitSucceeded",
        "StepSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_a_wait_may_take_a_year(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_WaitOptions.html: up to 31622400 seconds."""
    source = QUIET.replace("300", "31_000_000")
    create_durable(cloud, source, timeout=31_622_400)
    arn = start(cloud)
    assert ended(cloud, arn, days=366) == ("SUCCEEDED", 3)
    found = execution(cloud, arn)
    assert (found["EndTimestamp"] - found["StartTimestamp"]).total_seconds() > 31_000_000


def test_a_durable_function_is_never_invoked_without_a_qualifier(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    create_durable(cloud, RETURNS)
    functions = cloud.client("lambda")
    told = (
        "InvalidParameterValueException",
        "You cannot invoke a durable function using an unqualified ARN.",
    )
    assert refused(functions.invoke, FunctionName="work") == told
    assert refused(functions.invoke, FunctionName="work", InvocationType="Event") == told
    _, queue = create_queue(cloud, "jobs")
    assert refused(functions.create_event_source_mapping, EventSourceArn=queue, FunctionName="work") == told


def test_whoever_invokes_synchronously_waits_for_the_end_of_the_execution(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, STEPS.replace("300", "50"), seen=seen, timeout=900)  # a client waits for a minute
    result, answer = invoke(cloud, 1, name="work:$LATEST")
    assert (result, answer["StatusCode"]) == (3, 200)
    assert execution(cloud, answer["DurableExecutionArn"])["Status"] == "SUCCEEDED"


def test_nobody_waits_for_an_execution_that_may_take_more_than_15_minutes(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    create_durable(cloud, RETURNS, timeout=901)
    code, message = refused(cloud.client("lambda").invoke, FunctionName="work:$LATEST")
    assert code == "InvalidParameterValueException"
    assert "synchronously" in message


def test_an_execution_that_fails_is_an_error_of_the_function(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    create_durable(cloud, FAILS, timeout=900)
    result, answer = invoke(cloud, 1, name="work:$LATEST")
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Broken"


def test_an_execution_runs_the_version_that_it_began_with(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html"""
    functions = cloud.client("lambda")
    arn = create_durable(cloud, QUIET)
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    begun = functions.invoke(FunctionName="work", Qualifier="live", InvocationType="Event", Payload="1")
    assert execution(cloud, begun["DurableExecutionArn"])["Version"] == "1"
    assert begun["DurableExecutionArn"].startswith(f"{arn}:1/durable-execution/")
    cloud.advance(60)
    functions.update_function_configuration(FunctionName="work", Handler="app.gone")
    functions.publish_version(FunctionName="work")
    functions.update_alias(FunctionName="work", Name="live", FunctionVersion="2")
    assert ended(cloud, begun["DurableExecutionArn"]) == ("SUCCEEDED", 3)


def test_a_name_starts_one_execution(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html"""
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, STEPS, seen=seen)
    first = start(cloud, {"order": 1}, DurableExecutionName="order-1")
    assert start(cloud, {"order": 1}, DurableExecutionName="order-1") == first
    ended(cloud, first)
    assert start(cloud, {"order": 1}, DurableExecutionName="order-1") == first
    cloud.settle(DAY)
    assert sorted(told(cloud, seen)) == ["first", "second"]


def test_a_name_with_another_payload_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html"""
    create_durable(cloud, RETURNS)
    start(cloud, {"order": 1}, DurableExecutionName="order-1")
    code, _ = refused(
        cloud.client("lambda").invoke,
        FunctionName="work:$LATEST",
        InvocationType="Event",
        DurableExecutionName="order-1",
        Payload=json.dumps({"order": 2}),
    )
    assert code == "DurableExecutionAlreadyStartedException"


def test_a_name_is_free_again_when_the_retention_is_over(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html"""
    create_durable(cloud, RETURNS, DurableConfig={"ExecutionTimeout": 60, "RetentionPeriodInDays": 1})
    first = start(cloud, 1, DurableExecutionName="n")
    cloud.settle(60)
    cloud.advance(DAY + 1)
    code, _ = refused(cloud.client("lambda").get_durable_execution, DurableExecutionArn=first)
    assert code == "ResourceNotFoundException"
    assert start(cloud, 2, DurableExecutionName="n") != first


def test_an_execution_that_takes_too_long_times_out(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html"""
    create_durable(cloud, QUIET, timeout=100)
    arn = start(cloud)
    assert ended(cloud, arn) == (
        "TIMED_OUT",
        {"ErrorMessage": "Execution timed out after 100 seconds."},
    )
    assert kinds(cloud, arn)[-1] == "ExecutionTimedOut"


def test_an_execution_can_be_stopped(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html"""
    create_durable(cloud, QUIET)
    arn = start(cloud)
    cloud.advance(10)
    error = {"ErrorType": "Stopped", "ErrorMessage": "by hand"}
    cloud.client("lambda").stop_durable_execution(DurableExecutionArn=arn, Error=error)
    assert ended(cloud, arn) == ("STOPPED", error)


def test_a_paused_execution_isn_t_invoked_until_it_is_resumed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PauseDurableExecution.html"""
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, STEPS, seen=seen)
    arn, functions = start(cloud), cloud.client("lambda")
    cloud.advance(10)
    functions.pause_durable_execution(DurableExecutionArn=arn)
    cloud.advance(3600)
    assert execution(cloud, arn)["Status"] == "PAUSED"
    assert told(cloud, seen) == ["first"]
    functions.resume_durable_execution(DurableExecutionArn=arn)
    assert ended(cloud, arn) == ("SUCCEEDED", 3)


def test_only_an_execution_that_has_ended_can_be_deleted(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteDurableExecution.html"""
    create_durable(cloud, QUIET)
    arn, functions = start(cloud), cloud.client("lambda")
    assert refused(functions.delete_durable_execution, DurableExecutionArn=arn)[0] == (
        "ResourceConflictException"
    )
    ended(cloud, arn)
    functions.delete_durable_execution(DurableExecutionArn=arn)
    assert refused(functions.get_durable_execution, DurableExecutionArn=arn)[0] == "ResourceNotFoundException"


def test_executions_are_listed_by_status_and_name(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html"""
    create_durable(cloud, RETURNS)
    first = start(cloud, 1, DurableExecutionName="one")
    second = start(cloud, 2, DurableExecutionName="two")
    cloud.settle(60)

    def listed(**settings):
        answer = cloud.client("lambda").list_durable_executions_by_function(FunctionName="work", **settings)
        return [each["DurableExecutionArn"] for each in answer["DurableExecutions"]]

    assert listed() == [first, second]
    assert listed(ReverseOrder=True) == [second, first]
    assert listed(DurableExecutionName="two") == [second]
    assert listed(Statuses=["RUNNING"]) == []


def test_a_function_becomes_durable_when_it_is_created_or_never(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html"""
    functions = cloud.client("lambda")
    create_function(cloud, "def handler(event, context): return 1")
    config = {"ExecutionTimeout": 60}
    code, _ = refused(functions.update_function_configuration, FunctionName="work", DurableConfig=config)
    assert code == "InvalidParameterValueException"


def test_a_durable_function_needs_a_timeout_for_its_executions(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html: required."""
    code, message = refused(
        lambda **config: create_durable(cloud, RETURNS, DurableConfig=config), RetentionPeriodInDays=7
    )
    assert (code, message) == (
        "InvalidParameterValueException",
        "You cannot create a function with a durable configuration without an executionTimeout",
    )


def test_the_configuration_shows_that_a_function_is_durable(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html: 14 days by default."""
    create_durable(cloud, RETURNS, timeout=60)
    found = cloud.client("lambda").get_function_configuration(FunctionName="work")
    assert found["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}


def test_an_invocation_that_fails_is_made_again_and_steps_are_not(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html: at-least-once steps."""
    seen, _ = create_queue(cloud, "seen")
    source = """
    @durable
    def handler(execution):
        execution.step("first", lambda: tell("first"))
        tell("tried")
        raise ValueError("no")
    """
    create_durable(cloud, source, seen=seen)
    arn = start(cloud)
    status, error = ended(cloud, arn)
    assert (status, error["ErrorType"]) == ("FAILED", "ValueError")
    assert sorted(told(cloud, seen)) == ["first", *["tried"] * 5]


@pytest.mark.parametrize(
    "answer",
    ["{'Status': 'DONE'}", "'done'", "{'Status': 'FAILED', 'Result': '1'}"],
    ids=["status", "text", "result"],
)
def test_an_answer_that_is_none_fails_the_execution_at_once(cloud, answer):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_durable(cloud, f"def handler(event, context): return {answer}")
    status, error = ended(cloud, start(cloud))
    assert (status, error["ErrorType"]) == ("FAILED", "InvalidParameterValueException")


def test_an_execution_that_waits_for_nothing_fails(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_durable(cloud, "def handler(event, context): return {'Status': 'PENDING'}")
    status, error = ended(cloud, start(cloud))
    assert (status, error["ErrorMessage"]) == (
        "FAILED",
        "Cannot return PENDING status with no pending operations.",
    )


def test_a_failed_execution_is_a_dead_letter_of_its_event(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    url, queue = create_queue(cloud, "failed")
    create_durable(cloud, FAILS, DeadLetterConfig={"TargetArn": queue})
    start(cloud, {"order": 1})
    cloud.settle(DAY)
    assert [json.loads(message["Body"]) for message in messages(cloud, url)] == [{"order": 1}]


def test_a_queue_waits_for_the_execution_of_its_batch(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html"""
    seen, _ = create_queue(cloud, "seen")
    jobs, queue = create_queue(cloud, "jobs", VisibilityTimeout="600")
    create_durable(cloud, STEPS, seen=seen, timeout=900)
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=queue, FunctionName="work:$LATEST")
    cloud.client("sqs").send_message(QueueUrl=jobs, MessageBody="1")
    cloud.advance(60)
    attributes = ["ApproximateNumberOfMessagesNotVisible"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=jobs, AttributeNames=attributes)
    assert found["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"
    cloud.settle(DAY)
    assert sorted(told(cloud, seen)) == ["first", "second"]
    assert messages(cloud, jobs) == []
