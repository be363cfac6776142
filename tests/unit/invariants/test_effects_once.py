"""What effects_once owes, without faults and with them: histories known to be good and known to be bad."""

from __future__ import annotations

import json

import pytest

from harness import invariants
from harness.invariants.effects_once import left_by
from tests.helpers.runs import Written


@pytest.fixture
def run():
    return Written()


def effects(history, *orders, place="Ledger", rows=None, key="order", **how):
    rows = [{"order": order} for order in orders] if rows is None else rows
    return invariants.effects_once(history, place, key=key, rows=rows, **how)


def under_faults(control, history, was, now, place="Ledger", key="order", **claim):
    """The verdict on a run with faults, beside a control run that left `was`."""
    rows = [{"order": order} for order in was]
    left = left_by(control, rows, place=place, key=key, **claim)
    return effects(history, *now, place=place, key=key, control=left, **claim)


def ordered(run, n=1, *, queue="Work", group=None):
    run.send(queue, f"m-{n}", {"order": f"o-{n}"}, group=group)


def billed(run, n=1, **how):
    ordered(run, n)
    run.work("Work", "Billing", f"m-{n}", **how)


def routed(run, n, to):
    """A router takes it from In, sends it on, and a function writes it from there."""
    ordered(run, n, queue="In")
    with run.run("In", "Route", f"m-{n}") as routing:
        run.send(to, f"{to}-{n}", {"order": f"o-{n}"}, actor="Route", cause=routing)
    run.work(to, f"From{to}", f"{to}-{n}", writes=f"Table{to}")


def control_of(*orders):
    run = Written()
    for n in orders:
        billed(run, n)
    return run.settle()


def test_each_order_has_its_row(run):
    billed(run, 1)
    billed(run, 2)
    assert effects(run.settle(), "o-1", "o-2").value == "holds"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (7, "7"),
        (7, 7),
        (8.0, 8),
        ("ß", "ß"),
        (1234567890123456789012345678, 1234567890123456789012345678),
        (True, True),
    ],
)
def test_values_compare_by_what_they_say(run, sent, stored):
    run.send("Work", "m-1", {"order": sent})
    run.work("Work", "Billing", "m-1")
    assert effects(run.settle(), stored).value == "holds"


def test_decimals_compare_exactly(run):
    run.send("Work", "m-1", '{"order": 0.12345678901234567891}')
    run.work("Work", "Billing", "m-1")
    history = run.settle()
    assert effects(history, "0.12345678901234567891").value == "holds"
    assert effects(history, 0.12345678901234567).kind == "unexpected"


def test_one_row_too_many_is_told_at_once(run):
    billed(run, acked=False)
    verdict = effects(run.history(), "o-1", "o-1")
    assert (verdict.value, verdict.kind) == ("broken", "duplicated")
    assert verdict.evidence == ("o-1: twice in Ledger",)


def two_apps(run):
    """Two apps in one cloud: the queue of each, and the table of the second."""
    for app, queue in (("one", "Work"), ("two", "Jobs")):
        arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
        run.recorder.names.add(queue, arn, app=app)
    run.recorder.names.add("Ledger", "arn:aws:dynamodb:us-east-1:123456789012:table/Ledger", app="two")
    ordered(run, 1, queue="Work")
    run.work("Work", "Other", "m-1", writes=None)
    ordered(run, 2, queue="Jobs")
    run.work("Jobs", "Billing", "m-2")


def test_messages_of_an_app_beside_it_owe_nothing(run):
    two_apps(run)
    history = run.settle()
    assert effects(history, "o-2").value == "holds"
    assert effects(history).kind == "missing"


def test_messages_of_another_app_that_came_to_this_one_owe_an_effect(run):
    two_apps(run)
    run.recorder.names.add("Orders", "arn:aws:sns:us-east-1:123456789012:Orders", app="one")
    run.fan_out(run.publish("Orders", "t-1", {"order": "o-3"}), "Jobs", "j-3")
    run.work("Jobs", "Billing", "j-3")
    history = run.settle()
    assert effects(history, "o-2", "o-3").value == "holds"
    assert effects(history, "o-2").kind == "missing"


