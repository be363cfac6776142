"""The ledger finds the end of every message, however scripts are interleaved."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import invariants
from harness.aws.rules.wiring import links
from harness.history import History
from harness.history.copies import GONE, Fate
from harness.history.ledger import Ledger
from tests.helpers.runs import Written
from tests.helpers.scripts import KINDS, Scripts


def written(kinds, seed=None):
    """A history of these scripts, interleaved as the seed has it; and how they must end."""
    run = Written()
    scripts = Scripts(run)
    chance = random.Random(seed)
    waiting = [getattr(scripts, kind)(scripts.new()) for kind in kinds]
    while waiting:
        script = waiting[0] if seed is None else chance.choice(waiting)
        if next(script, "over") == "over":
            waiting.remove(script)
        run.wait(0.001)
    return run.settle(), scripts.ends


def from_outside(ledger):
    return [message.key for message in ledger.accepted.values() if message.outside]


def found(history):
    return {(path.message.key[1], path.place): path.fate for path in Ledger(history).paths()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_by_itself(kind):
    history, ends = written([kind])
    assert found(history) == ends


@settings(max_examples=150)
@given(st.lists(st.sampled_from(KINDS), max_size=12), st.integers(0, 2**32))
def test_scripts_that_are_interleaved_end_as_they_do_alone(kinds, seed):
    history, ends = written(kinds, seed)
    assert found(history) == ends


@settings(max_examples=50)
@given(st.lists(st.sampled_from(KINDS), max_size=8), st.integers(0, 2**32))
def test_nothing_is_lost_unless_a_script_was_chosen_that_loses(kinds, seed):
    history, ends = written(kinds, seed)
    verdict = invariants.nothing_lost(history)
    lost = {message for (message, _), fate in ends.items() if fate in GONE}
    assert {copy.origin[1] for copy in verdict.copies} == lost
    assert verdict.value == ("broken" if lost else "holds" if kinds else "unknown")
    assert verdict.checked == (len(ends) if kinds else 0)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6), st.integers(0, 2**32))
def test_a_stored_history_tells_the_same(kinds, seed):
    history, ends = written(kinds, seed)
    assert found(History.from_json(history.to_json())) == ends


@settings(max_examples=100)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6), st.integers(0, 2**32), st.data())
def test_a_history_that_breaks_off_anywhere_is_never_passed(kinds, seed, data):
    history, ends = written(kinds, seed)
    until = data.draw(st.integers(0, len(history) - 1))
    verdict = invariants.nothing_lost(history.until(until))
    assert verdict.value != "holds"
    if not set(ends.values()) & GONE:
        assert verdict.value == "unknown"


def test_evidence_leads_to_the_events():
    history, _ = written(["dead_lettered"])
    [path] = Ledger(history).paths()
    kinds = [history[seq].kind for copy in path.copies for seq in copy.seqs]
    assert kinds[:3] == ["arrived", "received", "invocation-ended"]
    assert kinds[-1] == "dead-lettered"


def test_what_nobody_subscribed_to_is_lost():
    run = Written()
    published = run.publish("Orders", "m-1", "hi")
    run.recorder.unheard("Orders", "m-1", cause=published, actor="sns")
    assert found(run.settle()) == {("m-1", "Orders"): Fate.LOST}


def test_what_reaches_a_place_that_gives_it_to_nobody_is_lost_there():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    hop = run.recorder.hop("Orders", run.place("Rule", "sns"), ("m-1",), cause=accepted, actor="sns")
    run.recorder.unheard("Rule", "m-1", cause=hop, actor="sns")
    run.recorder.arrived(hop, ("m-1",), actor="sns")
    assert found(run.settle()) == {("m-1", "Rule"): Fate.LOST}


def test_one_message_has_an_end_on_each_path():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    run.fan_out(accepted, "BillingQueue", "q-1")
    run.fan_out(accepted, "ShippingQueue", "q-2")
    run.filter_out(accepted, "MailQueue")
    run.drop(accepted, "gone")
    run.work("BillingQueue", "Billing", "q-1")
    run.work("ShippingQueue", "Shipping", "q-2", outcome="error")
    run.dead_letter("ShippingQueue", "q-2", "Dead")
    assert found(run.settle()) == {
        ("m-1", "BillingQueue"): Fate.APPLIED,
        ("m-1", "ShippingQueue"): Fate.DEAD_LETTERED,
        ("m-1", "MailQueue"): Fate.FILTERED,
        ("m-1", "gone"): Fate.LOST,
    }


@pytest.mark.parametrize(("actor", "fate"), [("test", Fate.PURGED), ("Tidy", Fate.LOST)])
def test_a_function_that_purges_a_queue_loses_what_was_in_it(actor, fate):
    run = Written()
    run.send("In", "m-0", "tidy")
    run.send("Work", "m-1", "hi")
    with run.run("In", "Tidy", "m-0"):
        run.recorder.purged("Work", ("m-1",), reason="purged", actor=actor)
    assert found(run.settle())["m-1", "Work"] is fate


def test_what_a_function_sends_is_a_message_of_its_own():
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Worker", "m-1") as invocation:
        run.send("Next", "m-2", "on", actor="Worker", cause=invocation)
    ledger = Ledger(run.settle())
    assert from_outside(ledger) == [("Work", "m-1")]
    assert ledger.accepted[("Next", "m-2")].sent_by is not None
    assert ledger.path(("Next", "m-2"), "Next").fate is Fate.WAITING


def test_a_message_deduplicated_by_a_fifo_queue_shares_the_fate_of_the_first():
    run = Written()
    run.send("Postings", "m-1", "hi", group="a")
    accepted = run.publish("Topic", "m-2", "hi", group="a")
    run.fan_out(accepted, "Postings", "m-1")
    run.work("Postings", "Post", "m-1")
    assert found(run.settle()) == {
        ("m-1", "Postings"): Fate.APPLIED,
        ("m-2", "Postings"): Fate.APPLIED,
    }


def test_what_a_destination_publishes_is_the_same_message_still():
    run = Written()
    run.invoke_async("Gallery", "m-1", "hi")
    failures = run.place("Failures", "sns")
    hop = run.recorder.hop("Gallery", failures, ("m-1",), actor="lambda")
    inner = run.recorder.accepted("Failures", "t-1", body="hi", group=None, cause=hop, actor="sns")
    run.recorder.arrived(hop, ("t-1",), actor="lambda")
    to = {"to": "Failures", "ids": ["t-1"], "reason": "RetriesExhausted"}
    run.recorder.dead_lettered("Gallery", ("m-1",), **to, actor="lambda")
    run.fan_out(inner, "Alarms", "q-1")
    assert found(run.settle()) == {
        ("m-1", "Gallery"): Fate.DEAD_LETTERED,
        ("m-1", "Alarms"): Fate.WAITING,
    }


def dead_in_alarms(run):
    """An event failed, and the topic that is told of it has told one queue."""
    run.invoke_async("Gallery", "m-1", "hi")
    hop = run.recorder.hop("Gallery", run.place("Failures", "sns"), ("m-1",), actor="lambda")
    inner = run.recorder.accepted("Failures", "t-1", body="hi", group=None, cause=hop, actor="sns")
    run.recorder.arrived(hop, ("t-1",), actor="lambda")
    to = {"to": "Failures", "ids": ["t-1"], "reason": "RetriesExhausted"}
    run.recorder.dead_lettered("Gallery", ("m-1",), **to, actor="lambda")
    run.fan_out(inner, "Alarms", "q-1")


def test_a_dead_letter_that_a_topic_was_told_of_is_where_its_subscriber_has_it():
    run = Written()
    dead_in_alarms(run)
    assert [copy.key for copy in Ledger(run.settle()).dead_letters()] == [("Alarms", "q-1")]


def test_a_dead_letter_that_a_subscriber_has_dealt_with_is_none_any_more():
    run = Written()
    dead_in_alarms(run)
    run.receive("Alarms", "q-1", by="test")
    run.delete("Alarms", "q-1", by="test")
    assert Ledger(run.settle()).dead_letters() == []


def test_other_messages_of_a_topic_that_is_told_of_failures_are_no_dead_letters():
    run = Written()
    dead_in_alarms(run)
    run.fan_out(run.publish("Failures", "t-2", "tea is ready"), "Alarms", "q-2")
    assert [copy.id for copy in Ledger(run.settle()).dead_letters()] == ["q-1"]


def test_a_dead_letter_that_nobody_was_told_of_is_lost_and_lies_nowhere():
    run = Written()
    run.invoke_async("Gallery", "m-1", "hi")
    hop = run.recorder.hop("Gallery", run.place("Failures", "sns"), ("m-1",), actor="lambda")
    run.recorder.accepted("Failures", "t-1", body="hi", cause=hop, actor="sns")
    run.recorder.unheard("Failures", "t-1", cause=hop, actor="sns")
    run.recorder.arrived(hop, ("t-1",), actor="lambda")
    to = {"to": "Failures", "ids": ["t-1"], "reason": "RetriesExhausted"}
    run.recorder.dead_lettered("Gallery", ("m-1",), **to, actor="lambda")
    ledger = Ledger(run.settle())
    assert ledger.dead_letters() == []
    assert [path.why for path in ledger.of(Fate.LOST)] == ["nobody was subscribed to it"]


def test_what_a_destination_is_told_of_success_is_on_a_path_of_its_own():
    run = Written()
    event = run.invoke_async("Gallery", "m-1", "hi")
    run.run_async(event)
    hop = run.recorder.hop("Gallery", run.queue("Done"), ("m-1",), actor="lambda")
    run.recorder.arrived(hop, ("d-1",), actor="lambda")
    assert found(run.settle()) == {("m-1", "Gallery"): Fate.APPLIED, ("m-1", "Done"): Fate.WAITING}


def test_a_topic_that_is_told_of_success_passes_on_the_same_message():
    run = Written()
    run.run_async(run.invoke_async("Gallery", "m-1", "hi"))
    hop = run.recorder.hop("Gallery", run.place("Done", "sns"), ("m-1",), actor="lambda")
    inner = run.recorder.accepted("Done", "t-1", body="hi", group=None, cause=hop, actor="sns")
    run.recorder.arrived(hop, ("t-1",), actor="lambda")
    run.fan_out(inner, "Log", "q-1")
    history = run.settle()
    assert found(history) == {("m-1", "Gallery"): Fate.APPLIED, ("m-1", "Log"): Fate.WAITING}
    assert from_outside(Ledger(history)) == [("Gallery", "m-1")]


def test_what_came_from_a_delivery_is_not_from_outside():
    run = Written()
    hop = run.recorder.hop("Bus", "Topic", ("e-1",), attempt=1, actor="events")
    run.recorder.accepted("Topic", "t-1", body="hi", group=None, cause=hop, actor="sns")
    assert from_outside(Ledger(run.settle())) == []


def test_a_confirmation_that_no_one_sent_is_owed_to_nobody():
    run = Written()
    call = run.call("sns:Subscribe", "Mails")
    hop = run.recorder.hop("Mails", "mailto:a@example.com", ("c-1",), cause=call, actor="sns")
    run.recorder.dropped("Mails", ("c-1",), reason="refused", cause=hop, actor="sns")
    assert found(run.settle()) == {}


@pytest.mark.parametrize("outcome", ["error", "timeout", "crash", "oom", "init-error", "throttled", "hung"])
def test_no_other_outcome_than_ok_applies_a_message(outcome):
    run = Written()
    run.send("Work", "m-1", "hi")
    run.work("Work", "Worker", "m-1", outcome=outcome)
    accepted = run.invoke_async("Gallery", "e-1", "hi")
    run.run_async(accepted, outcome=outcome)
    assert set(found(run.settle()).values()) == {Fate.WAITING}


@pytest.mark.parametrize(
    ("receives_after_work", "value"), [(False, "unknown"), (True, "broken")], ids=["worked", "not yet"]
)
def test_a_function_that_polls_by_itself_loses_what_it_deletes_unhandled(receives_after_work, value):
    run = Written()
    run.send("Work", "m-1", "hi")
    run.send("Work", "m-2", "hi")
    invocation = run.recorder.invocation(run.function("Poller"), (), request_id="r", actor="lambda")
    for message in ("m-1", "m-2"):
        call = run.call("sqs:ReceiveMessage", "Work", actor="Poller", cause=invocation)
        run.recorder.received("Work", {message: 1}, visible_at=30.0, cause=call, actor="Poller")
        if message == "m-1" or not receives_after_work:
            run.call("dynamodb:PutItem", "Ledger", actor="Poller", cause=invocation)
        run.delete("Work", message, by="Poller", cause=invocation)
    run.recorder.invocation_ended(invocation, "timeout", failed=[], actor="lambda")
    assert invariants.nothing_lost(run.settle()).value == value


@pytest.mark.parametrize(
    ("queue", "body", "value"),
    [("Work", "hi", "holds"), ("Audit", "hi", "broken"), ("Work", "another", "broken")],
    ids=["again", "elsewhere", "another one"],
)
def test_a_function_that_deletes_what_it_reports_as_failed_has_lost_it_unless_it_sent_it_again(
    queue, body, value
):
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Poller", "m-1", failed=["m-1"]) as invocation:
        run.delete("Work", "m-1", by="Poller", cause=invocation)
        run.send(queue, "m-2", body, actor="Poller", cause=invocation)
    run.work(queue, "Reader", "m-2")
    assert invariants.nothing_lost(run.settle()).value == value


def test_a_message_that_was_sent_again_once_accounts_for_one_deletion():
    run = Written()
    for name in ("m-1", "m-2"):
        run.send("Work", name, "hi")
    with run.run("Work", "Poller", "m-1", "m-2", failed=["m-1", "m-2"]) as invocation:
        for name in ("m-1", "m-2"):
            run.delete("Work", name, by="Poller", cause=invocation)
        run.send("Work", "m-3", "hi", actor="Poller", cause=invocation)
    run.work("Work", "Reader", "m-3")
    assert invariants.nothing_lost(run.settle()).value == "broken"


def test_the_envelope_of_a_topic_that_is_sent_again_stands_for_its_message():
    run = Written()
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "Work", "c-1")
    envelope = {"Type": "Notification", "TopicArn": "arn:…", "Message": '{"order": "o-1"}'}
    with run.run("Work", "Poller", "c-1", failed=["c-1"]) as invocation:
        run.delete("Work", "c-1", by="Poller", cause=invocation)
        run.send("Work", "m-2", envelope, actor="Poller", cause=invocation)
    run.work("Work", "Reader", "m-2")
    assert invariants.nothing_lost(run.settle()).value == "holds"


def test_a_mover_may_delete_what_it_has_handed_on():
    run = Written()
    run.send("Work", "m-1", "hi")
    hop = run.recorder.hop("Work", run.queue("Next"), ("m-1",), actor="pipe")
    run.recorder.arrived(hop, ("n-1",), actor="pipe")
    run.delete("Work", "m-1", by="pipe", by_mover=True)
    assert found(run.settle()) == {("m-1", "Work"): Fate.APPLIED, ("m-1", "Next"): Fate.WAITING}


@pytest.mark.parametrize(("delivers", "fate"), [(True, Fate.APPLIED), (False, Fate.LOST)])
def test_an_enrichment_that_ran_has_handled_nothing_yet(delivers, fate):
    run = Written()
    run.send("Work", "m-1", "hi")
    hop = run.recorder.hop("Work", "Enrich", ("m-1",), actor="pipe")
    enriching = run.recorder.invocation(
        "Enrich", ("m-1",), request_id="r-1", source="Work", enriches=True, cause=hop
    )
    run.recorder.invocation_ended(enriching, "ok")
    run.recorder.arrived(hop, ("m-1",), actor="pipe")
    if delivers:
        hop = run.recorder.hop("Work", run.queue("Next"), ("m-1",), actor="pipe")
        run.recorder.arrived(hop, ("n-1",), actor="pipe")
    run.delete("Work", "m-1", by="pipe", by_mover=True)
    assert found(run.settle())["m-1", "Work"] is fate


def test_a_mover_that_deletes_what_it_never_delivered_loses_it():
    run = Written()
    run.send("Work", "m-1", "hi")
    run.delete("Work", "m-1", by="pipe", by_mover=True)
    assert found(run.settle()) == {("m-1", "Work"): Fate.LOST}


def test_a_bus_that_forgets_a_target_does_not_pass():
    run = Written()
    run.place("Bus", "events")
    run.recorder.accepted("Bus", "e-1", body="hi")
    run.recorder.hop("Bus", run.queue("Work"), ("e-1",), actor="events")
    assert invariants.nothing_lost(run.settle()).value == "unknown"


def test_a_failure_that_was_reported_to_nobody_who_reads_it_is_lost():
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Worker", "m-1", unread=["m-1"]):
        pass
    verdict = invariants.nothing_lost(run.settle())
    assert verdict.evidence == (
        "hi at Work: Worker reported it as failed, and mapping:Worker doesn't read such reports",
    )


def test_messages_that_go_with_their_queue_are_lost():
    run = Written()
    run.send("Work", "m-1", "hi")
    run.recorder.removed("Work", ("m-1",))
    assert found(run.settle()) == {("m-1", "Work"): Fate.LOST}


@pytest.mark.parametrize(("body", "fates"), [("hi", [Fate.WAITING]), ("ho", [Fate.WAITING, Fate.LOST])])
def test_a_swallowed_message_is_lost_if_it_says_something_else(body, fates):
    run = Written()
    run.send("Work", "m-1", "hi", dedup="d")
    run.recorder.deduplicated("Work", "m-1", body=body, dedup="d", cause=run.call("sqs:SendMessage", "Work"))
    assert list(found(run.settle()).values()) == fates


def test_attributes_are_part_of_what_a_message_says():
    run = Written()
    run.send("Work", "m-1", "hi", dedup="d", attributes={"kind": {"StringValue": "order"}})
    attributes = {"kind": {"StringValue": "refund"}}
    run.recorder.deduplicated("Work", "m-1", body="hi", attributes=attributes, dedup="d")
    assert Fate.LOST in found(run.settle()).values()


def test_another_try_of_the_same_work_may_word_a_deduplicated_message_anew():
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Publish", "m-1", outcome="crash") as invocation:
        run.send("Events", "e-1", {"at": 1}, dedup="d", actor="Publish", cause=invocation)
    with run.run("Work", "Publish", "m-1", count=2) as invocation:
        again = run.call("sqs:SendMessage", "Events", actor="Publish", cause=invocation)
        run.recorder.deduplicated("Events", "e-1", body='{"at": 2}', dedup="d", cause=again)
        other = run.call("sqs:SendMessage", "Events", actor="Publish", cause=invocation)
        run.send("Events", "e-2", {"at": 2}, dedup="x", actor="Publish", cause=invocation)
        run.recorder.deduplicated("Events", "e-2", body='{"at": 3}', dedup="x", cause=other)
    assert found(run.settle()) == {
        ("m-1", "Work"): Fate.APPLIED,
        ("e-1", "Events"): Fate.WAITING,
        ("e-2", "Events"): Fate.WAITING,
        (f"e-2+{run.history().of('deduplicated')[1].seq}", "Events"): Fate.LOST,
    }


@pytest.mark.parametrize(("one", "two"), [("o-1", "o-2"), (1, 2)], ids=["text", "number"])
def test_a_retry_that_tells_of_another_message_under_the_same_deduplication_id_loses_it(one, two):
    run = Written()
    run.send("Work", "m-1", {"order": one})
    run.send("Work", "m-2", {"order": two})
    with run.run("Work", "Publish", "m-1", "m-2", failed=("m-2",)) as invocation:
        told = {"order": [one], "at": "10:00"}
        run.send("Events", "e-1", told, dedup="d", actor="Publish", cause=invocation)
    with run.run("Work", "Publish", "m-2", count=2) as invocation:
        again = run.call("sqs:SendMessage", "Events", actor="Publish", cause=invocation)
        body = json.dumps({"order": [two], "at": "10:05"})
        run.recorder.deduplicated("Events", "e-1", body=body, dedup="d", cause=again)
    assert found(run.settle()) == {
        ("m-1", "Work"): Fate.APPLIED,
        ("m-2", "Work"): Fate.APPLIED,
        ("e-1", "Events"): Fate.WAITING,
        (f"e-1+{run.history().of('deduplicated')[0].seq}", "Events"): Fate.LOST,
    }


def test_a_message_that_a_topic_took_for_the_copy_of_a_different_one_is_lost():
    run = Written()
    accepted = run.publish("Events", "m-1", {"account": "a-1", "number": 1}, dedup="a-1")
    run.fan_out(accepted, "EventsQ", "q-1")
    run.work("EventsQ", "Apply", "q-1")
    body = '{"account": "a-1", "number": 2}'
    run.recorder.deduplicated(
        "Events", "m-1", body=body, dedup="a-1", cause=run.call("sns:Publish", "Events")
    )
    ledger = Ledger(run.history())
    assert [(path.place, path.fate) for path in ledger.paths()] == [
        ("EventsQ", Fate.APPLIED),
        ("Events", Fate.LOST),
    ]
    assert "which says something else" in ledger.of(Fate.LOST)[0].why


def test_what_goes_out_of_sight_is_unknown():
    run = Written()
    run.recorder.left("Firehose", "r-1", body="hi", why="nobody sees what firehose does with it")
    verdict = invariants.nothing_lost(run.settle())
    assert (verdict.value, verdict.why) == (
        "unknown",
        "1 of 1 went where nobody sees what becomes of them: nobody sees what firehose does with it",
    )


def test_what_a_handler_puts_into_the_dead_letter_queue_itself_lies_there():
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Worker", "m-1") as running:
        run.send("Dead", "d-1", "hi", actor="Worker", cause=running)
    failures = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:Dead"}
    run.recorder.names.link(links({"DeadLetterConfig": failures}))
    assert [copy.key for copy in Ledger(run.settle()).dead_letters()] == [("Dead", "d-1")]
