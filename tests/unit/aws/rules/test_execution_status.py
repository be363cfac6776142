"""The event of an execution's status."""

from __future__ import annotations

from dataclasses import replace

from harness.aws.rules.execution_status import PAYLOADS_BYTES_MAX, ExecutionStatus

ARN = "arn:aws:states:eu-west-1:123456789012:execution:Saga:e-1"
ENDED = ExecutionStatus(
    arn=ARN,
    machine="arn:aws:states:eu-west-1:123456789012:stateMachine:Saga",
    name="e-1",
    status="SUCCEEDED",
    started_at=1.5,
    stopped_at=2.0,
    input="{}",
    output="[]",
)


def test_the_bus_is_the_default_one_of_the_execution_s_region():
    assert ENDED.bus == "arn:aws:events:eu-west-1:123456789012:event-bus/default"


def test_moments_are_milliseconds_and_what_is_not_there_is_null():
    running = replace(ENDED, status="RUNNING", stopped_at=None, output=None).event()
    detail = running["detail"]
    assert (detail["startDate"], detail["stopDate"]) == (1500, None)
    assert (detail["output"], detail["outputDetails"]) == (None, None)
    assert (detail["input"], detail["inputDetails"]) == ("{}", {"included": True})
    assert running["resources"] == [ARN]


def test_a_long_input_is_left_out_before_the_output():
    long = "x" * (PAYLOADS_BYTES_MAX - 1)
    detail = replace(ENDED, input=long, output="[1]").event()["detail"]
    assert (detail["input"], detail["inputDetails"]) == (None, {"included": False})
    assert (detail["output"], detail["outputDetails"]) == ("[1]", {"included": True})


def test_a_longer_output_is_left_out_too():
    detail = replace(ENDED, output="x" * (PAYLOADS_BYTES_MAX + 1)).event()["detail"]
    assert (detail["input"], detail["output"]) == (None, None)
    assert detail["outputDetails"] == {"included": False}
