"""Which effects are owed: where messages lead, and what became of them on the way."""

from __future__ import annotations

import pytest

from harness import invariants
from harness.invariants.flow import ways_of
from tests.helpers.runs import Written


@pytest.fixture
def run():
    return Written()


def effects(history, *orders, place="Ledger", **how):
    rows = [{"order": order} for order in orders]
    return invariants.effects_once(history, place, key="order", rows=rows, **how)


def ordered(run, n=1):
    accepted = run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
    run.fan_out(accepted, "BillingQueue", f"q-{n}")
    return accepted


def test_a_function_that_succeeds_without_ever_writing_is_caught(run):
    accepted = ordered(run)
    run.filter_out(accepted, "MailQueue")
    run.work("BillingQueue", "Billing", "q-1", writes=None)
    assert effects(run.settle()).kind == "missing"


def test_nobody_knows_who_should_have_written_if_no_function_ever_did(run):
    accepted = ordered(run)
    run.work("BillingQueue", "Billing", "q-1", writes=None)
    run.fan_out(accepted, "ShippingQueue", "s-1")
    run.work("ShippingQueue", "Shipping", "s-1", writes=None, outcome="error")
    run.dead_letter("ShippingQueue", "s-1", "Dead")
    assert effects(run.settle()).value == "unknown"


def test_a_function_that_only_reads_does_not_feed_a_table(run):
    accepted = ordered(run)
    ordered(run, 2)
    run.work("BillingQueue", "Billing", "q-1")
    run.work("BillingQueue", "Billing", "q-2")
    run.fan_out(accepted, "ShippingQueue", "s-1")
    with run.run("ShippingQueue", "Shipping", "s-1", outcome="error") as invocation:
        run.call("dynamodb:GetItem", "Ledger", actor="Shipping", cause=invocation)
    run.dead_letter("ShippingQueue", "s-1", "Dead")
    assert effects(run.settle(), "o-2").kind == "missing"


@pytest.mark.parametrize("reads", ["dynamodb:Scan", "dynamodb:TransactGetItems"])
def test_a_function_that_only_reads_is_not_taken_for_the_one_that_writes(run, reads):
    """Billing swallowed an error before it wrote; the report looks at the ledger, and feeds nothing."""
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1", writes=None)
    run.send("Reports", "r-1", "all")
    with run.run("Reports", "Report", "r-1") as invocation:
        run.call(reads, "Ledger", actor="Report", cause=invocation)
    assert effects(run.settle()).kind == "missing"


def test_a_transaction_writes_to_all_its_tables(run):
    ordered(run)
    with run.run("BillingQueue", "Billing", "q-1") as invocation:
        call = run.call("dynamodb:TransactWriteItems", "Ids", actor="Billing", cause=invocation)
    call.data["others"] = ["Ledger"]
    run.send("Refunds", "r-1", {"order": "o-9"})
    run.work("Refunds", "Refund", "r-1", writes="Refunded")
    assert effects(run.settle(), "o-1").value == "holds"
    assert effects(run.history()).message_ids == ("m-1",)


def test_of_two_ways_that_lead_there_both_owe_or_nobody_knows(run):
    accepted = ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    run.fan_out(accepted, "AuditQueue", "a-1")
    run.work("AuditQueue", "Audit", "a-1", outcome="error")
    assert effects(run.settle(), "o-1").value == "holds"
    run.dead_letter("AuditQueue", "a-1", "Dead")
    assert effects(run.settle()).value == "unknown"


