"""A durable function waits for somebody who gets a mail, and for a day: a message follows it all the way."""

import json
import re

import pytest

from harness import expect, faults, scenario

pytestmark = pytest.mark.clouds("sim", reason="only the simulator has durable functions")

DAY = 86_400


def ask_for(app, *expenses):
    """Somebody has confirmed that the boss wants mails; then expenses are asked for."""
    token = re.search(r"Token=(\w+)", app.outbox()[0].body)[1]
    app.client("sns").confirm_subscription(TopicArn=app.physical_id("Mails"), Token=token)
    for expense in expenses:
        app.topic("Expenses").publish({"expense": expense, "amount": 42})


def read_mails(app, *, hours=6, approved=True):
    """Do what the boss does: look for mails now and then, and answer each callback."""
    answered = set()
    for _ in range(hours):
        app.advance(seconds=3600)
        for mail in [json.loads(sent.body) for sent in app.outbox() if sent.subject == "An expense"]:
            if mail["callback"] not in answered:
                answered.add(mail["callback"])
                app.queue("Decisions").send({**mail, "approved": approved})
    app.settle(within_seconds=30 * DAY)


@scenario("fixtures/apps/approvals/template.yaml")
def test_every_expense_is_paid_once(app):
    ask_for(app, "e-1", "e-2")
    read_mails(app)
    expect(app).nothing_lost()
    expect(app).effects_once("Payments", key="expense")


def test_what_is_refused_is_not_paid(approvals):
    ask_for(approvals, "e-1")
    read_mails(approvals, approved=False)
    [execution] = approvals.function("Approve").durable_executions()
    assert (execution.status, execution.result) == ("SUCCEEDED", "refused")
    assert approvals.table("Payments").rows() == []
    expect(approvals).nothing_lost()


def test_what_nobody_decides_on_is_kept_for_somebody_to_see(approvals):
    ask_for(approvals, "e-1")
    approvals.settle(within_seconds=30 * DAY)
    [execution] = approvals.function("Approve").durable_executions()
    assert (execution.status, execution.error["ErrorType"]) == ("FAILED", "TIMED_OUT")
    expect(approvals).dead_letters(queue="Undecided", at_least=1)
    expect(approvals).nothing_lost()


def test_a_function_that_dies_behind_a_checkpoint_asks_nobody_twice(approvals, chaos):
    chaos.inject(faults.crash("Approve", after_call=3))
    ask_for(approvals, "e-1")
    read_mails(approvals)
    assert [sent.subject for sent in approvals.outbox()].count("An expense") == 1
    expect(approvals).effects_once("Payments", key="expense")


def test_an_answer_of_a_checkpoint_that_is_lost_changes_nothing(approvals, chaos):
    chaos.inject(faults.answer_lost("lambda:CheckpointDurableExecution", resource="Approve", times=2))
    ask_for(approvals, "e-1")
    read_mails(approvals)
    expect(approvals).nothing_lost()
    expect(approvals).effects_once("Payments", key="expense")


def test_a_callback_whose_answer_is_lost_is_given_once(approvals, chaos):
    chaos.inject(faults.answer_lost("lambda:SendDurableExecutionCallbackSuccess", resource="Approve"))
    ask_for(approvals, "e-1")
    read_mails(approvals)
    expect(approvals).nothing_lost()
    expect(approvals).effects_once("Payments", key="expense")


def test_what_nobody_decides_on_is_lost_without_dead_letters(twin):
    careless = twin("approvals_no_dead_letters")
    careless.topic("Expenses").publish({"expense": "e-1", "amount": 42})
    careless.settle(within_seconds=30 * DAY)
    expect(careless).broken.nothing_lost()
