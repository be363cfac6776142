"""recovered_within, unaffected, dead_letters, retry_amplification, settled: where the edges are."""

from __future__ import annotations

import pytest

from harness import invariants
from harness.aws.rules.wiring import links
from harness.invariants.unaffected import latencies_of
from tests.helpers.runs import Written


def crashed(run, then=None, **lasting):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillingQueue", "q-1")
    with run.run("BillingQueue", "Billing", "q-1", outcome="crash") as invocation:
        run.fault(invocation, "crash", "kill", **lasting)
    run.wait(60)
    if then is not None:
        run.work("BillingQueue", "Billing", "q-1", count=2, outcome=then)


def test_recovery_counts_from_the_end_of_what_the_fault_hit(run):
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Worker", "m-1", outcome="timeout") as invocation:
        run.fault(invocation, "slow", "delay")
        run.wait(100)
    run.wait(10)
    run.work("Work", "Worker", "m-1", count=2)
    history = run.settle()
    assert invariants.recovered_within(history, seconds=20).value == "holds"
    assert invariants.recovered_within(history, seconds=5).kind == "late"


def test_a_time_just_over_the_limit_is_told_with_digits_enough_to_see_it(run):
    crashed(run)
    run.wait(0.021)
    run.work("BillingQueue", "Billing", "q-1", count=2)
    verdict = invariants.recovered_within(run.settle(), seconds=60)
    assert verdict.evidence == ('{"order": "o-1"} at BillingQueue: applied after 60.02 s',)


def test_recovery_from_an_outage_counts_from_its_end():
    run = Written()
    crashed(run, then="ok", until=50)
    history = run.settle()
    assert invariants.recovered_within(history, seconds=15).value == "holds"
    assert invariants.recovered_within(history, seconds=5).kind == "late"


def test_recovery_ends_when_the_last_redelivery_is_done(run):
    crashed(run, then="ok")
    run.fan_out(run.history().of("accepted")[0], "BillingQueue", "q-2")
    run.wait(60)
    run.work("BillingQueue", "Billing", "q-2")
    assert invariants.recovered_within(run.settle(), seconds=90).kind == "late"


def test_a_dead_letter_is_an_end_whenever_somebody_clears_it_away(run):
    crashed(run)
    run.dead_letter("BillingQueue", "q-1", "Dead")
    run.wait(3600)
    run.delete("Dead", "q-1", by="test")
    assert invariants.recovered_within(run.settle(), seconds=90).value == "holds"
    assert invariants.recovered_within(run.settle(), seconds=30).kind == "late"


def test_what_still_waits_where_functions_are_served_has_not_recovered(run):
    crashed(run)
    assert invariants.recovered_within(run.settle(), seconds=90).kind == "stuck"
    assert invariants.recovered_within(run.settle("BillingQueue"), seconds=90).value == "unknown"


def test_what_is_lost_has_not_recovered(run):
    crashed(run)
    run.recorder.expired("BillingQueue", "q-1", reason="retention", actor="sqs")
    assert invariants.recovered_within(run.settle(), seconds=90).kind == "lost"


def test_a_dead_letter_has_ended_and_later_messages_do_not_count(run):
    crashed(run)
    run.dead_letter("BillingQueue", "q-1", "Dead")
    run.wait(1000)
    run.send("Work", "m-2", "hi")
    run.work("Work", "Worker", "m-2")
    assert invariants.recovered_within(run.settle(), seconds=90).value == "holds"


def twice_dead(run):
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    for copy in ("q-1", "q-2"):
        run.fan_out(accepted, "BillingQueue", copy)
        run.work("BillingQueue", "Billing", copy, outcome="error")
        run.dead_letter("BillingQueue", copy, "Dead")


def test_a_message_that_is_a_dead_letter_twice_is_one_message(run):
    twice_dead(run)
    history = run.settle()
    assert invariants.dead_letters(history, exactly=["o-1"], key="order").value == "holds"
    assert invariants.dead_letters(history, at_most=1).kind == "unexpected"


def test_dead_letters_too_many_are_certain_and_too_few_are_not(run):
    twice_dead(run)
    history = run.settle("BillingQueue")
    assert invariants.dead_letters(history, none=True).kind == "unexpected"
    assert invariants.dead_letters(history, exactly=["o-2"], key="order").kind == "unexpected"
    assert invariants.dead_letters(history, at_least=3).value == "unknown"
    assert invariants.dead_letters(history, exactly=["o-1", "o-2"], key="order").value == "unknown"
    assert invariants.dead_letters(history, exactly=["o-1"], key="order").value == "unknown"


