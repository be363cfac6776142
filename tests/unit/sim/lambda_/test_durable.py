"""What a durable execution leaves in the history, and what faults do to one."""

from __future__ import annotations

import json

import pytest

import harness
from harness import faults
from harness.history.copies import Fate
from harness.history.ledger import Ledger
from harness.sim.services.lambda_.durable.checks import check_updates
from harness.sim.services.lambda_.durable.model import DurableState
from harness.sim.services.lambda_.durable.tokens import callback_of
from harness.sim.services.lambda_.durable.updates import apply
from harness.sim.services.lambda_.model.durable import DurableConfig
from harness.sim.services.lambda_.model.naming import FunctionId
from harness.wire.errors import ServiceError
from tests.conformance.durable_helpers import DAY, create_durable, ended, start
from tests.conformance.lambda_helpers import create_function, create_queue, told

WAITS = """
@durable
def handler(execution):
    execution.step("first", lambda: 1)
    execution.wait("pause", 300)
    return execution.step("second", lambda: 2)
"""
FUNCTION = FunctionId("us-east-1", "123456789012", "work", "1")


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as made:
        yield made


@pytest.fixture
def execution():
    made = DurableState(
        "arn:aws:lambda:us-east-1:123456789012:function:work:1/durable-execution/n/e",
        "n",
        FUNCTION,
        "1",
        DurableConfig(60),
        0.0,
        "{}",
    )
    made.begin(0.0)
    return made


def step(id_, action, **more):
    return {"Id": id_, "Type": "STEP", "Action": action, **more}


def checkpoint(execution, *updates, now=0.0):
    check_updates(execution, updates)
    return list(apply(execution, list(updates), now, lambda *_: (None, {})))


def of_kind(history, kind):
    return [event for event in history if event.kind == kind]


# the state machine


def test_a_wait_is_over_when_its_time_has_come(execution):
    checkpoint(execution, {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}})
    assert (execution.complete_due(59.0), execution.operations["w"].status) == (False, "STARTED")
    assert (execution.complete_due(60.0), execution.operations["w"].status) == (True, "SUCCEEDED")
    assert execution.updated == ["w"]


def test_a_step_that_is_tried_again_is_ready_then(execution):
    checkpoint(execution, step("s", "RETRY", StepOptions={"NextAttemptDelaySeconds": 5}))
    assert (execution.suspended, execution.operations["s"].attempt) == (True, 1)
    execution.complete_due(5.0)
    assert (execution.suspended, execution.operations["s"].status) == (False, "READY")
    checkpoint(execution, step("s", "START"))
    checkpoint(execution, step("s", "SUCCEED", Payload="1"))
    assert (execution.operations["s"].attempt, execution.operations["s"].result) == (2, "1")


def test_the_handler_is_told_what_it_hasn_t_seen(execution):
    checkpoint(execution, step("a", "START"))
    execution.seen = execution.changes
    checkpoint(execution, step("b", "START"))
    assert [operation.id for operation in execution.unseen()] == ["b"]


def test_the_first_end_of_an_execution_counts(execution):
    execution.end("SUCCEEDED", 1.0, result="1")
    execution.end("TIMED_OUT", 2.0)
    assert (execution.status, execution.ended_at, execution.result) == ("SUCCEEDED", 1.0, "1")


def test_a_context_that_replays_its_children_keeps_them(execution):
    context = {"Id": "c", "Type": "CONTEXT"}
    checkpoint(execution, {**context, "Action": "START"}, step("s", "START", ParentId="c"))
    checkpoint(execution, {**context, "Action": "SUCCEED", "ContextOptions": {"ReplayChildren": True}})
    assert [operation.id for operation in execution.replayed()] == ["e", "c", "s"]


def test_nothing_of_a_checkpoint_counts_if_one_of_its_updates_can_t_be(execution):
    with pytest.raises(ServiceError, match="Invalid action"):
        checkpoint(execution, step("a", "START"), step("b", "CANCEL"))
    assert list(execution.operations) == ["e"]


@pytest.mark.parametrize("text", ["", "no", "bm8=", "W10="])
def test_a_text_that_is_no_callback_has_no_execution(text):
    assert callback_of(text) is None


# the history


def test_an_invocation_that_suspends_its_execution_is_pending(cloud):
    create_durable(cloud, WAITS)
    ended(cloud, start(cloud))
    found = of_kind(cloud.history(), "invocation-ended")
    assert [event.data["outcome"] for event in found] == ["pending", "ok"]


def test_a_message_is_handled_when_its_execution_has_succeeded(cloud):
    create_durable(cloud, WAITS)
    start(cloud)
    cloud.advance(60)
    assert [copy.fate for copy in Ledger(cloud.history()).history.fold.every_copy] == [Fate.WAITING]
    cloud.settle()
    [copy] = cloud.history().fold.every_copy
    assert (copy.fate, copy.ended_at > 300) == (Fate.APPLIED, True)


def test_a_timer_is_the_cause_of_what_it_wakes(cloud):
    create_durable(cloud, WAITS)
    ended(cloud, start(cloud))
    history = cloud.history()
    second = of_kind(history, "invocation")[1]
    timer = history[second.cause]
    assert (timer.kind, timer.data["what"]) == ("timer", "the wait is over")
    assert history[timer.cause].data["operation"] == "CheckpointDurableExecution"


