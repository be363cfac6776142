"""Until when messages stay hidden, and until when a function may run."""

from __future__ import annotations

import json

import pytest

import harness
from harness.explore.deadlines import Deadlines
from tests.helpers.runs import Written


@pytest.fixture
def run():
    """A message, and a function that received it itself and may run for 20 seconds."""
    run = Written()
    run.send("Work", "m-1", {})
    return run


def polling(run):
    how = {"request_id": "r", "timeout": 20.0, "actor": "test"}
    begun = run.recorder.invocation(run.function("Worker"), (), **how)
    asked = run.call("sqs:ReceiveMessage", "Work", actor="Worker", cause=begun)
    run.recorder.received("Work", {"m-1": 1}, visible_at=run.at + 30, cause=asked, actor="Worker")
    return begun


def put(run, begun):
    return run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=begun)


def deadlines(run):
    history = run.settle()
    told = Deadlines(history)
    for event in history:
        told.note(event)
    return told


def test_what_a_function_received_itself_is_hidden_until_its_timeout(run):
    begun = polling(run)
    run.wait(10)
    call = put(run, begun)
    assert deadlines(run).lapses_after(call) == 20.0


@pytest.mark.parametrize(("until", "lapses"), [(100.0, 90.0), (12.0, 2.0), (10.0, None)])
def test_the_visibility_counts_as_it_was_changed_last(run, until, lapses):
    begun = polling(run)
    run.wait(10)
    changed = run.call("sqs:ChangeMessageVisibility", "Work", actor="Worker", cause=begun)
    run.recorder.hidden("Work", "m-1", visible_at=until, cause=changed, actor="Worker")
    call = put(run, begun)
    assert deadlines(run).lapses_after(call) == lapses


def test_a_function_has_the_rest_of_its_timeout(run):
    begun = polling(run)
    run.wait(15)
    call = put(run, begun)
    assert deadlines(run).time_left(call) == 5.0


def test_without_a_timeout_nobody_knows(run):
    with run.run("Work", "Ship", "m-1") as begun:
        call = put(run, begun)
    assert deadlines(run).time_left(call) is None


def test_the_test_has_neither(run):
    call = run.call("dynamodb:PutItem", "Ledger")
    assert (deadlines(run).time_left(call), deadlines(run).lapses_after(call)) == (None, None)


@pytest.mark.parametrize(("timeout", "left"), [(None, 30.0), (5, 30.0), (3000, 30.0)])
def test_a_parent_that_is_over_does_not_wait_for_the_state_of_its_child(timeout, left):
    with harness.Simulator(seed=1) as cloud:
        child = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "TimeoutSeconds": 30}
        arn = cloud_machine(cloud, "child", {"Wait": {"Type": "Wait", "Seconds": 10}, "Ask": child})
        begin = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution"}
        begin["Parameters"] = {"StateMachineArn": arn, "Input": {}}
        parent = cloud_machine(cloud, "parent", {"Begin": begin}, timeout)
        cloud.client("stepfunctions").start_execution(stateMachineArn=parent)
        cloud.settle(60)
        history = cloud.history()
    [call] = [event for event in history.of("call") if event.data["operation"] == "ListQueues"]
    assert Deadlines(history).waited_for(call) == left


def cloud_machine(cloud, name, states, timeout=None):
    """States one after the other, as a state machine; gives its ARN."""
    names = [*states, None]
    for state, following in zip(states, names[1:], strict=True):
        states[state] |= {"Next": following} if following else {"End": True}
    definition = {"StartAt": names[0], "States": states} | ({"TimeoutSeconds": timeout} if timeout else {})
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/any"
    )
    return made["stateMachineArn"]
