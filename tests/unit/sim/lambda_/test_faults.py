"""Faults on deliveries to functions and on their runs, and what they leave in the history."""

from __future__ import annotations

import pytest

from harness.faults.decision import Decision
from tests.helpers.decided import HopDecided, InvocationDecided
from tests.unit.sim.lambda_.fakes import FAILED_QUEUE, QUEUE, error, map_queue, ok


def on_invocation(cloud, decision, **when):
    cloud.plan.add(InvocationDecided("work", decision=decision, **when))


def on_hop(cloud, decision, **when):
    cloud.plan.add(HopDecided(target="work", decision=decision, **when))


def test_an_event_that_runs_twice_leaves_two_records_of_success(cloud):
    on_hop(cloud, Decision.copies(2))
    cloud.function()
    config = {"OnSuccess": {"Destination": FAILED_QUEUE}}
    cloud.call("PutFunctionEventInvokeConfig", FunctionName="work", DestinationConfig=config)
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    assert len(cloud.events("invocation")) == len(cloud.queues.delivered) == 2


def test_an_event_that_runs_twice_and_fails_is_retried_once_and_dropped_once(cloud):
    on_hop(cloud, Decision.copies(2), nth=1)
    cloud.function(handler=lambda event: error())
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 4
    assert len(cloud.events("dropped")) == 1


def test_a_batch_whose_copy_alone_succeeds_is_deleted(cloud):
    on_hop(cloud, Decision.copies(2), nth=1)
    results = iter([error(), ok()])
    cloud.function(handler=lambda event: next(results))
    map_queue(cloud)
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    assert cloud.queues.deleted == ["m1"]


@pytest.mark.parametrize(
    ("decision", "how", "when", "nth"),
    [
        (Decision.kill("crash", after_call=0), "crash", "before", 1),
        (Decision.kill("crash", after_call=3), "crash", "call", 3),
        (Decision.kill("crash"), "crash", "after", 1),
        (Decision.kill("timeout", after_call=0), "timeout", "before", 1),
        (Decision.kill("oom", after_call=0), "oom", "before", 1),
        (Decision.kill("init-failure", after_call=0), "init-error", "before", 1),
    ],
)
def test_the_plan_can_kill_an_invocation(cloud, decision, how, when, nth):
    cloud.function()
    on_invocation(cloud, decision)
    answer = cloud.call("Invoke", FunctionName="work")
    (order,) = cloud.sandbox.kills
    assert (order.how, order.when, order.nth) == (how, when, nth)
    assert answer["FunctionError"] == "Unhandled"
    assert [e.data["outcome"] for e in cloud.events("invocation-ended")] == [how]
    assert cloud.events("fault")[0].cause == cloud.events("invocation")[0].seq


def test_after_a_crash_the_next_invocation_starts_cold(cloud):
    cloud.function()
    on_invocation(cloud, Decision.kill("crash"), nth=2)
    for _ in range(4):
        cloud.call("Invoke", FunctionName="work")
    assert [e.data["cold"] for e in cloud.events("invocation")] == [True, False, True, False]


def test_an_injected_init_failure_hits_a_new_environment_and_spares_the_warm_one(cloud):
    cloud.function()
    on_invocation(cloud, Decision.kill("init-failure", after_call=0), nth=2)
    for _ in range(3):
        cloud.call("Invoke", FunctionName="work")
    assert [e.data["cold"] for e in cloud.events("invocation")] == [True, False, False]
    assert len(cloud.sandbox.started) == 2


def test_an_injected_throttle_does_not_reach_the_handler(cloud):
    seen = []
    cloud.function(handler=lambda event: ok(seen.append(1)))
    on_invocation(cloud, Decision.kill("throttle", after_call=0))
    map_queue(cloud)
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    assert [e.data["outcome"] for e in cloud.events("invocation-ended")] == ["throttled", "ok"]
    assert (seen, cloud.queues.deleted) == ([1], ["m1"])
    assert cloud.queues.counts == {"m1": 1}


def test_a_throttled_batch_is_tried_until_its_visibility_ends_and_then_received_again(cloud):
    cloud.function()
    cloud.call("PutFunctionConcurrency", FunctionName="work", ReservedConcurrentExecutions=0)
    map_queue(cloud)
    cloud.queues.put(QUEUE, "m1")
    cloud.kernel.sleep(100)
    cloud.call("DeleteFunctionConcurrency", FunctionName="work")
    assert cloud.settle()
    assert cloud.queues.counts == {"m1": 4}
    assert len(cloud.events("invocation")) == 1


def test_skew_reaches_the_sandbox(cloud):
    cloud.function()
    on_invocation(cloud, Decision.skew(-30.0))
    cloud.call("Invoke", FunctionName="work")
    [context] = cloud.sandbox.contexts
    assert context.skew.seconds == -30.0
    assert cloud.events("fault") == []
    context.skew.seen()
    assert len(cloud.events("fault")) == 1


def test_a_kill_whose_moment_never_came_has_not_acted(cloud):
    cloud.function()
    cloud.sandbox.obeys = False
    on_invocation(cloud, Decision.kill("crash", after_call=99))
    cloud.call("Invoke", FunctionName="work")
    assert cloud.events("fault") == []


def test_a_lost_acknowledgement_brings_the_message_back(cloud):
    cloud.function()
    map_queue(cloud)
    on_hop(cloud, Decision.lose_answer())
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 2
    assert cloud.queues.counts == {"m1": 2}


def test_an_async_event_runs_again_when_its_answer_is_lost(cloud):
    cloud.function()
    on_hop(cloud, Decision.lose_answer())
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    first, second = cloud.events("invocation")
    assert first.data["request_id"] == second.data["request_id"]


def test_a_copied_hop_invokes_twice(cloud):
    cloud.function()
    map_queue(cloud)
    on_hop(cloud, Decision.copies(2))
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 2
    assert cloud.queues.deleted == ["m1"]
