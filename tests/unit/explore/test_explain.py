"""What is told of a run that failed: whose lives."""

from __future__ import annotations

from harness import invariants
from harness.aws import Does
from harness.explore.explain import parting, timeline_lines
from harness.explore.outcome import Outcome
from harness.plan import Plan
from tests.helpers.runs import Written


def published_twice(*bodies):
    """Messages that are all billed, and the names of whose lives are told of the duplicates."""
    run = Written()
    for number, body in enumerate(bodies):
        accepted = run.publish("Orders", f"m-{number}", body)
        run.fan_out(accepted, "BillingQueue", f"q-{number}")
        run.work("BillingQueue", "Billing", f"q-{number}")
    history = run.settle()
    rows = [{"order": body["order"]} for body in bodies]
    verdict = invariants.effects_once(history, "Ledger", key="order", rows=rows)
    concerned = tuple(copy.key for copy in verdict.copies)
    outcome = Outcome(plan=Plan(0), status="broken", evidence=verdict.kind, concerned=concerned)
    return [
        line.partition("  accepted")[0] for line in timeline_lines(history, outcome) if "accepted by" in line
    ]


def test_a_message_that_was_sent_twice_has_two_lives():
    same = {"order": "o-1"}
    assert published_twice(same, same, same) == ['{"order": "o-1"}'] * 2


def test_of_two_duplicates_the_first_is_told():
    told = published_twice({"order": "o-1"}, {"order": "o-2"}, {"order": "o-2"}, {"order": "o-1"})
    assert told == ['{"order": "o-1"}'] * 2


def test_an_event_that_was_sent_twice_has_two_lives_though_its_ids_are_two():
    events = [
        {"id": f"e-{number}", "source": "shop", "detail-type": "Placed", "detail": {"order": "o-1"}}
        for number in range(2)
    ]
    run = Written()
    for number, event in enumerate(events):
        run.work("Work", "Bill", run.send("Work", f"m-{number}", event).messages[0])
    rows = [{"order": "o-1"}] * 2
    verdict = invariants.effects_once(run.settle(), "Ledger", key="order", rows=rows)
    concerned = tuple(copy.key for copy in verdict.copies)
    outcome = Outcome(plan=Plan(0), status="broken", evidence=verdict.kind, concerned=concerned)
    assert len([line for line in timeline_lines(run.history(), outcome) if "accepted by" in line]) == 2


def test_a_duplicate_that_a_function_sent_anew_has_its_life_whatever_else_its_body_says():
    run = Written()
    for number in range(2):
        run.send("Work", f"m-{number}", {"order": "o-1", "try": number})
        run.work("Work", "Bill", f"m-{number}")
    verdict = invariants.effects_once(run.settle(), "Ledger", key="order", rows=[{"order": "o-1"}] * 2)
    concerned = tuple(copy.key for copy in verdict.copies)
    outcome = Outcome(plan=Plan(0), status="broken", evidence=verdict.kind, concerned=concerned)
    told = [line for line in timeline_lines(run.history(), outcome) if "accepted by" in line]
    assert [line.partition("  accepted")[0] for line in told] == [
        '{"order": "o-1", "try": 0}',
        '{"order": "o-1", "try": 1}',
    ]


def test_a_fault_in_a_function_that_an_execution_waits_for_hit_the_message_of_the_execution():
    run = Written()
    run.place("BookHotel", "lambda")
    started = run.call("stepfunctions:StartExecution", "Trip")
    accepted = run.recorder.accepted("Trip", "t-1", body={"trip": "t-1"}, cause=started, actor="test")
    execution = run.recorder.execution("Trip", ("t-1",), name="t-1", source="Trip", cause=accepted)
    task = run.call("lambda:Invoke", "BookHotel", actor="Trip", cause=execution)
    invocation = run.recorder.invocation("BookHotel", (), request_id="r", payload={}, cause=task)
    call = run.call("dynamodb:PutItem", "Hotels", actor="BookHotel", cause=invocation, error="Unavailable")
    run.fault(call, "outage", "refuse")
    run.recorder.invocation_ended(invocation, "error")
    run.recorder.execution_ended(execution, "failed")
    outcome = Outcome(plan=Plan(0), status="broken", hits=(call.seq,))
    told = timeline_lines(run.settle(), outcome)
    assert told[0].startswith('{"trip": "t-1"}  accepted by Trip')


