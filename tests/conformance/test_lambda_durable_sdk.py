"""AWS's SDK for durable functions, as it is, in handlers.

https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html
"""

from __future__ import annotations

import pytest

from harness import faults
from tests.conformance.durable_helpers import callback_id, create_durable, ended, kinds, start
from tests.conformance.lambda_helpers import create_function, create_queue, told

pytest.importorskip(
    "aws_durable_execution_sdk_python", reason="the handlers use aws-durable-execution-sdk-python"
)
pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no durable functions")

SDK = """
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig, Duration, ParallelConfig, StepConfig, StepSemantics, WaitForCallbackConfig
)
from aws_durable_execution_sdk_python.retries import RetryDecision
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision
"""


def create(cloud, source, **settings):
    """A durable function whose code uses the SDK."""
    return create_durable(cloud, SDK + source, **settings)


def test_steps_and_a_wait_of_a_year(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html"""
    source = """
@durable_execution
def handler(event, context):
    first = context.step(lambda _: event["n"], name="first")
    context.wait(Duration.from_days(365), name="a year")
    return first + context.step(lambda _: 1, name="second")
"""
    create(cloud, source, timeout=31_622_400)
    arn = start(cloud, {"n": 41})
    assert ended(cloud, arn, days=366) == ("SUCCEEDED", 42)
    assert kinds(cloud, arn).count("StepSucceeded") == 2


def test_a_step_is_tried_again_by_its_strategy(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html"""
    seen, _ = create_queue(cloud, "seen")
    source = """
def again(error, attempts):
    return RetryDecision(attempts < 3, Duration.from_hours(1))

def work(step):
    tell(1)
    raise ValueError("no")

@durable_execution
def handler(event, context):
    return context.step(work, config=StepConfig(retry_strategy=again))
"""
    create(cloud, source, seen=seen)
    arn = start(cloud)
    status, error = ended(cloud, arn)
    assert (status, error["ErrorMessage"]) == ("FAILED", "no")
    assert told(cloud, seen) == [1, 1, 1]
    assert kinds(cloud, arn).count("StepFailed") == 3


@pytest.mark.parametrize(
    ("semantics", "ran_at", "runs", "result"),
    [("AT_LEAST_ONCE_PER_RETRY", 1, 2, "done"), ("AT_MOST_ONCE_PER_RETRY", 2, 1, "StepError")],
    ids=["at least once", "at most once"],
)
def test_a_step_whose_invocation_dies_runs_again_or_not(cloud, semantics, ran_at, runs, result):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    seen, _ = create_queue(cloud, "seen")
    source = f"""
@durable_execution
def handler(event, context):
    config = StepConfig(
        step_semantics=StepSemantics.{semantics},
        retry_strategy=lambda error, attempts: RetryDecision(False, Duration.from_seconds(1)),
    )
    try:
        return context.step(lambda _: tell("ran") or "done", config=config)
    except Exception as problem:
        return type(problem).__name__
"""
    create(cloud, source, seen=seen)
    cloud.inject(faults.crash("work", after_call=ran_at))
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", result)
    assert told(cloud, seen) == ["ran"] * runs


def test_a_callback_is_waited_for(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = """
@durable_execution
def handler(event, context):
    config = WaitForCallbackConfig(timeout=Duration.from_days(7))
    return context.wait_for_callback(lambda id, _: print(id), name="yes", config=config)
"""
    create(cloud, source)
    arn = start(cloud)
    cloud.advance(60)
    send = cloud.client("lambda").send_durable_execution_callback_success
    send(CallbackId=callback_id(cloud, arn), Result=b"of course")
    assert ended(cloud, arn) == ("SUCCEEDED", "of course")


def test_a_callback_that_never_comes_is_an_error_in_the_handler(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = """
@durable_execution
def handler(event, context):
    callback = context.create_callback(name="yes", config=CallbackConfig(timeout=Duration.from_hours(1)))
    try:
        return callback.result()
    except Exception as problem:
        return type(problem).__name__
"""
    create(cloud, source)
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", "CallbackTimeoutError")


def test_map_and_parallel_run_their_branches(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = """
def slow(context, item, index, items):
    context.wait(Duration.from_minutes(item))
    return context.step(lambda _: item * 2)

@durable_execution
def handler(event, context):
    mapped = context.map([1, 2, 3], slow).get_results()
    branches = [lambda inner: inner.step(lambda _: "a"), lambda inner: inner.step(lambda _: "b")]
    return [mapped, context.parallel(branches, config=ParallelConfig(max_concurrency=1)).get_results()]
"""
    create(cloud, source)
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", [[2, 4, 6], ["a", "b"]])


def test_another_function_is_invoked(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_function(cloud, "def handler(event, context): return event * 2", name="double")
    create(cloud, "@durable_execution\ndef handler(event, context): return context.invoke('double', 21)\n")
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", 42)


def test_a_condition_is_looked_at_again_and_again(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = """
def strategy(state, attempt):
    if state >= 3:
        return WaitForConditionDecision.stop_polling()
    return WaitForConditionDecision.continue_waiting(Duration.from_minutes(10))

@durable_execution
def handler(event, context):
    config = WaitForConditionConfig(wait_strategy=strategy, initial_state=0)
    return context.wait_for_condition(lambda state, _: state + 1, config=config)
"""
    create(cloud, source)
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", 3)


def test_a_child_context_has_operations_of_its_own(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = """
def child(inner):
    first = inner.step(lambda _: 1)
    inner.wait(Duration.from_hours(1))
    return first + inner.step(lambda _: 2)

@durable_execution
def handler(event, context):
    return context.run_in_child_context(child, name="child")
"""
    create(cloud, source)
    arn = start(cloud)
    assert ended(cloud, arn) == ("SUCCEEDED", 3)
    assert kinds(cloud, arn).count("ContextSucceeded") == 1


def test_a_replay_that_isn_t_deterministic_is_told_as_what_it_is(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-best-practices.html"""
    source = """
import random

@durable_execution
def handler(event, context):
    context.step(lambda _: 1, name=f"step {random.random()}")
    context.wait(Duration.from_hours(1))
"""
    create(cloud, source)
    status, error = ended(cloud, start(cloud))
    assert status == "FAILED"
    assert "NonDeterministicExecutionError" in error["ErrorType"]