def test_a_missing_dead_letter_is_named(run):
    twice_dead(run)
    verdict = invariants.dead_letters(run.settle(), exactly=["o-1", "o-2"], key="order")
    assert verdict.kind == "missing"
    assert "o-2" in str(verdict)


def test_dead_letters_that_expired_or_were_taken_out_are_not_there(run):
    twice_dead(run)
    run.recorder.expired("Dead", "q-1", reason="retention", actor="sqs")
    run.delete("Dead", "q-2", by="test")
    assert invariants.dead_letters(run.settle(), none=True).value == "holds"


@pytest.mark.parametrize(("days", "kept"), [(6, False), (8, True)], ids=["6 days", "8 days"])
def test_a_dead_letter_that_somebody_had_a_week_for_is_one_though_it_expired(run, days, kept):
    run.send("Work", "m-1", {"order": "o-1"})
    run.work("Work", "Worker", "m-1", outcome="error")
    run.dead_letter("Work", "m-1", "Dead")
    run.wait(days * 86_400)
    run.recorder.expired("Dead", "m-1", reason="retention period", actor="sqs")
    history = run.settle()
    assert invariants.nothing_lost(history).value == ("holds" if kept else "broken")
    assert invariants.dead_letters(history, none=True).value == ("broken" if kept else "holds")
    left = {"left": {"effects": {"o-1": 1}, "claimed": ["o-1"], "given": ["o-1"], "known": ["o-1"]}}
    excused = invariants.effects_once(history, "Ledger", key="order", rows=[], control=left)
    assert excused.value == ("holds" if kept else "broken")


def shipped(*orders, slow=(), lost=(), settled=True):
    run = Written()
    for n, order in enumerate(orders):
        accepted = run.publish("Orders", f"m-{n}", {"order": order})
        run.fan_out(accepted, "ShippingQueue", f"q-{n}")
        run.wait(30 if order in slow else 0)
        run.work("ShippingQueue", "Shipping", f"q-{n}", outcome="error" if order in lost else "ok")
    return run.settle() if settled else run.history()


CONTROL = latencies_of(shipped("a", "b", "c"), ["ShippingQueue"])


def unaffected(history, control=CONTROL):
    return invariants.unaffected(history, places=["ShippingQueue"], control=control)


def test_messages_are_compared_with_the_same_messages():
    assert unaffected(shipped("c", "b", "a")).value == "holds"
    assert unaffected(shipped("a", "b", "c", slow="b")).kind == "slower"
    assert unaffected(shipped("a", "b", "c", lost="b")).kind == "stopped"
    assert unaffected(shipped("a", "a", "b", "c")).value == "holds"


def test_what_can_not_be_compared_is_unknown():
    assert unaffected(shipped("a", "b")).value == "unknown"
    assert unaffected(shipped("a", "b", "x")).value == "unknown"
    assert unaffected(shipped("a"), control=None).value == "unknown"
    nothing = latencies_of(shipped("a", lost="a"), ["ShippingQueue"])
    assert unaffected(shipped("a"), control=nothing).value == "unknown"


def receipted(slow=False, sends=True):
    """Billing sends a receipt for each order; the test sends one itself."""
    run = Written()
    run.send("BillingQueue", "b-1", {"order": "o-1"})
    with run.run("BillingQueue", "Billing", "b-1") as invocation:
        if sends:
            run.send("Receipts", "r-1", {"receipt": "o-1"}, actor="Billing", cause=invocation)
    if sends:
        run.wait(30 if slow else 0)
        run.work("Receipts", "Mail", "r-1")
    run.send("Receipts", "r-2", {"receipt": "o-2"})
    run.work("Receipts", "Mail", "r-2")
    return run.settle()


def test_what_functions_send_is_compared_too():
    control = latencies_of(receipted(), ["Receipts"])
    verdicts = [
        invariants.unaffected(history, places=["Receipts"], control=control)
        for history in (receipted(), receipted(slow=True), receipted(sends=False))
    ]
    assert [(verdict.value, verdict.checked) for verdict in verdicts] == [
        ("holds", 2),
        ("broken", 2),
        ("holds", 1),
    ]


def test_a_queue_to_which_nothing_came_this_time_is_unknown():
    only_sent_on = {"Receipts": latencies_of(receipted(), ["Receipts"])["Receipts"][:1]}
    verdict = invariants.unaffected(receipted(sends=False), places=["Receipts"], control=only_sent_on)
    assert (verdict.value, verdict.why) == (
        "unknown",
        "nothing came to Receipts that can be compared with the control run",
    )


def test_a_message_that_may_still_come_is_unknown_and_one_that_came_late_is_not():
    assert unaffected(shipped("a", "b", "c", lost="b", settled=False)).value == "unknown"
    assert unaffected(shipped("a", "b", "c", slow="b", settled=False)).kind == "slower"


