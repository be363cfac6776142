"""A message's timeline as people read it."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.aws import Does
from harness.history.ledger import Ledger
from harness.history.timeline import LINES_MAX, name_of, timeline_of
from tests.helpers.runs import Written
from tests.helpers.scripts import KINDS
from tests.unit.history.test_ledger import written


def timelines(history):
    ledger = Ledger(history)
    return ["\n".join(timeline_of(ledger, path.best)) for path in ledger.paths()]


def test_a_crash_and_what_came_after_it():
    run = Written()
    accepted = run.publish("Orders", "m-1", {"order": "o-7"})
    run.at = 0.004
    run.fan_out(accepted, "BillingQueue", "m-12")
    run.at = 0.01
    with run.run("BillingQueue", "Billing", "m-12", outcome="crash") as invocation:
        run.at = 0.02
        call = run.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=invocation)
        run.fault(call, "crash", "kill")
        run.at = 0.03
    run.at = 30.01
    run.recorder.timer("BillingQueue", ("m-12",), "visible again", actor="sqs")
    run.work("BillingQueue", "Billing", "m-12", count=2)
    [timeline] = timelines(run.settle())
    assert timeline == dedent("""\
        {"order": "o-7"}  accepted by Orders           +0.000s
          → BillingQueue  m-12 arrived                 +0.004s
            received by mapping:Billing (receive 1)    +0.010s
              dynamodb:PutItem Ledger  [fault: crash]  +0.020s
            Billing: crash                             +0.030s
            visible again                              +30.010s
            received by mapping:Billing (receive 2)    +30.010s
              dynamodb:PutItem Ledger                  +30.010s
            Billing handled it                         +30.010s
            deleted by mapping:Billing                 +30.010s
            applied: acknowledged by mapping:Billing   +30.010s""")


def test_an_event_goes_by_its_detail_as_its_envelope_is_the_same_for_all():
    run = Written()
    envelope = {"version": "0", "id": "e-1", "source": "shop", "detail-type": "Placed"}
    accepted = run.publish("Orders", "m-1", {})
    run.recorder.accepted(
        "Bus", "e-1", body={**envelope, "detail": {"order": "o-7"}}, cause=accepted, actor="test"
    )
    names = [name_of(message) for message in Ledger(run.history()).accepted.values()]
    assert names == ["{}", '{"order": "o-7"}']


def test_a_notification_of_s3_goes_by_what_became_of_which_object():
    run = Written()
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "a.csv", "sequencer": "0055"}}}
    run.send("Imports", "m-1", {"Records": [record]})
    [message] = Ledger(run.history()).accepted.values()
    assert name_of(message) == '{"event": "ObjectCreated:Put", "key": "a.csv"}'


def test_a_dead_letter_that_expired_says_in_which_queue():
    run = Written()
    run.send("Work", "m-1", "hi")
    run.dead_letter("Work", "m-1", "Dead")
    run.recorder.expired("Dead", "m-1", reason="retention period", actor="sqs")
    [timeline] = timelines(run.settle())
    assert timeline.splitlines()[-1].startswith("    EXPIRED in Dead: retention period")


def test_a_dead_letter_that_lay_for_a_week_is_told_as_one():
    run = Written()
    run.send("Work", "m-1", "hi")
    run.dead_letter("Work", "m-1", "Dead")
    run.wait(14 * 86_400)
    run.recorder.expired("Dead", "m-1", reason="retention period", actor="sqs")
    [timeline] = timelines(run.settle())
    ending = timeline.splitlines()[-1].strip()
    assert ending.startswith("a dead letter in Dead until it expired: retention period")


def test_what_an_execution_still_has_says_in_which_state():
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.recorder.entered(begun, "Ask", number=1, waits_for_token=True)
    [timeline] = timelines(run.settle())
    assert "in flight: Saga has not ended, it is in its state Ask" in timeline.splitlines()[-1]


def test_a_fault_between_two_states_stands_at_the_message_that_started_the_execution():
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.fault(run.recorder.entered(begun, "Charge", number=1), "stop_execution", "kill")
    run.recorder.execution_ended(begun, "aborted")
    [timeline] = timelines(run.settle())
    assert "Saga, state Charge  [fault: stop_execution]" in timeline


def test_the_states_of_an_execution_share_a_line_and_its_failure_is_told():
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    for number, state in enumerate(("Reserve", "Charge", "Cancel"), 1):
        run.recorder.entered(begun, state, number=number)
    run.recorder.execution_ended(begun, "failed", error="States.TaskFailed: no money")
    [timeline] = timelines(run.settle())
    assert "      state Reserve → Charge → Cancel " in timeline
    assert "    Saga: failed: States.TaskFailed: no money" in timeline


def test_an_answer_that_the_sender_never_got_stands_at_the_message_that_it_sent():
    run = Written()
    accepted = run.send("Work", "m-1", {"order": "o-1"})
    run.fault(run.history()[accepted.cause], "answer_lost", "lose-answer")
    run.send("Work", "m-2", {"order": "o-1"})
    first, second = timelines(run.settle())
    assert "sqs:SendMessage Work  [fault: answer_lost]" in first
    assert "fault" not in second


def test_a_loss_is_shouted():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    run.drop(accepted, "BillingQueue", "AccessDenied")
    assert timelines(run.settle())[0].splitlines() == [
        "hi  accepted by Orders                          +0.000s",
        "    Orders → BillingQueue failed: AccessDenied  +0.000s",
        "    dropped: AccessDenied                       +0.000s",
        "    LOST: AccessDenied                          +0.000s",
    ]


def test_another_message_of_the_batch_stays_out_of_it():
    run = Written()
    for n in (1, 2):
        run.send("Work", f"m-{n}", f"hi {n}")
    run.work("Work", "Worker", "m-1", "m-2", failed=["m-2"])
    first, second = timelines(run.settle())
    assert "reported it as failed" not in first
    assert "Worker reported it as failed" in second
    assert "deleted" not in second


def worked(run, *calls, bodies=("hi",)):
    """The timelines of messages that one invocation held, in which the function made these calls."""
    names = [f"m-{number}" for number, _ in enumerate(bodies)]
    for name, body in zip(names, bodies, strict=True):
        run.send("Work", name, body)
    with run.run("Work", "Worker", *names) as invocation:
        for operation, place, how in calls:
            run.call(operation, place, actor="Worker", cause=invocation, **how)
    return timelines(run.settle())


def test_calls_that_change_something_are_told_and_those_that_only_look_are_not():
    made = [("dynamodb:GetItem", "Ledger", {}), *[("dynamodb:PutItem", "Ledger", {})] * 2]
    [timeline] = worked(Written(), *made, ("sns:Publish", "Done", {}))
    assert "GetItem" not in timeline
    assert "      dynamodb:PutItem Ledger, twice " in timeline
    assert "      sns:Publish Done " in timeline


def test_a_transaction_is_told_with_all_its_tables():
    written = ("dynamodb:TransactWriteItems", "Keys", {"others": ["Payments"]})
    [timeline] = worked(Written(), written)
    assert "      dynamodb:TransactWriteItems Keys and Payments " in timeline


def test_a_call_of_a_batch_is_told_with_the_message_that_it_names():
    bodies = [{"order": "o-1", "shop": "s"}, {"order": "o-2", "shop": "s"}]
    item = {"Item": str({"order": {"S": "o-1"}, "shop": {"S": "s"}})}
    put = ("dynamodb:PutItem", "Ledger", {"params": item})
    first, second = worked(Written(), put, bodies=bodies)
    assert "dynamodb:PutItem Ledger" in first
    assert "dynamodb:PutItem Ledger" not in second


def test_a_call_of_a_batch_that_names_none_of_its_messages_is_told_with_each():
    put = ("dynamodb:PutItem", "Ledger", {"params": {"Item": str({"total": {"N": "12"}})}})
    for timeline in worked(Written(), put, bodies=[{"order": "o-1"}, {"order": "o-2"}]):
        assert "dynamodb:PutItem Ledger" in timeline


def test_a_call_that_fails_is_told_once_with_its_error():
    [timeline] = worked(Written(), ("dynamodb:PutItem", "Ledger", {"error": "ValidationException"}))
    assert timeline.count("PutItem") == 1
    assert "dynamodb:PutItem Ledger: ValidationException" in timeline


def test_a_call_that_fails_for_another_message_of_the_batch_stays_out_of_it():
    refused = ("dynamodb:PutItem", "Ledger", {"params": {"id": "o-1"}, "error": "ValidationException"})
    first, second = worked(Written(), refused, bodies=["o-1", "o-2"])
    assert "PutItem" in first
    assert "PutItem" not in second


def test_a_call_for_a_message_that_came_twice_in_a_batch_stays_out_of_another_ones():
    put = ("dynamodb:PutItem", "Ledger", {"params": {"id": "o-1"}})
    first, again, other = worked(Written(), put, bodies=["o-1", "o-1", "o-2"])
    assert "PutItem" in first
    assert "PutItem" in again
    assert "PutItem" not in other


@pytest.mark.parametrize("outcome", ["ok", "error"])
def test_a_fault_on_a_call_for_another_message_stands_here_if_the_whole_batch_failed(outcome):
    run = Written()
    for name in ("o-1", "o-2"):
        run.send("Work", name, name)
    with run.run("Work", "Worker", "o-1", "o-2", outcome=outcome) as invocation:
        call = run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=invocation, params={"id": "o-1"})
        run.fault(call, "throttle", "refuse")
    first, second = timelines(run.settle())
    assert "[fault: throttle]" in first
    assert ("[fault: throttle]" in second) is (outcome == "error")


def waited_for(run, *outcomes, fault=""):
    """The timeline of a message of an execution that asks a function, which makes two calls; the last call of
    the first run is hit by this fault."""
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    run.recorder.entered(begun, "Reserve", number=1)
    run.function("Reserve")
    for outcome in outcomes:
        asked = run.recorder.call(
            "lambda:Invoke", Does.SENDS, "Reserve", region="us-east-1", cause=begun, actor="Saga"
        )
        invocation = run.recorder.invocation("Reserve", (), request_id="r", payload={}, cause=asked)
        for table in ("Reservations", "Stock"):
            call = run.call("dynamodb:PutItem", table, actor="Reserve", cause=invocation)
        if fault:
            run.fault(call, fault, "kill")
        fault = ""
        run.recorder.invocation_ended(invocation, outcome)
        run.recorder.answer(asked, status=200, actor="Saga")
    run.recorder.execution_ended(begun, "ok")
    [timeline] = timelines(run.settle())
    return [line.rpartition("  +")[0].rstrip() for line in timeline.splitlines()[2:-1]]


def test_the_calls_of_a_function_that_an_execution_waits_for_are_told_with_the_fault_between_them():
    assert waited_for(Written(), "crash", "ok", fault="crash") == [
        "      Reserve → dynamodb:PutItem Reservations",
        "      Reserve → dynamodb:PutItem Stock  [fault: crash]",
        "      Reserve: crash",
        "      Reserve → dynamodb:PutItem Reservations",
        "      Reserve → dynamodb:PutItem Stock",
    ]


def test_a_run_that_an_execution_waits_for_and_that_a_fault_hits_is_told():
    run = Written()
    accepted = run.send("Saga", "m-1", {"order": "o-1"})
    begun = run.recorder.execution("Saga", ("m-1",), name="e-1", source="Saga", cause=accepted, actor="test")
    asked = run.call("lambda:Invoke", run.function("Reserve"), actor="Saga", cause=begun)
    invocation = run.recorder.invocation("Reserve", (), request_id="r", payload={}, cause=asked)
    run.fault(invocation, "out_of_memory", "kill")
    run.recorder.invocation_ended(invocation, "oom")
    [timeline] = timelines(run.settle())
    assert "      Reserve  [fault: out_of_memory]" in timeline


def test_a_long_timeline_keeps_the_fault_and_the_calls_that_were_made_again():
    run = Written()
    run.send("Work", "m-1", "hi")
    for number in range(40):
        with run.run("Work", "Worker", "m-1", outcome="error") as invocation:
            wanted = number in (15, 25)
            call = run.call(
                "dynamodb:PutItem", "Ledger" if wanted else f"T{number}", actor="Worker", cause=invocation
            )
            if number == 20:
                run.fault(call, "answer_lost", "lose-answer")
    [timeline] = timelines(run.settle())
    assert len(timeline.splitlines()) <= LINES_MAX + 1
    assert timeline.count("PutItem Ledger") == 2
    assert "PutItem T20  [fault: answer_lost]" in timeline


def test_a_message_whose_enrichment_answered_with_nothing_says_so():
    run = Written()
    run.send("Work", "m-1", "hi")
    hop = run.recorder.hop("Work", run.function("Price"), ("m-1",))
    how = {"request_id": "r", "source": "Work", "enriches": True}
    ended = run.recorder.invocation_ended(run.recorder.invocation("Price", ("m-1",), cause=hop, **how), "ok")
    run.recorder.filtered("Work", run.queue("Next"), ("m-1",), cause=ended)
    run.delete("Work", "m-1", by="pipe:Fulfil", by_mover=True)
    [timeline] = timelines(run.settle())
    assert "→ Work  Price answered with nothing" in timeline
    assert "filtered: Price answered with nothing" in timeline


def test_an_error_of_lambda_is_told_without_the_id_of_its_request():
    run = Written()
    run.send("Work", "m-1", "hi")
    error = "Runtime.ExitError: RequestId: 17e0aa3c-0398-4ca8 Error: Runtime exited with error"
    with run.run("Work", "Worker", "m-1", outcome="crash", error=error):
        run.wait(1)
    [timeline] = timelines(run.settle())
    assert "Worker: crash: Runtime.ExitError: Runtime exited with error " in timeline


def test_what_somebody_was_told_of_is_accounted_for():
    run = Written()
    run.send("Api", "m-1", "hi")
    run.recorder.purged("Api", ("m-1",), reason="its client was told: 503", actor="execute-api")
    [timeline] = timelines(run.settle())
    assert timeline.splitlines()[-1].startswith("    accounted for: its client was told: 503")
    assert "purged" not in timeline


def test_long_timelines_are_shortened_and_repetitions_counted():
    run = Written()
    run.send("Work", "m-1", "x" * 500)
    for count in range(1, 60):
        run.wait(30)
        with run.run("Work", "Worker", "m-1", outcome="error", count=count) as invocation:
            for _ in range(3):
                call = run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=invocation)
                run.fault(call, "throttle", "refuse")
    [timeline] = timelines(run.settle())
    lines = timeline.splitlines()
    assert len(lines) == LINES_MAX + 1
    assert any("more …" in line for line in lines)
    assert any("[fault: throttle], 3 times" in line for line in lines)
    assert max(map(len, lines)) < 110


@pytest.mark.parametrize("kind", KINDS)
def test_every_life_begins_with_its_acceptance_and_ends_with_its_end(kind):
    history, ends = written([kind])
    for timeline in timelines(history):
        lines = timeline.splitlines()
        assert "accepted by" in lines[0]
        assert lines[-1].startswith("    ")
    assert len(timelines(history)) == len(ends)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6), st.integers(0, 2**32))
def test_the_events_of_others_do_not_show(kinds, seed):
    history, _ = written(kinds, seed)
    ledger = Ledger(history)
    for path in ledger.paths():
        number = path.message.key[1].split("-")[1]
        others = {f"Queue{n}" for n in range(1, len(kinds) + 1)} - {f"Queue{number}"}
        text = "\n".join(timeline_of(ledger, path.best))
        assert not others & set(text.replace(",", " ").split())