def test_the_message_that_the_fault_hit_is_told_if_the_one_concerned_shows_no_fault():
    run = Written()
    run.send("Incoming", "m-1", {"order": "o-1"})
    run.work("Incoming", "Accept", "m-1", writes="Orders")
    run.send("Outbox", "x-1", "published later")
    with run.run("Outbox", "Publish", "x-1") as invocation:
        call = run.call(
            "sns:Publish", "Placed", actor="Publish", cause=invocation, error="ServiceUnavailable"
        )
        run.fault(call, "outage", "refuse")
    outcome = Outcome(plan=Plan(0), status="broken", concerned=(("Incoming", "m-1"),), hits=(call.seq,))
    told = timeline_lines(run.settle(), outcome)
    assert [line.partition("  accepted")[0] for line in told if "accepted by" in line] == [
        '{"order": "o-1"}',
        "published later",
    ]
    assert any("sns:Publish Placed  [fault: outage]" in line for line in told)


def test_of_a_call_of_the_test_that_a_fault_hit_all_is_told_that_was_sent_with_its_words():
    run = Written()
    sent = [run.send("Work", f"m-{number}", body) for number, body in enumerate(("hi", "hi", "there"))]
    run.work("Work", "Bill", "m-0", "m-1", "m-2")
    outcome = Outcome(plan=Plan(0), status="broken", invariant="assert", hits=(sent[0].cause,))
    told = [line for line in timeline_lines(run.settle(), outcome) if "accepted by" in line]
    assert [line.partition("  accepted")[0] for line in told] == ["hi", "hi"]


def test_a_copy_on_the_way_to_a_second_place_that_fans_out_is_told_to_its_end():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    run.place("Rule", "sns")
    hop = run.recorder.hop("Orders", "Rule", ("m-1",), cause=accepted, actor="sns")
    run.recorder.arrived(hop, ("m-1",), actor="sns")
    run.fault(hop, kind="redeliver", what="copy")
    on = run.recorder.hop("Rule", run.queue("Invoices"), ("m-1",), cause=hop, actor="sns")
    run.recorder.arrived(on, ("i-1",), actor="sns")
    run.work("Invoices", "Invoice", "i-1")
    outcome = Outcome(plan=Plan(0), status="broken", hits=(hop.seq,))
    assert "applied: acknowledged by mapping:Invoice" in timeline_lines(run.settle(), outcome)[-1]


def test_a_message_that_was_sent_back_from_the_dead_letters_is_told_to_its_end():
    run = Written()
    run.send("Work", "m-1", "hi")
    with run.run("Work", "Bill", "m-1", outcome="error"):
        pass
    run.dead_letter("Work", "m-1", "Dead")
    run.recorder.moved("Dead", ("m-1",), to="Work", ids=["m-2"], actor="sqs")
    run.work("Work", "Bill", "m-2")
    hop = run.history().of("hop")[0]
    outcome = Outcome(plan=Plan(0), status="broken", hits=(hop.seq,))
    assert "applied: acknowledged by mapping:Bill" in timeline_lines(run.settle(), outcome)[-1]


def test_what_is_lost_on_its_way_from_the_second_place_that_fans_out_is_told_to_its_end():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    run.fan_out(accepted, "Billing", "m-1", service="sns")
    hop = run.recorder.hop("Billing", run.queue("Invoices"), ("m-1",), actor="sns")
    run.fault(hop, kind="refuse_hop", what="refuse")
    run.recorder.hop_failed(hop, "AccessDenied", retryable=False, actor="sns")
    run.recorder.dropped(
        "Billing", ("m-1",), cause=hop, actor="sns", target="Invoices", reason="AccessDenied"
    )
    history = run.settle()
    outcome = Outcome(plan=Plan(0), status="broken", concerned=(("Invoices", "m-1"),), hits=(hop.seq,))
    assert "LOST: AccessDenied" in timeline_lines(history, outcome)[-1]


def test_of_a_message_that_went_several_ways_the_worst_is_told_to_its_end():
    run = Written()
    accepted = run.publish("Orders", "m-1", "hi")
    run.fan_out(accepted, "Audits", "q-1")
    run.work("Audits", "Audit", "q-1")
    hop = run.recorder.hop("Orders", run.queue("Invoices"), ("m-1",), actor="sns")
    run.recorder.hop_failed(hop, "AccessDenied", retryable=False, actor="sns")
    run.recorder.dropped("Orders", ("m-1",), cause=hop, actor="sns", target="Invoices", reason="AccessDenied")
    history = run.settle()
    outcome = Outcome(plan=Plan(0), status="broken", concerned=(("Orders", "m-1"),))
    assert "LOST: AccessDenied" in timeline_lines(history, outcome)[-1]