def test_calls_that_the_control_run_never_made_count_as_made_once(run):
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Worker", "m-1") as invocation:
        for _ in range(3):
            run.call("sqs:SendMessage", "Retries", actor="Worker", cause=invocation)
    asked = [
        invariants.retry_amplification(run.settle(), at_most=most, control={"dynamodb:PutItem Ledger": 1})
        for most in (2, 3)
    ]
    assert [verdict.value for verdict in asked] == ["broken", "holds"]


def test_retries_are_known_to_be_few_only_when_the_run_is_at_rest(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1")
    calls = {"dynamodb:PutItem Ledger": 1}

    def asked(history, control=calls):
        return invariants.retry_amplification(history, at_most=1, control=control)

    assert asked(run.settle()).value == "holds"
    assert asked(run.settle("Work")).value == "unknown"
    run.work("Work", "Worker", "m-1", count=2)
    assert asked(run.settle("Work")).kind == "amplified"
    assert asked(run.settle(), None).value == asked(run.settle(), {}).value == "unknown"


def test_motion_after_the_run_had_settled_makes_it_unknown(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1")
    run.settle()
    run.send("Work", "m-2", "hi")
    assert invariants.settled(run.history()).value == "unknown"
    assert invariants.nothing_lost(run.history()).value == "unknown"


def test_the_test_may_look_into_a_queue_after_the_run_had_settled(run):
    run.send("Work", "m-1", "hi")
    run.settle()
    run.receive("Work", "m-1", by="test")
    assert invariants.nothing_lost(run.history()).value == "holds"
    run.delete("Work", "m-1", by="test")
    assert invariants.nothing_lost(run.history()).value == "holds"


def test_messages_of_functions_with_a_time_in_them_are_compared_one_by_one():
    def sent(slow):
        run = Written()
        for n, at in enumerate(("10:00", "10:01")):
            run.send("In", f"m-{n}", {"order": f"o-{n}"})
            with run.run("In", "First", f"m-{n}") as running:
                said = {"order": f"o-{n}", "at": f"{at}{slow}"}
                run.send("ShippingQueue", f"s-{n}", said, actor="First", cause=running)
            run.wait(slow)
            run.work("ShippingQueue", "Shipping", f"s-{n}")
        return run.settle()

    control = latencies_of(sent(0), ["ShippingQueue"])
    assert unaffected(sent(0), control=control).value == "holds"
    assert unaffected(sent(30), control=control).kind == "slower"


def test_what_a_handler_sends_on_has_to_recover_too():
    run = Written()
    run.send("In", "m-1", {"order": "o-1"})
    with run.run("In", "First", "m-1") as running:
        run.fault(running)
        run.wait(1)
    with run.run("In", "First", "m-1", count=2) as running:
        run.send("Out", "m-2", {"order": "o-1"}, actor="First", cause=running)
    run.wait(500)
    run.work("Out", "Second", "m-2")
    assert invariants.recovered_within(run.settle(), seconds=60).kind == "late"


def test_what_waits_where_nothing_takes_messages_from_is_done_only_if_effects_are_looked_for_there(run):
    """A queue of results, or a forgotten consumer?"""
    run.send("Work", "m-1", {"order": "o-1"})
    run.fault(run.call("sqs:SendMessage", "Other"))
    verdict = invariants.recovered_within(run.settle(), seconds=60)
    assert (verdict.value, verdict.why) == (
        "unknown",
        "1 of 1 wait in Work, from which nothing takes them; if they are results, claim effects_once there "
        "first",
    )
    run.recorder.state("Work", ['{"order": "o-1"}'])
    assert invariants.recovered_within(run.history(), seconds=60).value == "holds"


def test_results_that_functions_send_may_wait(run):
    run.send("In", "m-1", {"order": "o-1"})
    with run.run("In", "First", "m-1") as running:
        run.fault(run.call("dynamodb:PutItem", "Ledger", actor="First", cause=running))
        run.send("Out", "m-2", {"order": "o-1"}, actor="First", cause=running)
    assert invariants.recovered_within(run.settle(), seconds=60).value == "holds"


def test_what_waits_where_a_disabled_consumer_is_meant_to_take_it_is_stuck():
    run = Written()
    run.send("Work", "m-1", {"order": "o-1"})
    run.fault(run.call("sqs:SendMessage", "Other"))
    arn = "arn:aws:sqs:us-east-1:123456789012:Work"
    run.settle()
    run.recorder.names.link(links({"EventSourceArn": arn, "Enabled": False}))
    assert invariants.recovered_within(run.history(), seconds=60).kind == "stuck"
