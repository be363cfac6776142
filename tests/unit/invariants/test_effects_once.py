"""Each message owes one effect: histories known to be good and known to be bad."""

from __future__ import annotations

import json

import pytest

from tests.helpers.effects import billed, effects, ordered, routed


def test_each_order_has_its_row(run):
    billed(run, 1)
    billed(run, 2)
    assert effects(run.settle(), "o-1", "o-2").value == "holds"


def test_one_row_too_many_is_told_at_once(run):
    billed(run, acked=False)
    verdict = effects(run.history(), "o-1", "o-1")
    assert (verdict.value, verdict.kind) == ("broken", "duplicated")
    assert verdict.evidence == ("o-1: twice in Ledger",)


@pytest.mark.parametrize(
    ("rows", "first"), [([], "Dead"), (["o-1", "o-1"], "Work")], ids=["missing", "twice"]
)
def test_the_copy_that_was_not_applied_explains_what_is_missing(run, rows, first):
    """A function sends an order to itself again, by another queue, until that gives up."""
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Billing", "m-1") as invocation:
        run.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=invocation)
        run.send("Later", "m-2", {"order": "o-1"}, actor="Billing", cause=invocation)
    run.delete("Work", "m-1", by="Billing", by_mover=True)
    run.work("Later", "Billing", "m-2", outcome="error")
    run.dead_letter("Later", "m-2", "Dead")
    assert effects(run.settle(), *rows).copies[0].place == first


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


def wrote_and_told(run, n, *, filtered):
    """A function writes a row, and the table's stream tells its reader of that, or leaves it out."""
    ordered(run, n, queue="In")
    with run.run("In", "Hold", f"m-{n}") as running:
        write = run.call("dynamodb:PutItem", "Holds", actor="Hold", cause=running)
        record = run.recorder.accepted(
            "Holds (stream)", f"r-{n}", body=json.dumps({"order": f"o-{n}"}), cause=write, actor="Hold"
        )
        if filtered:
            run.filter_out(record, "Reader")


def test_a_filter_on_a_stream_excuses_nothing_where_nobody_knows_who_leaves_the_effects(run):
    for n in (1, 2):
        wrote_and_told(run, n, filtered=True)
    verdict = effects(run.settle(), "o-1", place="<lambda>")
    assert (verdict.kind, [line[:4] for line in verdict.evidence]) == ("missing", ["o-2:"])
    assert effects(run.history(), "o-1", "o-2", place="<lambda>").value == "holds"


def test_a_filter_on_a_stream_excuses_at_a_place_that_its_reader_writes(run):
    for n in (1, 2):
        wrote_and_told(run, n, filtered=n == 2)
    run.work("Holds (stream)", "Reader", "r-1")
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
    assert verdict.evidence[0].endswith(
        "it was sent on to QB only, not to QA: a bug, unless no effect is due for it; "
        'then claim those of QA only: of="QA"'
    )
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