def test_a_callback_is_the_cause_of_what_it_wakes(cloud):
    create_durable(cloud, "@durable\ndef handler(e): e.callback('c'); return e.answer('c')")
    arn = start(cloud)
    id_ = cloud.await_callback(arn, "c", DAY)
    cloud.client("lambda").send_durable_execution_callback_success(CallbackId=id_, Result=b"1")
    assert ended(cloud, arn) == ("SUCCEEDED", 1)
    history = cloud.history()
    woken = of_kind(history, "invocation")[1]
    assert history[woken.cause].data["operation"] == "SendDurableExecutionCallbackSuccess"


def test_calls_about_executions_and_callbacks_are_about_their_function(cloud):
    create_durable(cloud, "@durable\ndef handler(e): e.callback('c'); return e.answer('c')")
    arn = start(cloud)
    id_ = cloud.await_callback(arn, "", DAY)
    cloud.client("lambda").send_durable_execution_callback_heartbeat(CallbackId=id_)
    calls = [event for event in of_kind(cloud.history(), "call") if "Durable" in event.data["operation"]]
    assert {event.data["resource"] for event in calls} == {"work"}


def test_a_chained_invoke_is_a_hop_and_carries_the_message_on(cloud):
    create_function(cloud, "def handler(event, context): return 1", name="other")
    create_durable(cloud, "@durable\ndef handler(e): return e.invoke('i', 'other', 1)")
    ended(cloud, start(cloud))
    hops = [event for event in of_kind(cloud.history(), "hop") if event.data["target"] == "other"]
    [accepted] = of_kind(cloud.history(), "accepted")
    assert [(event.data["source"], event.messages) for event in hops] == [("work", accepted.messages)]


def test_the_same_seed_gives_the_same_history():
    def run():
        with harness.Simulator(seed=3) as cloud:
            create_durable(cloud, WAITS)
            ended(cloud, start(cloud))
            return [repr(event) for event in cloud.history()]

    assert run() == run()


def test_a_run_that_isn_t_settled_says_what_an_execution_waits_for(cloud):
    create_durable(
        cloud, "@durable\ndef handler(e): e.callback('c', TimeoutSeconds=90_000); return e.answer('c')"
    )
    start(cloud)
    assert not cloud.settle(60)
    [settled] = of_kind(cloud.history(), "settled")
    assert settled.data["moving"] == ["the time that work has", "a callback of work"]


# faults


def test_an_event_that_comes_twice_starts_one_execution(cloud):
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, "@durable\ndef handler(e): e.step('s', lambda: tell(1))", seen=seen)
    cloud.inject(faults.redeliver("work (async)", "work"))
    ended(cloud, start(cloud))
    assert told(cloud, seen) == [1]


def test_a_durable_function_whose_answer_is_lost_isn_t_invoked_again(cloud):
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, "@durable\ndef handler(e): e.step('s', lambda: tell(1))", name="slow", seen=seen)
    create_durable(cloud, "@durable\ndef handler(e): return e.invoke('i', 'slow:$LATEST', 1)")
    cloud.inject(faults.ack_lost("work", "slow"))
    assert ended(cloud, start(cloud))[0] == "SUCCEEDED"
    assert told(cloud, seen) == [1]


def test_a_throttled_invocation_is_made_later(cloud):
    create_durable(cloud, WAITS)
    cloud.inject(faults.throttle_invocation("work", times=7))
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", 2)


@pytest.mark.parametrize("call", range(1, 4))
def test_a_crash_behind_any_checkpoint_loses_no_step(cloud, call):
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, WAITS.replace("lambda: 1", "lambda: tell(1)"), seen=seen)
    cloud.inject(faults.crash("work", after_call=call, times=1))
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", 2)
    assert told(cloud, seen) == ([1, 1] if call == 1 else [1])


def test_an_execution_that_nobody_could_start_has_failed(cloud):
    create_durable(cloud, WAITS)
    cloud.inject(faults.refuse_hop("work (async)", "work", retryable=False, times=None))
    arn = start(cloud)
    assert ended(cloud, arn, days=1)[0] == "FAILED"


def test_what_becomes_of_a_failed_execution_is_told_with_its_error(cloud):
    create_durable(cloud, "@durable\ndef handler(e): raise Failed('Broken', 'no tea')")
    ended(cloud, start(cloud))
    [dropped] = of_kind(cloud.history(), "dropped")
    assert dropped.data["reason"] == "the execution FAILED: Broken: Broken: no tea"


# the ability


def test_whoever_waits_for_a_callback_hears_of_the_end(cloud):
    create_durable(cloud, WAITS)
    with pytest.raises(LookupError, match="ended without waiting for a callback 'c': SUCCEEDED"):
        cloud.await_callback(start(cloud), "c", DAY)


def test_whoever_waits_for_a_callback_gives_up(cloud):
    create_durable(cloud, WAITS)
    with pytest.raises(LookupError, match="didn't wait for a callback within 60 s"):
        cloud.await_callback(start(cloud), "", 60)


def test_an_execution_that_isn_t_there_has_no_callbacks(cloud):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:work:1/durable-execution/a/b"
    with pytest.raises(LookupError, match="does not exist"):
        cloud.await_callback(arn, "", 60)


def test_the_input_of_a_synchronous_execution_is_told_in_the_history(cloud):
    create_durable(cloud, "@durable\ndef handler(e): return 1", timeout=60)
    cloud.client("lambda").invoke(FunctionName="work:$LATEST", Payload=json.dumps({"order": 1}))
    [invocation] = of_kind(cloud.history(), "invocation")
    assert invocation.data["payload"] == {"order": 1}
