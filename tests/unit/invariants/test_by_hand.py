"""Verdicts on histories written by hand: known good, known bad, and not to be known."""

import pytest

from harness import invariants
from harness.history import History
from tests.helpers.runs import Written


def billed(run, order="o-1", message="m-1", copy="q-1", **how):
    """An order on its way to billing and through it."""
    accepted = run.publish("Orders", message, {"order": order})
    run.fan_out(accepted, "BillingQueue", copy)
    run.work("BillingQueue", "Billing", copy, **how)
    return accepted


def rows(*orders):
    return [{"order": order} for order in orders]


def effects(history, *orders):
    return invariants.effects_once(history, "Ledger", key="order", rows=rows(*orders))


def test_nothing_is_lost_if_every_copy_was_handled(run):
    accepted = billed(run)
    run.fan_out(accepted, "ShippingQueue", "q-2")
    run.work("ShippingQueue", "Shipping", "q-2")
    verdict = invariants.nothing_lost(run.settle())
    assert (verdict.value, verdict.checked) == ("holds", 2)


def test_a_run_without_messages_has_nothing_to_lose():
    assert invariants.nothing_lost(History([])).value == "unknown"


def test_a_delivery_given_up_without_a_dead_letter_queue_is_lost(run):
    accepted = billed(run)
    run.drop(accepted, "ShippingQueue")
    verdict = invariants.nothing_lost(run.settle())
    assert (verdict.value, verdict.kind) == ("broken", "lost")
    assert "ShippingQueue" in str(verdict)


def test_a_message_that_expired_in_its_queue_is_lost(run):
    run.send("Work", "m-1", "hi")
    run.recorder.expired("Work", "m-1", reason="retention period", actor="sqs")
    assert invariants.nothing_lost(run.settle()).value == "broken"


def test_a_message_that_its_function_deleted_before_any_work_and_then_failed_is_lost(run):
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Worker", "m-1", outcome="crash") as invocation:
        call = run.call("sqs:DeleteMessage", "Work", actor="Worker", cause=invocation)
        run.delete("Work", "m-1", by="Worker", cause=call)
    assert invariants.nothing_lost(run.settle()).value == "broken"


@pytest.mark.parametrize(("outcome", "value"), [("ok", "holds"), ("crash", "unknown"), ("hung", "unknown")])
def test_whether_a_function_was_done_when_it_deleted_a_message_is_known_only_if_it_ended_well(
    run, outcome, value
):
    """It had begun its work; what it would have done next, nobody knows."""
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Worker", "m-1", outcome=outcome, acked=False) as invocation:
        run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=invocation)
        call = run.call("sqs:DeleteMessage", "Work", actor="Worker", cause=invocation)
        run.delete("Work", "m-1", by="Worker", cause=call)
    assert invariants.nothing_lost(run.settle()).value == value


def test_a_message_that_was_filtered_out_is_not_lost(run):
    accepted = billed(run)
    run.filter_out(accepted, "MailQueue")
    assert invariants.nothing_lost(run.settle()).value == "holds"