def test_an_order_that_was_sent_twice_is_one_order(run):
    run.send("Work", "m-1", {"order": "o-1"})
    run.send("Work", "m-2", {"order": "o-1"})
    run.work("Work", "Billing", "m-1")
    run.work("Work", "Billing", "m-2")
    assert effects(run.settle(), "o-1").value == "holds"


@pytest.mark.parametrize("happened", ["waits", "swallowed", "dead letter", "lost", "never written"])
def test_what_is_not_there_is_missing_and_the_evidence_says_where_it_is(run, happened):
    billed(run, 1)
    published = run.publish("Orders", "m-2", {"order": "o-2"})
    if happened == "lost":
        run.drop(published, "Work", "QueueDoesNotExist")
        told = "at Work: QueueDoesNotExist"
    else:
        run.fan_out(published, "Work", "q-2")
        told = "it waits in Work"
    if happened == "dead letter":
        run.work("Work", "Billing", "q-2", outcome="error")
        run.dead_letter("Work", "q-2", "Dead")
        told = "it is a dead letter in Dead"
    elif happened in ("swallowed", "never written"):
        run.work("Work", "Billing", "q-2", writes=None)
        told = "it was handled at Work"
    verdict = effects(run.settle(), "o-1")
    assert (verdict.value, verdict.kind) == ("broken", "missing")
    assert verdict.evidence == (f"o-2: nothing in Ledger; {told}",)


def test_of_a_message_that_went_two_ways_the_one_that_leads_to_the_effects_is_told_first(run):
    billed(run, 1)
    run.place("Ledger", "dynamodb")
    published = run.publish("Orders", "m-2", {"order": "o-2"})
    run.fan_out(published, "Audits", "a-2")
    run.work("Audits", "Audit", "a-2", writes="Log")
    run.fan_out(published, "Billing", "m-2", service="lambda")
    run.run_async(published, function="Billing", outcome="error")
    assert [copy.place for copy in effects(run.settle(), "o-1").copies] == ["Billing", "Audits"]


def test_a_dead_letter_that_was_handled_is_no_account_and_is_told_as_handled(run):
    billed(run, 1)
    ordered(run, 2)
    run.dead_letter("Work", "m-2", "Dead")
    run.work("Dead", "Again", "m-2", writes=None)
    verdict = effects(run.settle(), "o-1")
    assert verdict.evidence == ("o-2: nothing in Ledger; its dead letter was handled in Dead",)


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"lines": [{"order": "o-1"}]}, '; is it key="lines.order", attribute="order"?'),
        ({"detail": {"of": {"order": "o-1"}}}, '; is it key="detail.of.order", attribute="order"?'),
        ({"lines": ["o-1"]}, "; they have lines"),
    ],
    ids=["in a list", "in an object", "nowhere"],
)
def test_a_key_that_stands_deeper_in_the_bodies_is_found_for_the_user(run, body, hint):
    run.send("Work", "m-1", body)
    verdict = effects(run.settle(), "o-1")
    assert verdict.value == "unknown"
    assert verdict.why.endswith(hint)


def test_a_different_message_under_the_same_deduplication_id_is_missing(run):
    billed(run, 1)
    call = run.call("sqs:SendMessage", "Work")
    run.recorder.deduplicated("Work", "m-1", body='{"order": "o-2"}', dedup="d", cause=call)
    verdict = effects(run.settle(), "o-1")
    assert (verdict.value, verdict.kind) == ("broken", "missing")
    assert "taken for a copy of m-1" in verdict.evidence[0]


def test_what_a_filter_left_out_owes_nothing(run):
    published = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(published, "Work", "q-1")
    run.work("Work", "Billing", "q-1")
    run.filter_out(run.publish("Orders", "m-2", {"order": "o-2"}), "Work")
    assert effects(run.settle(), "o-1").value == "holds"


def test_a_filter_on_the_way_there_excuses_although_others_got_the_message(run):
    for n in (1, 2):
        published = run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        run.fan_out(published, "Shipping", f"s-{n}")
        run.work("Shipping", "Ship", f"s-{n}", writes="Shipments")
        if n == 1:
            run.fan_out(published, "Work", "q-1")
            run.work("Work", "Billing", "q-1")
        else:
            run.filter_out(published, "Work")
    assert effects(run.settle(), "o-1").value == "holds"


