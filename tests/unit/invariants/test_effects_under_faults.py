"""What effects_once owes in a run with faults, beside what the control run left."""

from __future__ import annotations

import pytest

from tests.helpers.effects import billed, control_of, effects, ordered, routed, under_faults
from tests.helpers.runs import Written


def test_under_faults_what_the_control_run_left_is_owed(run):
    billed(run, 1)
    billed(run, 2)
    history, control = run.settle(), control_of(1, 2)
    assert under_faults(control, history, ["o-1", "o-2"], ["o-1", "o-2"]).value == "holds"
    assert under_faults(control, history, ["o-1", "o-2"], ["o-1"]).kind == "missing"
    assert under_faults(control, history, ["o-1", "o-2"], ["o-1", "o-2", "o-2"]).kind == "duplicated"


def test_under_faults_a_dead_letter_accounts_for_a_missing_effect_but_not_for_two(run):
    billed(run, 1, outcome="error")
    run.dead_letter("Work", "m-1", "Dead")
    history, control = run.settle(), control_of(1)
    assert under_faults(control, history, ["o-1"], []).value == "holds"
    assert under_faults(control, history, ["o-1"], ["o-1", "o-1"]).kind == "duplicated"


def test_a_dead_letter_accounts_for_what_led_to_it(run):
    """A splitter's line became the dead letter; the order that it is of has the key."""
    ordered(run, 1, queue="In")
    with run.run("In", "Split", "m-1") as splitting:
        run.send("Lines", "l-1", {"line": 1}, actor="Split", cause=splitting)
    run.work("Lines", "Line", "l-1", outcome="error")
    run.dead_letter("Lines", "l-1", "Dead")
    assert under_faults(control_of(1), run.settle(), ["o-1"], []).value == "holds"


def test_a_dead_letter_accounts_for_no_other_message_of_a_batch_that_led_to_it(run):
    """o-1 and o-2 came in one batch; o-1 was sent on and became a dead letter, o-2 was forgotten."""
    for n in (1, 2):
        ordered(run, n, queue="In")
    with run.run("In", "Route", "m-1", "m-2") as routing:
        run.send("Lines", "l-1", {"order": "o-1"}, actor="Route", cause=routing)
    run.work("Lines", "Line", "l-1", outcome="error")
    run.dead_letter("Lines", "l-1", "Dead")
    verdict = under_faults(control_of(1, 2), run.settle(), ["o-1", "o-2"], [])
    assert (verdict.kind, [line[:4] for line in verdict.evidence]) == ("missing", ["o-2:"])


def test_a_dead_letter_of_another_order_accounts_for_nothing(run):
    billed(run, 1, writes=None)
    billed(run, 2, outcome="error")
    run.dead_letter("Work", "m-2", "Dead")
    verdict = under_faults(control_of(1, 2), run.settle(), ["o-1", "o-2"], [])
    assert [line[:4] for line in verdict.evidence] == ["o-1:"]


def test_under_faults_an_effect_that_the_control_run_had_none_of_is_unexpected(run):
    billed(run, 1)
    control = Written()
    ordered(control, 1)
    control.filter_out(control.publish("Orders", "t-1", {"order": "o-2"}), "Work")
    control.work("Work", "Billing", "m-1")
    run.publish("Orders", "t-1", {"order": "o-2"})
    verdict = under_faults(control.settle(), run.settle(), ["o-1"], ["o-1", "o-2"])
    assert (verdict.kind, verdict.evidence) == (
        "unexpected",
        ("o-2: once in Ledger, none in the control run",),
    )


def test_a_claim_that_does_not_hold_without_faults_does_not_hold_with_them(run):
    billed(run, 1)
    verdict = under_faults(control_of(1), run.settle(), [], ["o-1"])
    assert (verdict.value, verdict.kind) == ("broken", "control")
    assert verdict.why.startswith("also without faults: 1 of 1 had no effect")


def test_routers_need_no_narrowing_but_the_claim_s_own(run):
    control = Written()
    for each in (run, control):
        routed(each, 1, "QA")
        routed(each, 2, "QB")
    verdict = under_faults(control.settle(), run.settle(), ["o-1"], ["o-1"], place="TableQA", of="QA")
    assert verdict.value == "holds"


def test_keys_that_functions_make_up_anew_can_not_be_compared(run):
    def split(into, line):
        into.send("In", "m-1", {"id": "b-1"})
        with into.run("In", "Split", "m-1") as splitting:
            into.send("Lines", "l-1", {"order": line}, actor="Split", cause=splitting)
        into.work("Lines", "Line", "l-1")

    control = Written()
    split(control, "uuid-1")
    split(run, "uuid-2")
    history, was = run.settle(), control.settle()
    assert under_faults(was, history, ["uuid-1"], ["uuid-2"]).value == "unknown"
    assert under_faults(was, history, ["uuid-1"], ["uuid-2", "uuid-2"]).kind == "duplicated"


@pytest.mark.parametrize("again", [("p-1", "p-2"), ("p-2", "p-3")])
def test_a_retry_under_a_key_that_a_function_makes_up_anew_is_one_effect_too_many(run, again):
    """Billing makes up the payment's id; its acknowledgement was lost, so it made up another."""

    def pay(into, *payments):
        into.send("In", "m-1", {"id": "b-1"})
        for payment in payments:
            with into.run("In", "Bill", "m-1") as billing:
                into.send("Lines", payment, {"order": payment}, actor="Bill", cause=billing)
            into.work("Lines", "Line", payment)

    control = Written()
    pay(control, "p-1")
    pay(run, *again)
    verdict = under_faults(control.settle(), run.settle(), ["p-1"], again)
    assert verdict.kind == "unexpected"
    assert verdict.evidence[-1].startswith(f"{again[-1]}: in Ledger; functions made it up, 1 more than")


def split(*lines, outcome="ok"):
    """A function takes the order, which has no field "line", and sends its lines to the place of effects."""
    run = Written()
    ordered(run, 1, queue="In")
    with run.run("In", "Split", "m-1", outcome=outcome) as splitting:
        for number, line in enumerate(lines):
            run.send("Lines", f"l-{number}", {"line": line}, actor="Split", cause=splitting)
    return run


def lines_once(history, was, now):
    how = {"place": "Lines", "key": "line", "attribute": "order"}
    return under_faults(split(*was).settle(), history, was, now, **how)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [("ab", ""), ("a", "missing"), ("abb", "duplicated"), ("abc", "unexpected")],
    ids=["all", "one less", "one twice", "one more"],
)
def test_effects_in_a_queue_of_which_only_they_have_the_key_are_those_of_the_control_run(sent, kind):
    assert lines_once(split(*sent).settle(), "ab", sent).kind == kind


def test_of_effects_that_only_have_the_key_a_dead_letter_accounts_for_what_came_of_it():
    run = split(outcome="error")
    run.dead_letter("In", "m-1", "Dead")
    assert lines_once(run.settle(), "ab", "").value == "holds"


def test_without_faults_effects_that_only_have_the_key_are_there_once():
    history = split("a", "b").settle()
    how = {"place": "Lines", "key": "line", "attribute": "order"}
    assert effects(history, "a", "b", **how).value == "holds"
    assert effects(history, "a", "b", "b", **how).kind == "duplicated"
    assert effects(history, "a", **how).kind == "missing"