def test_a_dead_letter_is_not_lost(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillingQueue", "q-1")
    run.work("BillingQueue", "Billing", "q-1", outcome="error")
    run.dead_letter("BillingQueue", "q-1", "Dead")
    assert invariants.nothing_lost(run.settle()).value == "holds"


def test_a_message_that_the_test_received_and_deleted_is_not_lost(run):
    run.send("Work", "m-1", "hi")
    run.receive("Work", "m-1", by="test")
    run.delete("Work", "m-1", by="test")
    assert invariants.nothing_lost(run.settle()).value == "holds"


def test_a_message_that_still_waits_in_a_run_that_did_not_settle_is_unknown(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1", outcome="error")
    assert invariants.nothing_lost(run.settle("messages hidden in Work")).value == "unknown"


def test_a_run_that_was_never_settled_with_work_left_is_unknown(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1", outcome="error")
    assert invariants.nothing_lost(run.history()).value == "unknown"


def test_a_message_under_way_when_nothing_moves_any_more_is_unknown(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fail(accepted, "BillingQueue")
    assert invariants.nothing_lost(run.settle()).value == "unknown"
    event = run.invoke_async("Gallery", "e-1", {"n": 1})
    run.drop(accepted, "BillingQueue")
    run.run_async(event, outcome="error")
    assert invariants.nothing_lost(run.settle()).kind == "lost"


def test_an_event_that_is_never_tried_again_is_unknown(run):
    event = run.invoke_async("Gallery", "e-1", {"n": 1})
    run.run_async(event, outcome="error")
    assert invariants.nothing_lost(run.settle()).value == "unknown"


def test_a_handler_that_hung_makes_it_unknown(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1", outcome="hung")
    assert invariants.nothing_lost(run.settle()).value == "unknown"


def test_what_is_lost_for_certain_is_broken_though_the_run_did_not_settle(run):
    accepted = billed(run)
    run.drop(accepted, "ShippingQueue")
    assert invariants.nothing_lost(run.settle("something")).value == "broken"


def test_an_asynchronous_event_given_up_is_lost_and_one_handled_is_not(run):
    for message in ("e-1", "e-2"):
        accepted = run.invoke_async("Gallery", message, {"n": message})
        invocation = run.recorder.invocation(
            "Gallery",
            (message,),
            request_id=message,
            attempt=1,
            source="Gallery (async)",
            cold=True,
            version="$LATEST",
            cause=accepted,
            actor="lambda",
        )
        outcome = "ok" if message == "e-1" else "error"
        run.recorder.invocation_ended(invocation, outcome, error=None, failed=[], log="", actor="lambda")
    assert invariants.nothing_lost(run.history()).value == "unknown"
    run.recorder.dropped("Gallery", ("e-2",), reason="RetriesExhausted", actor="lambda")
    assert invariants.nothing_lost(run.settle()).value == "broken"


def test_a_redelivery_after_a_lost_acknowledgement_loses_nothing(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillingQueue", "q-1")
    run.work("BillingQueue", "Billing", "q-1", acked=False)
    run.wait(30)
    run.work("BillingQueue", "Billing", "q-1", count=2)
    history = run.settle()
    assert invariants.nothing_lost(history).value == "holds"
    assert effects(history, "o-1").value == "holds"
    assert effects(history, "o-1", "o-1").kind == "duplicated"


def test_a_dead_letter_that_was_sent_back_and_handled_is_applied(run):
    run.send("Work", "m-1", {"order": "o-1"})
    run.work("Work", "Worker", "m-1", outcome="error")
    run.dead_letter("Work", "m-1", "Dead")
    run.recorder.moved("Dead", ("m-1",), to="Work", ids=["m-9"], actor="sqs")
    run.work("Work", "Worker", "m-9")
    history = run.settle()
    assert invariants.nothing_lost(history).value == "holds"
    assert invariants.dead_letters(history, none=True).value == "holds"
    assert effects(history).kind == "missing"


def test_each_applied_message_needs_its_effect(run):
    billed(run)
    billed(run, "o-2", "m-2", "q-2")
    history = run.settle()
    assert effects(history, "o-1", "o-2").value == "holds"
    assert effects(history, "o-1").kind == "missing"


def test_a_dead_letter_without_a_fault_is_missing_and_may_not_have_two_effects(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillingQueue", "q-1")
    run.work("BillingQueue", "Billing", "q-1", outcome="error")
    run.dead_letter("BillingQueue", "q-1", "Dead")
    history = run.settle()
    assert effects(history).kind == "missing"
    assert effects(history, "o-1", "o-1").kind == "duplicated"


def test_a_dead_letter_on_another_path_is_no_excuse(run):
    accepted = billed(run)
    run.fan_out(accepted, "ShippingQueue", "q-2")
    run.work("ShippingQueue", "Shipping", "q-2", outcome="error", writes=None)
    run.dead_letter("ShippingQueue", "q-2", "Dead")
    assert effects(run.settle()).kind == "missing"


def test_two_copies_of_which_one_was_applied_owe_an_effect(run):
    accepted = billed(run)
    run.fan_out(accepted, "BillingQueue", "q-2")
    run.work("BillingQueue", "Billing", "q-2", outcome="error")
    run.dead_letter("BillingQueue", "q-2", "Dead")
    assert effects(run.settle()).kind == "missing"


def test_an_effect_that_no_message_asked_for_is_told(run):
    billed(run)
    assert effects(run.settle(), "o-1", "o-7").kind == "unexpected"


def test_messages_without_the_key_make_effects_unknown(run):
    run.send("Work", "m-1", "no json")
    assert effects(run.settle()).value == "unknown"


def test_items_of_a_list_attribute_are_effects_too(run):
    billed(run)
    history = run.settle()

    def asked(*events):
        found = [{"customer": "c", "events": [{"order": event} for event in events]}]
        return invariants.effects_once(history, "Ledger", key="order", items="events", rows=found)

    assert asked("o-1").value == "holds"
    assert asked("o-1", "o-1").kind == "duplicated"


def fifo(run, *messages):
    for number in messages:
        run.send("Postings", f"m-{number}", {"account": "a", "n": number}, group="a")


def test_messages_of_a_group_handled_in_turn_are_in_order(run):
    fifo(run, 1, 2, 3)
    run.work("Postings", "Post", "m-1", "m-2")
    run.work("Postings", "Post", "m-3")
    history = run.settle()
    assert invariants.in_order(history, "Postings").value == "holds"
    assert invariants.in_order(history, "Postings", by="account").value == "holds"


def test_a_message_handled_before_an_earlier_one_of_its_group_is_out_of_order(run):
    fifo(run, 1, 2)
    run.work("Postings", "Post", "m-1", "m-2", failed=["m-1"])
    run.wait(30)
    run.work("Postings", "Post", "m-1", count=2)
    assert invariants.in_order(run.settle(), "Postings").kind == "order"


def test_a_message_handled_after_an_earlier_one_became_a_dead_letter_is_in_order(run):
    fifo(run, 1, 2)
    run.work("Postings", "Post", "m-1", outcome="error")
    run.wait(30)
    run.dead_letter("Postings", "m-1", "Dead")
    run.wait(1)
    run.work("Postings", "Post", "m-2")
    assert invariants.in_order(run.settle(), "Postings").value == "holds"


def test_groups_do_not_wait_for_each_other(run):
    run.send("Postings", "m-1", {"n": 1}, group="a")
    run.send("Postings", "m-2", {"n": 2}, group="b")
    run.work("Postings", "Post", "m-2")
    run.work("Postings", "Post", "m-1")
    assert invariants.in_order(run.settle(), "Postings").value == "holds"


def test_without_groups_order_is_unknown(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1")
    assert invariants.in_order(run.settle(), "Work").value == "unknown"


def dead(run):
    run.send("Work", "m-1", {"order": "o-1"})
    run.work("Work", "Worker", "m-1", outcome="error")
    run.dead_letter("Work", "m-1", "Dead")
    return run.settle()


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ({"none": True}, "broken"),
        ({"at_least": 1}, "holds"),
        ({"at_least": 2}, "broken"),
        ({"at_most": 1}, "holds"),
        ({"exactly": ["o-1"], "key": "order"}, "holds"),
        ({"exactly": ["o-2"], "key": "order"}, "broken"),
        ({"exactly": [], "key": "order"}, "broken"),
        ({"none": True, "queue": "Elsewhere"}, "holds"),
    ],
)
def test_dead_letters_are_those_expected(run, asked, value):
    assert invariants.dead_letters(dead(run), **asked).value == value


def test_recovery_is_measured_from_the_last_fault(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillingQueue", "q-1")
    with run.run("BillingQueue", "Billing", "q-1", outcome="crash") as invocation:
        run.fault(invocation, "crash", "kill")
    run.wait(60)
    run.work("BillingQueue", "Billing", "q-1", count=2)
    history = run.settle()
    assert invariants.recovered_within(history, seconds=90).value == "holds"
    assert invariants.recovered_within(history, seconds=30).kind == "late"


def test_without_a_planned_fault_there_is_nothing_to_recover_from_and_that_holds(run):
    billed(run)
    assert invariants.recovered_within(run.settle(), seconds=1).value == "holds"


def test_a_planned_fault_that_never_acted_leaves_recovery_unknown():
    run = Written(plan={"faults": [{"kind": "ack_lost"}]})
    billed(run)
    assert invariants.recovered_within(run.settle(), seconds=1).value == "unknown"


def shipped(slow=0.0, applied=True):
    run = Written()
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "ShippingQueue", "q-1")
    run.wait(1 + slow)
    run.work("ShippingQueue", "Shipping", "q-1", outcome="ok" if applied else "error")
    return run.settle()


@pytest.mark.parametrize(
    ("history", "value", "kind"),
    [
        (shipped(), "holds", ""),
        (shipped(slow=0.1), "holds", ""),
        (shipped(slow=30), "broken", "slower"),
        (shipped(applied=False), "broken", "stopped"),
    ],
    ids=["the same", "hardly slower", "slower", "stopped"],
)
def test_an_unaffected_path_is_as_fast_as_in_the_control_run(history, value, kind):
    from harness.invariants.unaffected import latencies_of

    control = latencies_of(shipped(), ["ShippingQueue"])
    verdict = invariants.unaffected(history, places=["ShippingQueue"], control=control)
    assert (verdict.value, verdict.kind) == (value, kind)


def test_a_path_that_nothing_came_to_is_unknown():
    from harness.invariants.unaffected import latencies_of

    control = latencies_of(shipped(), ["Typo"])
    assert invariants.unaffected(shipped(), places=["Typo"], control=control).value == "unknown"


def test_retries_that_multiply_are_told(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1")
    from harness.invariants.retry_amplification import calls_of

    control = calls_of(run.settle())
    for count in (2, 3):
        run.work("Work", "Worker", "m-1", count=count)
    assert invariants.retry_amplification(run.settle(), at_most=3, control=control).value == "holds"
    assert invariants.retry_amplification(run.settle(), at_most=2, control=control).kind == "amplified"


@pytest.mark.parametrize(("moving", "value"), [((), "holds"), (("retry",), "broken")])
def test_settled_is_what_settle_found(run, moving, value):
    assert invariants.settled(run.history()).value == "unknown"
    assert invariants.settled(run.settle(*moving)).value == value


def test_a_fault_that_never_acted_is_told():
    plan = {"faults": [{"kind": "crash"}, {"kind": "slow", "optional": True}]}
    run = Written(plan=plan)
    accepted = run.publish("Orders", "m-1", "hi")
    assert invariants.faults_fired(run.settle()).kind == "unfired"
    run.fault(accepted, "crash", "kill", index=0)
    assert invariants.faults_fired(run.settle()).value == "holds"


def test_an_invariant_that_crashes_is_unknown(run):
    def crashing(history):
        raise KeyError("x")

    assert invariants.evaluate(crashing, run.settle(), {}, "mine").value == "unknown"


def test_a_stored_history_is_judged_as_it_was(run):
    billed(run)
    run.settle()
    rows_at = run.recorder.state("Ledger", rows("o-1", "o-1")).seq
    run.recorder.expectation("nothing_lost", params={}, verdict="holds", negated=False)
    params = {"place": "Ledger", "key": "order", "items": None, "rows_at": rows_at}
    run.recorder.expectation("effects_once", params=params, verdict="broken", negated=False)
    run.recorder.expectation("effects_once", params=params, verdict="holds", negated=True)
    run.recorder.expectation("my_own", params={}, verdict="holds", negated=False)
    stored = History.from_json(run.history().to_json())
    assert [verdict.value for verdict in invariants.judge(stored)] == ["holds", "broken", "holds", "unknown"]


def test_the_worst_verdict_wins(run):
    verdicts = [invariants.settled(run.history()), effects(run.settle())]
    assert invariants.worst(verdicts).value == "unknown"
    assert invariants.worst([]) is None


def waiting_for_a_token(run, *, settled=True):
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.recorder.entered(begun, "Ask", number=1, waits_for_token=True)
    return run.settle(*(() if settled else ("execution of Saga",)))


def test_an_effect_is_missing_whose_execution_waits_while_nothing_else_moves(run):
    verdict = effects(waiting_for_a_token(run))
    assert (verdict.value, verdict.kind) == ("broken", "missing")
    assert "it waits in Saga" in str(verdict)


def test_nobody_knows_of_an_effect_whose_execution_goes_on(run):
    assert effects(waiting_for_a_token(run, settled=False)).value == "unknown"


def test_what_waits_in_an_execution_is_neither_lost_nor_done(run):
    verdict = invariants.nothing_lost(waiting_for_a_token(run))
    assert verdict.value == "unknown"
    assert verdict.why == "Saga waits in its state Ask for an answer, and nothing moves that could give it"


def test_what_waits_in_an_execution_that_ended_without_faults_is_stuck(run):
    verdict = invariants.nothing_lost(waiting_for_a_token(run), control_ended=True)
    assert (verdict.value, verdict.kind) == ("broken", "stuck")
    assert verdict.why.endswith("; without faults it ended")


def test_an_execution_whose_answer_may_come_of_a_dead_letter_is_not_yet_stuck(run):
    run.send("Asked", "a-1", {"token": "t"})
    run.work("Asked", "Answer", "a-1", outcome="error")
    run.dead_letter("Asked", "a-1", "AskedDead")
    assert invariants.nothing_lost(waiting_for_a_token(run), control_ended=True).value == "unknown"


def test_an_execution_that_goes_on_is_not_stuck(run):
    history = waiting_for_a_token(run, settled=False)
    assert invariants.nothing_lost(history, control_ended=True).value == "unknown"
