"""Executions inside of the emulator: whose calls are whose, and what their ends do to messages."""

from __future__ import annotations

import pytest
from botocore.exceptions import HTTPClientError

from tests.unit.gateway.fakes import ACCOUNT, post

MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:Saga"
EXECUTION = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:Saga:e-1"


def begin(guest, **more):
    told = {"machine": MACHINE, "name": "e-1", "messages": ["m-1"], "environment": EXECUTION}
    return guest("execution", **told, cause=None, actor="states", **more)["execution"]


def end(guest, execution, status, **more):
    return guest("execution-ended", execution=execution, status=status, actor="states", **more)


def test_an_execution_is_told_with_its_messages(guest):
    begin(guest)
    [begun] = guest.of("execution")
    assert (begun.subject, begun.messages, begun.actor) == ("Saga", ("m-1",), "states")
    assert dict(begun.data) == {"name": "e-1", "source": "Saga"}


def test_its_calls_follow_from_it(guest):
    seq = begin(guest)
    guest.door.client("sqs", token=f"harness.env.{EXECUTION}").list_queues()
    [call] = guest.of("call")
    assert (call.actor, call.cause) == ("Saga", seq)


def test_it_makes_no_call_after_its_end(guest):
    end(guest, begin(guest), "SUCCEEDED")
    with pytest.raises(HTTPClientError):
        guest.door.client("sqs", token=f"harness.env.{EXECUTION}").list_queues()


@pytest.mark.parametrize(
    ("status", "how", "kind"),
    [
        ("FAILED", {}, "dead-lettered"),
        ("FAILED", {"meant": True}, "purged"),
        ("FAILED", {"waited_for": True}, "purged"),
        ("TIMED_OUT", {"express": True}, "dropped"),
    ],
)
def test_the_messages_of_one_that_fails_end_as_in_the_simulator(guest, status, how, kind):
    end(guest, begin(guest), status, error="Bad", why="luck", **how)
    last = guest.door.history()[-1]
    assert (last.kind, last.subject, last.actor) == (kind, "Saga", "states")
    assert last.data["reason"] == f"its execution ended as {status}: Bad: luck"


def test_an_error_without_a_cause_is_told_alone(guest):
    end(guest, begin(guest), "FAILED", error="States.Timeout")
    assert guest.of("execution-ended")[0].data["error"] == "States.Timeout"


def test_one_that_does_not_run_cannot_end(guest):
    told = {"execution": 9, "status": "FAILED", "actor": "states"}
    status, answer = post(guest.door, "execution-ended", told)
    assert (status, answer["message"]) == (400, "execution 9: no execution of this number is running")
