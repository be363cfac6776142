"""Which faults land where; each hits exactly its point."""

from __future__ import annotations

import pytest

from harness.explore.candidates import candidates_of
from harness.explore.points import points_of
from harness.faults.cloud_places import OnCloud, OnNetwork
from harness.plan import Plan, kinds
from tests.helpers.runs import Written
from tests.helpers.shop import Shop


def labels(place, history):
    return {
        candidate.label
        for point in points_of(history)
        if point.place == place
        for candidate in candidates_of(point)
    }


@pytest.fixture
def history():
    """A topic, a queue, a function that writes, sends a batch and reads; and one that the test calls."""
    run = Written()
    for number in range(2):
        accepted = run.publish("Orders", f"m-{number}", {"order": number})
        run.fan_out(accepted, "Queue", f"q-{number}")
        with run.run("Queue", "Ship", f"q-{number}") as invocation:
            run.call("dynamodb:GetItem", "Shipments", actor="Ship", cause=invocation)
            run.call("dynamodb:PutItem", "Shipments", actor="Ship", cause=invocation)
            run.call("sqs:SendMessageBatch", "Packing", actor="Ship", cause=invocation)
    for _ in range(2):  # the second so much later that the environment of the first is gone
        begun = run.recorder.invocation(
            run.function("Ask"), (), request_id="r", cold=True, timeout=30.0, actor="test"
        )
        run.wait(4)
        run.call("dynamodb:Query", "Shipments", actor="Ask", cause=begun)
        run.call("dynamodb:TransactGetItems", "Shipments", actor="Ask", cause=begun)
        run.recorder.invocation_ended(begun, "ok", actor="test")
    begun = run.recorder.execution("Saga", (), name="e-1", repeatable=True, actor="test")
    how = {"timeout": 600.0, "waits_for_token": True, "stoppable": True}
    asks = run.recorder.entered(begun, "Ask", number=1, **how)
    run.wait(60)
    run.call("sqs:SendMessage", "Packing", actor=run.function("Saga"), cause=asks)
    run.recorder.entered(begun, "Done", number=2, stoppable=True)
    run.recorder.execution_ended(begun, "ok", actor="test")
    return run.settle()


def test_every_kind_of_fault_lands_somewhere_but_those_of_the_whole_cloud_and_its_network(history):
    landed = {candidate.kind for point in points_of(history) for candidate in candidates_of(point)}
    assert landed == {name for name, kind in kinds().items() if not issubclass(kind, OnCloud | OnNetwork)}


def test_an_answer_is_lost_only_where_something_was_done(history):
    assert "answer_lost" in labels("Ship → dynamodb:PutItem Shipments", history)
    assert "answer_lost" not in labels("Ship → dynamodb:GetItem Shipments", history)


def test_an_execution_is_stopped_at_its_start_and_after_each_state(history):
    asks = {"stop_execution at its start", "stop_execution", "token_lost"}
    assert labels("Saga (state Ask)", history) == asks
    assert labels("Saga (state Done)", history) == {"stop_execution"}


def test_a_call_of_a_state_may_outlast_the_execution():
    run = Written()
    begun = run.recorder.execution("Saga", (), name="e-1", timeout=25.0, actor="test")
    run.wait(5)
    for number, timeout in ((1, None), (2, 60.0), (3, 10.0)):
        state = run.recorder.entered(begun, f"Ask{number}", number=number, timeout=timeout)
        run.call("sqs:SendMessage", "Packing", actor=run.function("Saga"), cause=state)
    points = [one for one in points_of(run.settle()) if one.place == "Saga → sqs:SendMessage Packing"]
    assert [point.waited_for for point in points] == [20.0, 20.0, 10.0]


def test_a_call_of_a_state_may_outlast_its_timeout(history):
    [point] = [one for one in points_of(history) if one.place == "Saga → sqs:SendMessage Packing"]
    assert point.waited_for == 540.0
    slow = {one.label: one.fault for one in candidates_of(point) if one.kind == "slow"}
    assert slow["slow past the workflow's timeout"].seconds == 541.0


def test_a_state_of_an_execution_that_nobody_can_stop_goes_on():
    run = Written()
    begun = run.recorder.execution("Saga", (), name="e-1", actor="test")
    run.recorder.entered(begun, "Only", number=1)
    assert labels("Saga (state Only)", run.settle()) == set()


def test_only_an_execution_that_may_run_again_does(history):
    assert labels("Saga (execution)", history) == {"run_again"}
    run = Written()
    begun = run.recorder.execution("Saga", (), name="e-1", actor="test")
    run.recorder.execution_ended(begun, "ok", actor="test")
    assert labels("Saga (execution)", run.settle()) == set()


def test_only_a_batch_is_answered_in_part(history):
    assert {"partial_answer", "partial_answer again"} <= {
        *labels("Ship → sqs:SendMessageBatch Packing", history)
    }
    assert "partial_answer" not in labels("Ship → dynamodb:PutItem Shipments", history)


