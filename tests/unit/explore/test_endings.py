"""The status of a run: recovered, dead-lettered, broken or unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness import faults
from harness.expectations import Broken
from harness.explore import Outcome
from harness.explore.outcome import bystanders_of, refused_of
from harness.explore.search import ended_as
from harness.explore.sweep import Try
from harness.history.executions import FAILED_EXECUTIONS, ExecutionEnd, record_end
from harness.invariants.verdict import broken
from harness.plan import Plan
from harness.plugin.judged import judged
from tests.helpers.runs import Written

POISON = Plan(0, (faults.poison("Billing"),))


def batch_of_two(*, about=(), fault=True):
    """A batch that fails as a whole, and becomes dead letters."""
    run = Written()
    for number in range(2):
        run.send("Orders", f"m-{number}", {"order": f"o-{number}"})
    with run.run("Orders", "Billing", "m-0", "m-1", outcome="error") as invocation:
        hop = run.history()[invocation.cause]
        if fault:
            run.recorder.fault(hop, index=0, kind="poison", what="alter", messages=about)
    for number in range(2):
        run.dead_letter("Orders", f"m-{number}", "Dead")
    return run.settle()


def test_a_neighbour_of_a_poisoned_message_that_becomes_a_dead_letter_has_not_recovered():
    bystanders = bystanders_of(batch_of_two(about=("m-0",)), POISON)
    assert bystanders == (("Dead", '{"order": "o-1"}'),)
    outcome = Outcome(plan=POISON, status="recovered", hits=(1,), dead_letters=bystanders)
    tried = Try(POISON, "Orders ⇒ Billing #1", "Orders ⇒ Billing", "", "poison", "poison", seq=1)
    control = Outcome(plan=Plan(0), status="recovered")
    assert ended_as(tried, replace(outcome, bystanders=bystanders), control).status == "dead-lettered"
    assert ended_as(tried, outcome, control).status == "recovered"


STOP = Plan(0, (faults.stop_execution("Saga", "Charge"),))


def stopped(redriven=False):
    """An execution that a fault stops; it fails, and is kept until somebody redrives it."""
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.fault(run.recorder.entered(begun, "Charge", number=1), "stop_execution", "kill")
    end = ExecutionEnd(status="ABORTED")
    ended, _ = record_end(run.recorder, begun, end, actor="stepfunctions")
    if redriven:
        kept = f"Saga{FAILED_EXECUTIONS}"
        run.recorder.moved(kept, ("m-1",), to="Saga", ids=("m-1",), actor="test")
        again = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=ended, actor="test")
        record_end(run.recorder, again, ExecutionEnd(status="SUCCEEDED"), actor="stepfunctions")
    return run.settle()


@pytest.mark.parametrize(
    ("history", "error", "status"),
    [
        (stopped(), AssertionError("half done"), "dead-lettered"),
        (stopped(), Broken("broken", broken("nothing_lost", "lost", "1 of 1 lost")), "broken"),
        (stopped(redriven=True), AssertionError("half done"), "broken"),
    ],
    ids=["an assertion", "an invariant", "an assertion though it was redriven"],
)
def test_an_assertion_is_not_broken_by_work_that_waits_for_its_redrive(history, error, status):
    assert judged(STOP, history, error).status == status


def test_an_assertion_says_as_little_where_another_fault_was_at_work_too():
    both = Plan(0, (*STOP.faults, faults.crash("Charge")))
    assert judged(both, stopped(), AssertionError("half done")).status == "dead-lettered"


def test_work_that_was_broken_off_elsewhere_shows_nothing():
    tried = Try(STOP, "Saga (state Charge) #1", "Saga (state Charge)", "", "stop", "stop_execution", seq=9)
    outcome = Outcome(plan=STOP, status="dead-lettered", hits=(2,))
    assert ended_as(tried, outcome, None).status == "not reached"


@pytest.mark.parametrize(
    ("history", "plan"),
    [
        (batch_of_two(), POISON),
        (batch_of_two(about=("m-0",)), Plan(0, (faults.crash("Billing"),))),
        (batch_of_two(fault=False), POISON),
    ],
    ids=["of the whole batch", "that passes", "that never acted"],
)
def test_nobody_stands_by_a_fault(history, plan):
    assert bystanders_of(history, plan) == ()


def test_what_came_of_a_poisoned_message_is_no_bystander():
    run = Written()
    run.send("Orders", "m-0", {"order": "o-0"})
    with run.run("Orders", "Billing", "m-0") as invocation:
        run.recorder.fault(run.history()[invocation.cause], index=0, kind="poison", what="alter")
        run.send("Failed", "f-0", {"unreadable": True}, actor="Billing", cause=invocation)
    run.work("Failed", "Sort", "f-0", outcome="error")
    run.dead_letter("Failed", "f-0", "Dead")
    assert bystanders_of(run.settle(), POISON) == ()


def test_a_message_that_fails_without_the_poisoned_one_too_is_no_bystander():
    run = Written()
    for number in range(2):
        run.send("Orders", f"m-{number}", {"order": f"o-{number}"})
    with run.run("Orders", "Billing", "m-0", "m-1", outcome="error") as invocation:
        hop = run.history()[invocation.cause]
        run.recorder.fault(hop, index=0, kind="poison", what="alter", messages=("m-0",))
    run.dead_letter("Orders", "m-0", "Dead")
    run.work("Orders", "Billing", "m-1", outcome="error", count=2)
    run.dead_letter("Orders", "m-1", "Dead")
    assert bystanders_of(run.settle(), POISON) == ()


def test_a_fault_on_a_call_may_be_about_any_message():
    run = Written()
    run.send("Orders", "m-0", {"order": "o-0"})
    with run.run("Orders", "Billing", "m-0", outcome="error") as invocation:
        call = run.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=invocation, error="Denied")
        run.fault(call, "access_denied", "refuse")
    run.dead_letter("Orders", "m-0", "Dead")
    assert bystanders_of(run.settle(), Plan(0, (faults.access_denied("dynamodb:PutItem"),))) == ()


def test_a_refusal_under_a_fault_that_passes_is_told_and_one_of_the_control_run_is_not():
    outcome = Outcome(plan=Plan(0, (faults.crash("Billing"),)), status="recovered", hits=(1,))
    found, control = (
        replace(outcome, refused=(("Api: 503", "o-1"),)),
        Outcome(plan=Plan(0), status="recovered"),
    )
    tried = Try(outcome.plan, "Billing (invocation) #1", "Billing (invocation)", "", "crash", "crash", seq=1)
    told = ended_as(tried, found, control).outcome
    assert (told.status, told.why) == ("recovered", "o-1 refused by Api: 503")
    assert ended_as(tried, found, replace(control, refused=found.refused)).outcome.why == ""
    denied = Plan(0, (faults.access_denied("dynamodb:PutItem"),))
    stays = replace(tried, plan=denied)
    assert ended_as(stays, replace(found, plan=denied), control).outcome.why == ""


def test_what_was_refused_is_not_if_the_same_was_sent_again_and_applied():
    run = Written()
    for number, again in ((1, False), (2, True)):
        run.send("Api", f"m-{number}", {"order": number})
        run.recorder.purged("Api", (f"m-{number}",), reason="its client was told: 503", actor="execute-api")
        if again:
            run.send("Api", "m-3", {"order": number})
            run.work("Api", "Bill", "m-3")
    run.send("Api", "m-4", {"order": 4})
    run.recorder.purged("Api", ("m-4",), reason="PurgeQueue", actor="test")
    assert refused_of(run.settle()) == (("Api: its client was told: 503", '{"order": 1}'),)