def test_a_filter_behind_a_function_that_sends_on_excuses_too(run):
    for n in (1, 2):
        ordered(run, n, queue="In")
        with run.run("In", "Announce", f"m-{n}") as running:
            sent = run.publish("Orders", f"t-{n}", {"order": f"o-{n}"}, actor="Announce", cause=running)
        if n == 1:
            run.fan_out(sent, "Work", "q-1")
            run.work("Work", "Billing", "q-1")
        else:
            run.filter_out(sent, "Work")
    assert effects(run.settle(), "o-1").value == "holds"


def test_a_claim_about_a_queue_that_a_topic_feeds_is_told_the_topic(run):
    run.fan_out(run.publish("Orders", "m-1", {"order": "o-1"}), "Work", "q-1")
    run.work("Work", "Billing", "q-1")
    found = effects(run.settle(), "o-1", of="Work")
    assert found.value == "unknown"
    assert found.why.endswith("what came there was accepted by Orders: of='Orders'")
    assert effects(run.history(), "o-1", of="Orders").value == "holds"


def test_a_filter_beside_a_poison_message_excuses_only_its_own(run):
    poison = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(poison, "Work", "q-1")
    run.work("Work", "Billing", "q-1", outcome="error")
    run.dead_letter("Work", "q-1", "Dead")
    run.filter_out(run.publish("Orders", "m-2", {"order": "o-2"}), "Work")
    assert [line[:4] for line in effects(run.settle()).evidence] == ["o-1:"]


def test_a_router_s_author_is_told_how_to_narrow_the_claim(run):
    routed(run, 1, "QA")
    routed(run, 2, "QB")
    history = run.settle()
    verdict = effects(history, "o-1", place="TableQA")
    assert verdict.kind == "missing"
    assert verdict.evidence[0].endswith('it was sent on to QB only; if that is right: of="QA"')
    assert effects(history, "o-1", place="TableQA", of="QA").value == "holds"
    assert effects(history, place="TableQA", of="QA").kind == "missing"


def test_a_claim_can_be_about_chosen_messages(run):
    billed(run, 1)
    ordered(run, 2)
    run.work("Work", "Billing", "m-2", writes=None)
    history = run.settle()
    first = next(event.seq for event in history.of("accepted"))
    assert effects(history, "o-1", among=[first]).value == "holds"
    assert effects(history, "o-1").kind == "missing"


def test_inner_messages_owe_effects_like_those_of_the_test(run):
    run.send("In", "m-1", {"batch": "b-1"})
    with run.run("In", "Split", "m-1") as splitting:
        for n in (1, 2):
            run.send("Lines", f"l-{n}", {"order": f"o-{n}"}, actor="Split", cause=splitting)
    run.work("Lines", "Line", "l-1", "l-2")
    assert effects(run.settle(), "o-1").kind == "missing"


def test_a_function_that_the_test_invoked_and_waited_for_accepted_its_payload(run):
    for n, outcome in ((1, "ok"), (2, "error")):
        call = run.call("lambda:Invoke", "Billing")
        payload = {"order": f"o-{n}"}
        begun = run.recorder.invocation("Billing", (), request_id=f"r-{n}", payload=payload, cause=call)
        run.recorder.invocation_ended(begun, outcome)
    history = run.settle()
    assert effects(history, "o-1").value == "holds"
    assert effects(history).kind == "missing"
    assert effects(history, "o-1", "o-3").kind == "unexpected"


def test_a_call_that_failed_after_its_effect_owes_nothing_and_is_no_surprise(run):
    billed(run, 1)
    for actor in ("test", "Api"):
        call = run.call("lambda:Invoke", "Billing", actor=run.function(actor) if actor == "Api" else actor)
        begun = run.recorder.invocation(
            "Billing", (), request_id=actor, payload={"order": f"o-{actor}"}, cause=call, actor=actor
        )
        run.recorder.invocation_ended(begun, "error")
    history = run.settle()
    assert effects(history, "o-1", "o-test", "o-Api").value == "holds"
    assert effects(history, "o-1").value == "holds"
    assert effects(history, "o-1", "o-9").kind == "unexpected"