def test_only_a_transaction_meets_another(history):
    assert "conflict" in labels("Ask → dynamodb:TransactGetItems Shipments", history)
    assert "conflict" not in labels("Ship → dynamodb:PutItem Shipments", history)


def test_of_the_test_only_the_answer_is_lost(history):
    assert labels("test → sns:Publish Orders", history) == {"answer_lost"}


def test_a_topic_can_be_refused_for_good_a_poller_can_not(history):
    assert {"refuse_hop", "refuse_hop for good"} <= labels("Orders ⇒ Queue", history)
    assert not {"refuse_hop", "refuse_hop for good"} & labels("Queue ⇒ Ship", history)


@pytest.mark.parametrize(
    ("arn", "times"),
    [("kinesis:us-east-1:123456789012:stream/Inbox", None), ("sns:us-east-1:123456789012:Inbox", 1)],
    ids=["a stream, that is read again", "a topic, that sends once"],
)
def test_a_refusal_for_good_outlasts_the_tries_that_follow_it(arn, times):
    run = Written()
    run.recorder.names.add("Inbox", f"arn:aws:{arn}")
    accepted = run.recorder.accepted("Inbox", "r-1", body={}, actor="test")
    hop = run.recorder.hop("Inbox", run.queue("Jobs"), ("r-1",), cause=accepted, actor="pipe:P")
    run.recorder.arrived(hop, ("m-1",), actor="pipe:P")
    found = [each for point in points_of(run.settle()) for each in candidates_of(point)]
    assert [each.fault.times for each in found if each.label == "refuse_hop for good"] == [times]


@pytest.mark.parametrize(
    ("arn", "for_good"),
    [("kinesis:us-east-1:123456789012:stream/Inbox", True), ("s3:::inbox", False)],
    ids=["a stream, whose consumers keep failures", "a bucket, which keeps none"],
)
def test_what_can_keep_a_failure_is_refused_for_good(arn, for_good):
    run = Written()
    run.recorder.names.add("Inbox", f"arn:aws:{arn}")
    accepted = run.recorder.accepted("Inbox", "r-1", body={}, actor="test")
    hop = run.recorder.hop("Inbox", run.queue("Jobs"), ("r-1",), cause=accepted, actor="pipe:P")
    run.recorder.arrived(hop, ("m-1",), actor="pipe:P")
    assert ("refuse_hop for good" in labels("Inbox ⇒ Jobs", run.settle())) is for_good


def test_no_app_can_keep_what_an_alarm_tells_once():
    run = Written()
    alarm = run.place("Late", "cloudwatch")
    fired = run.recorder.timer(alarm, (), "OK → ALARM", actor="cloudwatch")
    told = run.recorder.accepted(alarm, ("a-1",), body={"AlarmName": "Late"}, cause=fired, actor="cloudwatch")
    hop = run.recorder.hop(alarm, run.place("Ops", "sns"), told.messages, cause=told, actor="cloudwatch")
    run.recorder.arrived(hop, ("m-1",), actor="cloudwatch")
    points = points_of(run.settle())
    assert [point.place for point in points] == ["Late ⇒ Ops"]
    assert {"redeliver"} <= labels("Late ⇒ Ops", run.settle())
    assert not any(label.startswith("refuse_hop") for label in labels("Late ⇒ Ops", run.settle()))


def test_only_a_function_reads_poison(history):
    assert "poison" in labels("Queue ⇒ Ship", history)
    assert "poison" not in labels("Orders ⇒ Queue", history)


def test_a_fifo_queue_is_not_reordered():
    run = Written()
    run.fan_out(run.publish("Orders", "m-0", {}), "Queue.fifo", "q-0")
    assert "reorder" not in labels("Orders ⇒ Queue.fifo", run.settle())


def test_a_slow_call_outlasts_the_visibility_of_the_message(history):
    slow, *_ = [
        candidate.fault
        for point in points_of(history)
        for candidate in candidates_of(point)
        if candidate.label == "slow past visibility" and "PutItem" in point.place
    ]
    assert slow.seconds > 30


def test_a_slow_call_ends_just_before_the_timeout_of_its_function(history):
    assert {
        candidate.fault.seconds
        for point in points_of(history)
        for candidate in candidates_of(point)
        if candidate.label == "slow up to the timeout"
    } == {25.0}  # of 30 s, 4 are over by then, and 1 is left


def test_every_fault_can_be_stored(history):
    for point in points_of(history):
        for candidate in candidates_of(point):
            plan = Plan(0, (candidate.fault,))
            assert Plan.from_json(plan.to_json()) == plan


def test_each_fault_hits_exactly_its_point():
    shop = Shop(orders=3)
    control = shop(Plan()).history
    tried = 0
    for point in points_of(control):
        for candidate in candidates_of(point):
            hits = shop(Plan(0, (candidate.fault,))).hits
            if hits != (None,) and not point.covers_all:
                assert hits == (point.seq,), f"{point.name}: {candidate.label}"
                tried += 1
    assert tried > 60