def ended_by(look, *, again=False):
    """A run that ends with a look of the test; `again`: the message comes a second time before."""
    run = Written()
    run.send("Work", "m-1", {"order": "o-1"})
    for count in (1, 2) if again else (1,):
        run.work("Work", "Bill", "m-1", count=count)
    if look:
        run.call("dynamodb:Scan", "Ledger")
    return run.settle()


def test_runs_part_where_the_app_does_something_else_and_not_where_the_test_looks():
    assert parting(ended_by(True), ended_by(False)) == []
    ours, theirs = parting(ended_by(True, again=True), ended_by(True))
    assert ours.endswith("Work received by mapping:Bill (receive 2)")
    assert theirs == "control run: nothing more (ended at +0.000s)"


def orders(*steps):
    """A run in which the test and the mapping of a function take turns in this order."""
    run = Written()
    for number, (step, attempt) in enumerate(steps):
        run.wait(1)
        if step == "publish":
            run.recorder.call(
                "sns:Publish", Does.SENDS, run.place("Orders", "sns"), region="us-east-1", attempt=attempt
            )
        else:
            run.receive("Work", f"m-{number}", by="mapping:Bill")
    return run.history()


def test_steps_that_only_take_their_turns_otherwise_are_not_where_runs_part():
    control = orders(("publish", 1), ("publish", 1), ("receive", 1), ("receive", 1))
    again = orders(
        ("publish", 1), ("receive", 1), ("publish", 2), ("publish", 1), ("receive", 1), ("receive", 1)
    )
    assert parting(again, control) == [
        "this run:    +3.000s  test → sns:Publish Orders (attempt 2)",
        "control run: no such step",
    ]
    once_more = orders(("publish", 1), ("publish", 1), ("publish", 1), ("receive", 1), ("receive", 1))
    assert parting(once_more, control) == [
        "this run:    +3.000s  test → sns:Publish Orders",
        "control run: only 2 of these",
    ]
    fewer = orders(("publish", 1), ("publish", 1), ("receive", 1))
    assert parting(fewer, control) == [
        "this run:    nothing more (ended at +3.000s)",
        "control run: +4.000s  Work received by mapping:Bill",
    ]


def test_runs_with_the_same_steps_part_where_their_order_differs():
    control = orders(("publish", 1), ("publish", 1), ("receive", 1))
    assert parting(orders(("publish", 1), ("receive", 1), ("publish", 1)), control) == [
        "this run:    +2.000s  Work received by mapping:Bill",
        "control run: +2.000s  test → sns:Publish Orders",
    ]


def received(*batches):
    """A run in which a mapping receives messages in these batches."""
    run = Written()
    for number, size in enumerate(batches):
        run.receive("Work", *(f"m-{number}-{each}" for each in range(size)), by="mapping:Bill")
    return run.history()


def test_messages_that_come_in_other_batches_are_no_difference():
    assert parting(received(2, 1), received(1, 1, 1)) == []
    assert parting(received(1, 2), received(2)) != []


def test_of_the_duplicates_that_one_is_told_which_the_fault_hit_from_its_beginning():
    run = Written()
    for name in ("o-1", "o-2"):
        run.send("Orders", name, name)
    run.place("Stock", "lambda")
    with run.run("Orders", "Start", "o-1", "o-2") as invocation:
        for name in ("o-1", "o-2"):
            run.send("Work", f"w-{name}", name, actor="Start", cause=invocation)
    run.work("Work", "Bill", "w-o-1")
    with run.run("Work", "Bill", "w-o-2", outcome="crash") as invocation:
        run.fault(invocation, "crash", "kill")
    outcome = Outcome(
        plan=Plan(0),
        status="broken",
        concerned=(("Orders", "o-1"), ("Orders", "o-2")),
        hits=(invocation.seq,),
    )
    told = timeline_lines(run.settle(), outcome)
    accepted = [line.split("  +")[0].rstrip() for line in told if "accepted by" in line]
    assert accepted == ["o-2  accepted by Orders", "o-2  accepted by Work"]
    assert any("Bill  [fault: crash]" in line for line in told)