def test_an_effect_that_no_message_asked_for_is_unexpected(run):
    billed(run, 1)
    verdict = effects(run.settle(), "o-1", "o-9")
    assert (verdict.value, verdict.kind, verdict.evidence) == (
        "broken",
        "unexpected",
        ("o-9: once in Ledger",),
    )


def test_a_row_that_the_test_wrote_is_known_and_no_other_for_it(run):
    item = {"order": {"S": "o-9"}}
    run.call("dynamodb:PutItem", "Ledger", params={"TableName": "Ledger", "Item": item})
    billed(run, 1)
    history = run.settle()
    assert effects(history, "o-1", "o-9").value == "holds"
    assert effects(history, "o-1", "o-8").kind == "unexpected"


@pytest.mark.parametrize(
    "row",
    [
        {"order": "o-1"},
        json.dumps({"order": "o-1"}),
        json.dumps({"Type": "Notification", "TopicArn": "t", "Message": json.dumps({"order": "o-1"})}),
        json.dumps([{"order": "o-1"}]),
    ],
)
def test_rows_bodies_envelopes_and_batches_are_looked_into(run, row):
    billed(run, 1)
    assert effects(run.settle(), rows=[row]).value == "holds"


def test_messages_without_the_key_that_lie_beside_the_effects_are_none(run):
    ordered(run, 1, queue="In")
    bodies = ['{"order": "o-1"}', '{"batch": 1}']
    run.work("In", "Pack", "m-1", writes=None)
    assert effects(run.settle(), place="Packing", rows=bodies).value == "holds"


def test_keys_may_be_nested_and_have_another_name_in_rows(run):
    run.send("Work", "m-1", {"detail": {"order": "o-1"}})
    run.work("Work", "Billing", "m-1")
    history = run.settle()
    rows = [{"pk": "o-1"}]
    assert effects(history, rows=rows, key="detail.order", attribute="pk").value == "holds"


def test_an_attribute_that_no_row_has_is_told_with_those_there_are(run):
    billed(run, 1)
    verdict = effects(run.settle(), rows=[{"pk": "o-1", "total": 3}])
    assert verdict.kind == "missing"
    assert "no row of Ledger has the attribute 'order'; they have pk, total" in verdict.evidence[0]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"day": "x", "lines": ["o-1"]}, "no row of Ledger has a list 'entries'; they have day, lines"),
        (
            {"entries": [{"id": "o-1", "n": 1}]},
            "no element of 'entries' in Ledger has 'order'; they have id, n",
        ),
        ({"entries": []}, "no row of Ledger has a list 'entries' with anything in it"),
        ({"entries": ["o-2"]}, "nothing in Ledger"),
    ],
)
def test_a_list_of_effects_that_no_row_has_is_told_with_the_attributes_there_are(run, row, told):
    billed(run, 1)
    billed(run, 2)
    verdict = effects(run.settle(), rows=[row], items="entries")
    assert verdict.kind == "missing"
    assert verdict.evidence[0].startswith(f"o-1: {told};")


def test_a_key_that_no_message_has_is_told_with_those_there_are(run):
    billed(run, 1)
    verdict = effects(run.settle(), "o-1", key="ordr")
    assert verdict.why == "no message that was accepted has 'ordr' in its body; they have order"


def test_elements_of_a_list_are_effects(run):
    billed(run, 1)
    history = run.settle()
    assert effects(history, rows=[{"day": "x", "entries": ["o-1"]}], items="entries").value == "holds"
    twice = [{"day": day, "entries": [{"order": "o-1"}]} for day in "xy"]
    assert effects(history, rows=twice, items="entries").kind == "duplicated"


def test_without_any_message_that_has_the_key_nothing_is_known(run):
    run.send("Work", "m-1", "hi")
    assert effects(run.settle()).value == "unknown"
    billed(run, 2)
    assert "Nowhere accepted no message" in effects(run.settle(), "o-2", of="Nowhere").why


def test_before_the_run_is_at_rest_nothing_is_missing(run):
    billed(run, 1)
    ordered(run, 2)
    assert effects(run.history(), "o-1").value == "unknown"


def test_a_hung_handler_makes_a_missing_effect_unknown(run):
    billed(run, 1, outcome="hung", acked=False)
    assert effects(run.settle()).value == "unknown"


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
