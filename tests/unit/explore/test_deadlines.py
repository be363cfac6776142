"""Until when messages stay hidden, and until when a function may run."""

from __future__ import annotations

import pytest

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
