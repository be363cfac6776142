"""Callbacks of durable executions: somebody outside answers, late, twice or never.

https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html
"""

from __future__ import annotations

import pytest

from tests.conformance.durable_helpers import DAY, callback_id, create_durable, ended, kinds, start
from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no durable functions")

WAITS = """
@durable
def handler(execution):
    execution.callback("c", {options})
    try:
        return execution.answer("c")
    except Failed as problem:
        return [problem.status, problem.error]
"""


@pytest.fixture
def waiting(cloud):
    """Start an execution that waits for a callback with these options: its ARN, and the callback's id."""

    def begin(**options):
        given = ", ".join(f"{name}={value}" for name, value in options.items())
        create_durable(cloud, WAITS.format(options=given))
        arn = start(cloud)
        cloud.advance(10)
        return arn, callback_id(cloud, arn)

    return begin


def test_the_answer_goes_to_the_execution(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html"""
    arn, id_ = waiting()
    functions = cloud.client("lambda")
    functions.send_durable_execution_callback_success(CallbackId=id_, Result=b'{"yes": true}')
    assert ended(cloud, arn) == ("SUCCEEDED", {"yes": True})
    assert "CallbackSucceeded" in kinds(cloud, arn)


def test_the_answer_may_be_a_failure(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackFailure.html"""
    arn, id_ = waiting()
    error = {"ErrorType": "Refused", "ErrorMessage": "no"}
    cloud.client("lambda").send_durable_execution_callback_failure(CallbackId=id_, Error=error)
    assert ended(cloud, arn) == ("SUCCEEDED", ["FAILED", error])


def test_a_callback_that_never_comes_times_out(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CallbackOptions.html"""
    arn, _ = waiting(TimeoutSeconds=3600)
    error = {"ErrorType": "Callback.Timeout", "ErrorMessage": "Callback timed out"}
    assert ended(cloud, arn) == ("SUCCEEDED", ["TIMED_OUT", error])


def test_without_a_heartbeat_a_callback_times_out_sooner(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackHeartbeat.html"""
    arn, id_ = waiting(TimeoutSeconds=36_000, HeartbeatTimeoutSeconds=100)
    for _ in range(5):
        cloud.advance(80)
        cloud.client("lambda").send_durable_execution_callback_heartbeat(CallbackId=id_)
    assert "CallbackTimedOut" not in kinds(cloud, arn)
    status, (how, error) = ended(cloud, arn)
    assert (status, how, error["ErrorType"]) == ("SUCCEEDED", "TIMED_OUT", "Callback.Heartbeat")


@pytest.mark.parametrize("operation", ["success", "failure", "heartbeat"])
def test_an_answer_that_comes_twice_is_refused(cloud, waiting, operation):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html"""
    arn, id_ = waiting()
    functions = cloud.client("lambda")
    functions.send_durable_execution_callback_success(CallbackId=id_, Result=b"1")
    send = getattr(functions, f"send_durable_execution_callback_{operation}")
    assert refused(send, CallbackId=id_)[0] == "CallbackTimeoutException"
    assert ended(cloud, arn) == ("SUCCEEDED", 1)


def test_an_answer_that_comes_too_late_is_refused(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html"""
    _, id_ = waiting(TimeoutSeconds=60)
    cloud.settle(DAY)
    send = cloud.client("lambda").send_durable_execution_callback_success
    assert refused(send, CallbackId=id_, Result=b"1")[0] == "CallbackTimeoutException"


def test_a_callback_that_nobody_asked_for_doesn_t_exist(cloud, waiting):
    """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html"""
    waiting()
    send = cloud.client("lambda").send_durable_execution_callback_success
    assert refused(send, CallbackId="bm8=", Result=b"1")[0] == "ResourceNotFoundException"