def test_a_message_for_another_table_owes_nothing_here(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    run.send("Refunds", "r-1", {"order": "o-9"})
    run.work("Refunds", "Refund", "r-1", writes="Refunded")
    assert effects(run.settle(), "o-1").value == "holds"


def test_a_lost_message_owes_its_effect(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    accepted = run.publish("Orders", "m-2", {"order": "o-2"})
    run.drop(accepted, "BillingQueue")
    assert effects(run.settle(), "o-1").kind == "missing"


def test_a_dead_letter_that_its_own_function_handled_was_not_applied(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1", outcome="error")
    run.dead_letter("BillingQueue", "q-1", "Dead")
    run.work("Dead", "Undertaker", "q-1", writes="Graves")
    assert effects(run.settle()).value == "holds"


def chained(run, second="ok", order="o-1", carried=True):
    """Work goes to Intake; that sends it on to the queue from which Billing writes."""
    run.send("Inbox", "m-1", {"order": order})
    with run.run("Inbox", "Intake", "m-1") as invocation:
        body = {"order": order} if carried else "opaque"
        run.send("BillingQueue", "b-1", body, actor="Intake", cause=invocation)
    run.work("BillingQueue", "Billing", "b-1", outcome=second)
    if second != "ok":
        run.dead_letter("BillingQueue", "b-1", "Dead")


@pytest.mark.parametrize("carried", [True, False], ids=["with the key", "without the key"])
def test_where_work_is_sent_on_the_last_step_decides(run, carried):
    chained(run, carried=carried)
    assert effects(run.settle(), "o-1").value == "holds"
    assert effects(run.settle()).kind == "missing"


@pytest.mark.parametrize("carried", [True, False], ids=["with the key", "without the key"])
def test_a_dead_letter_of_the_last_step_is_excused(run, carried):
    chained(run, second="error", carried=carried)
    assert effects(run.settle()).value == "holds"


def unwritten(run, second="error"):
    """Work is sent on to a queue whose function never wrote in this run."""
    run.send("Inbox", "m-1", {"order": "o-1"})
    with run.run("Inbox", "Intake", "m-1") as invocation:
        run.send("BillingQueue", "b-1", {"order": "o-1"}, actor="Intake", cause=invocation)
    run.work("BillingQueue", "Billing", "b-1", outcome=second, writes=None)
    if second != "ok":
        run.dead_letter("BillingQueue", "b-1", "Dead")
    return run.settle()


def chain_without_faults():
    control = Written()
    chained(control)
    return ways_of(control.settle(), "Ledger")


def test_who_feeds_a_place_that_was_never_written_to_is_told_by_another_run(run):
    history = unwritten(run)
    assert effects(history).kind == "open"
    assert effects(history, ways=chain_without_faults()).value == "holds"


def test_work_that_was_applied_on_every_further_way_is_missing_whoever_feeds_the_place(run):
    history = unwritten(run, second="ok")
    assert effects(history).kind == "missing"
    assert effects(history, ways=chain_without_faults()).kind == "missing"


def test_a_branch_that_another_run_shows_not_to_lead_there_owes_nothing(run):
    accepted = ordered(run)
    run.work("BillingQueue", "Billing", "q-1", outcome="error", writes=None)
    run.dead_letter("BillingQueue", "q-1", "Dead")
    run.fan_out(accepted, "ShippingQueue", "s-1")
    run.work("ShippingQueue", "Shipping", "s-1", writes="Parcels")
    history = run.settle()
    control = Written()
    accepted = ordered(control)
    control.work("BillingQueue", "Billing", "q-1")
    control.fan_out(accepted, "ShippingQueue", "s-1")
    control.work("ShippingQueue", "Shipping", "s-1", writes="Parcels")
    control.settle()
    assert effects(history).kind == "open"
    assert effects(history, ways=ways_of(control.history(), "Ledger")).value == "holds"
    parcels = ways_of(control.history(), "Parcels")
    assert effects(history, place="Parcels", ways=parcels).kind == "missing"


def test_work_that_was_not_sent_on_is_missing(run):
    chained(run)
    run.send("Inbox", "m-2", {"order": "o-2"})
    with run.run("Inbox", "Intake", "m-2"):
        pass
    verdict = effects(run.settle(), "o-1")
    assert (verdict.kind, verdict.message_ids) == ("missing", ("m-2",))


def test_only_what_functions_sent_may_carry_the_key(run):
    run.send("Inbox", "m-1", {"basket": ["tea"]})
    with run.run("Inbox", "Intake", "m-1") as invocation:
        for n in (1, 2):
            run.send("BillingQueue", f"b-{n}", {"order": f"o-{n}"}, actor="Intake", cause=invocation)
    run.work("BillingQueue", "Billing", "b-1", "b-2")
    assert effects(run.settle(), "o-1", "o-2").value == "holds"
    assert effects(run.settle(), "o-1").kind == "missing"


def test_messages_on_a_queue_are_effects(run):
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Worker", "m-1") as invocation:
        run.send("Jobs", "j-1", {"order": "o-1"}, actor="Worker", cause=invocation)
    history = run.settle()
    assert effects(history, "o-1", place="Jobs").value == "holds"
    assert effects(history, "o-1", "o-1", place="Jobs").kind == "duplicated"
    assert effects(history, place="Jobs").kind == "missing"
    assert effects(history, "o-1", "o-2", place="Jobs").kind == "unexpected"


def test_a_topic_may_lead_to_the_queue_itself(run):
    ordered(run)
    history = run.settle()
    assert effects(history, "o-1", place="BillingQueue").value == "holds"
    assert effects(history, place="BillingQueue").kind == "missing"


def test_an_order_that_was_sent_twice_is_one_order(run):
    for n in (1, 2):
        run.send("Work", f"m-{n}", {"order": "o-1"})
    run.work("Work", "Worker", "m-1", "m-2")
    assert effects(run.settle(), "o-1").value == "holds"
    assert effects(run.settle(), "o-1", "o-1").kind == "duplicated"


def test_an_accepted_message_whose_sender_never_heard_owes_its_effect_all_the_same(run):
    call = run.call("sqs:SendMessage", "Work", lost=True)
    run.recorder.accepted("Work", "m-1", body='{"order": "o-1"}', group=None, cause=call)
    run.work("Work", "Worker", "m-1")
    assert effects(run.settle()).kind == "missing"


@pytest.mark.parametrize(("sent", "stored"), [(1, 1), (1.0, 1), (1, "1"), ("x", "x"), ([1], [1])])
def test_keys_compare_by_what_they_say(run, sent, stored):
    run.send("Work", "m-1", {"order": sent})
    run.work("Work", "Worker", "m-1")
    assert effects(run.settle(), stored).value == "holds"


def test_rows_of_the_test_itself_are_expected(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    assert effects(run.settle(), "o-1", "o-0").kind == "unexpected"
    run.call("dynamodb:PutItem", "Ledger")
    assert effects(run.settle(), "o-1", "o-0").value == "holds"


def test_what_a_function_wrote_that_the_test_called_is_expected(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    call = run.call("lambda:Invoke", "Billing")
    how = {"request_id": "r", "attempt": 1, "source": "", "cold": False, "version": "1"}
    invocation = run.recorder.invocation("Billing", (), **how, cause=call)
    run.recorder.invocation_ended(invocation, "ok", failed=[])
    assert effects(run.settle(), "o-1", "o-0").value == "holds"


def test_before_the_run_is_at_rest_only_what_can_not_change_is_said(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1")
    history = run.settle("hop to Billing")
    assert effects(history).value == "unknown"
    assert effects(history, "o-1").value == "unknown"
    assert effects(history, "o-1", "o-1").kind == "duplicated"


def test_a_hung_handler_makes_a_missing_effect_unknown(run):
    ordered(run)
    run.work("BillingQueue", "Billing", "q-1", outcome="hung")
    assert effects(run.settle()).value == "unknown"


def test_of_a_batch_that_was_sent_on_each_answers_for_its_own(run):
    for n in (1, 2):
        run.send("Inbox", f"m-{n}", {"order": f"o-{n}"})
    with run.run("Inbox", "Intake", "m-1", "m-2") as invocation:
        for n in (1, 2):
            run.send("BillingQueue", f"b-{n}", {"order": f"o-{n}"}, actor="Intake", cause=invocation)
    run.work("BillingQueue", "Billing", "b-1")
    run.work("BillingQueue", "Billing", "b-2", outcome="error")
    run.dead_letter("BillingQueue", "b-2", "Dead")
    history = run.settle()
    assert effects(history, "o-1").value == "holds"
    verdict = effects(history, "o-2")
    assert (verdict.kind, verdict.message_ids) == ("missing", ("m-1",))


def test_whoever_writes_itself_and_sends_on_may_owe_the_effect(run):
    run.send("Inbox", "m-1", {"order": "o-1"})
    with run.run("Inbox", "Intake", "m-1") as invocation:
        run.call("dynamodb:PutItem", "Ledger", actor="Intake", cause=invocation)
        run.send("BillingQueue", "b-1", {"order": "o-1"}, actor="Intake", cause=invocation)
    run.work("BillingQueue", "Billing", "b-1", outcome="error")
    run.dead_letter("BillingQueue", "b-1", "Dead")
    assert effects(run.settle()).value == "unknown"


def test_what_was_lost_on_its_way_to_a_queue_is_missing_there(run):
    ordered(run)
    accepted = run.publish("Orders", "m-2", {"order": "o-2"})
    run.drop(accepted, "BillingQueue")
    assert effects(run.settle(), "o-1", place="BillingQueue").kind == "missing"


def invoked(run, function, cause):
    """A function that somebody invokes and waits for; inside of it the caller can have it work."""
    call = run.call("lambda:Invoke", function, actor=cause.subject if cause else "test", cause=cause)
    how = {"request_id": "r", "attempt": 1, "source": "", "cold": False, "version": "1"}
    return run.recorder.invocation(function, (), **how, cause=call, actor="lambda")


def test_a_function_that_polls_a_queue_feeds_what_it_writes(run):
    for n in (1, 2):
        run.send("Work", f"m-{n}", {"order": f"o-{n}"})
    polling = invoked(run, "Worker", None)
    for n in (1, 2):
        run.recorder.received("Work", {f"m-{n}": 1}, visible_at=30.0, cause=polling, actor="Worker")
        run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=polling)
        run.delete("Work", f"m-{n}", by="Worker", cause=polling)
    run.recorder.invocation_ended(polling, "ok", failed=[])
    history = run.settle()
    assert effects(history, "o-1", "o-2").value == "holds"
    assert effects(history, "o-1").kind == "missing"


def test_a_function_that_another_one_invokes_writes_for_its_messages(run):
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Intake", "m-1") as intake:
        billing = invoked(run, "Billing", intake)
        run.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=billing)
        run.recorder.invocation_ended(billing, "ok", failed=[])
    history = run.settle()
    assert effects(history, "o-1").value == "holds"
    assert effects(history).kind == "missing"
