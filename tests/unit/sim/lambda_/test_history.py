"""Runs of functions, and what they leave in the history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.aws.parcels import FunctionParcel
from harness.cloud import Unsupported
from harness.history.copies import Fate
from harness.history.ledger import Ledger
from harness.sim.services.lambda_.delivery.environments import IDLE_SECONDS_MAX
from harness.sim.services.lambda_.model.naming import FunctionId
from harness.sim.services.service import Delivery, DeliveryFailed
from tests.unit.sim.lambda_.fakes import (
    CALLER,
    FAILED_QUEUE,
    FIFO_QUEUE,
    QUEUE,
    ROLE,
    Cloud,
    archive,
    error,
    map_queue,
    ok,
)

TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
FUNCTION = FunctionId("us-east-1", "123456789012", "work")


def test_a_mapped_message_is_received_hops_and_is_run(cloud):
    cloud.function()
    map_queue(cloud)
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    kinds = [(e.kind, e.subject, e.messages, e.actor) for e in cloud.recorder.history()]
    assert kinds == [
        ("received", "work", ("m1",), "mapping:work"),
        ("hop", "sqs:work → work", ("m1",), "mapping:work"),
        ("invocation", "work", ("m1",), "mapping:work"),
        ("invocation-ended", "work", ("m1",), "mapping:work"),
        ("arrived", "sqs:work → work", ("m1",), "mapping:work"),
    ]
    received, hop, invocation, ended, _ = cloud.recorder.history()
    assert (hop.cause, invocation.cause, ended.cause) == (received.seq, hop.seq, invocation.seq)
    assert invocation.data["cold"] is True
    assert ended.data["outcome"] == "ok"


def test_reported_failures_are_in_the_history_and_only_they_return(cloud):
    cloud.function(handler=lambda event: ok({"batchItemFailures": [{"itemIdentifier": "m2"}]}))
    map_queue(cloud, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds=1)
    cloud.queues.put(QUEUE, "m1")
    cloud.queues.put(QUEUE, "m2")
    cloud.kernel.sleep(5)
    assert cloud.queues.deleted == ["m1"]
    assert [e.data["failed"] for e in cloud.events("invocation-ended")] == [["m2"]]


def test_an_async_invocation_is_accepted_and_then_hops_to_the_function(cloud):
    cloud.function()
    cloud.call("Invoke", FunctionName="work", InvocationType="Event", Payload=b'{"a":1}')
    cloud.settle()
    (accepted,) = cloud.events("accepted")
    (hop,) = cloud.events("hop")
    (invocation,) = cloud.events("invocation")
    assert (accepted.subject, accepted.data["body"]) == ("work", '{"a":1}')
    assert (hop.cause, hop.subject, hop.actor) == (accepted.seq, "work (async) → work", "lambda")
    assert accepted.messages == hop.messages == invocation.messages
    assert invocation.data["request_id"] == accepted.messages[0]


def test_an_event_given_up_without_a_dead_letter_queue_is_dropped(cloud):
    cloud.function(handler=lambda event: error())
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    (dropped,) = cloud.events("dropped")
    assert (dropped.subject, dropped.data["reason"]) == ("work", "RetriesExhausted")
    assert [e.data["what"] for e in cloud.events("timer")] == ["retry due", "retry due"]


def test_an_event_in_the_dead_letter_queue_is_dead_lettered(cloud):
    cloud.function(handler=lambda event: error(), DeadLetterConfig={"TargetArn": FAILED_QUEUE})
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    cloud.settle()
    (event,) = cloud.events("dead-lettered")
    assert (event.data["to"], event.data["ids"]) == ("failed", ["dlq-1"])
    assert not cloud.events("dropped")


def test_an_event_that_is_stopped_as_a_recursive_loop_is_lost_and_the_history_says_why(cloud):
    def again(event):
        caller = replace(CALLER, trace=cloud.sandbox.contexts[-1].trace_id)
        cloud.service.operations["Invoke"]({"FunctionName": "work", "InvocationType": "Event"}, caller)
        return ok()

    cloud.function(handler=again)
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 16
    (failed,) = cloud.events("hop-failed")
    assert (failed.data["error"], failed.data["retried"]) == ("RecursiveInvocationException", False)
    (lost,) = Ledger(cloud.recorder.history()).of(Fate.LOST)
    assert lost.why == f"RetriesExhausted: {failed.data['message']}"


def test_a_record_of_success_that_its_destination_refuses_is_lost_and_the_event_is_not(cloud):
    cloud.queues.refusing = DeliveryFailed("AccessDenied", retryable=False)
    cloud.function()
    config = {"OnSuccess": {"Destination": FAILED_QUEUE}}
    cloud.call("PutFunctionEventInvokeConfig", FunctionName="work", DestinationConfig=config)
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    assert cloud.settle()
    (dropped,) = cloud.events("dropped")
    assert (dropped.subject, dropped.data["target"]) == ("work", "failed")
    fates = {path.place: path.fate for path in Ledger(cloud.recorder.history()).paths()}
    assert fates == {"work": Fate.APPLIED, "failed": Fate.LOST}


def test_an_event_whose_dead_letter_queue_refuses_it_is_dropped(cloud):
    cloud.queues.refusing = DeliveryFailed("AccessDenied", retryable=False)
    cloud.function(handler=lambda event: error(), DeadLetterConfig={"TargetArn": FAILED_QUEUE})
    cloud.call("Invoke", FunctionName="work", InvocationType="Event")
    cloud.settle()
    assert len(cloud.events("dropped")) == 1


def from_topic(cloud, name="work"):
    target = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    parcel = FunctionParcel(payload={"Records": [{"Sns": {}}]})
    return cloud.service.deliver(Delivery(TOPIC, target, ("n1",), parcel))


def test_a_notification_is_queued_and_keeps_its_id(cloud):
    cloud.function()
    assert from_topic(cloud).ids == ("n1",)
    assert not cloud.events("invocation")
    assert cloud.settle()
    (invocation,) = cloud.events("invocation")
    assert invocation.messages == ("n1",)


def test_a_notification_to_a_function_that_is_gone_fails_for_good(cloud):
    with pytest.raises(DeliveryFailed) as caught:
        from_topic(cloud, "gone")
    assert (caught.value.code, caught.value.retryable) == ("ResourceNotFoundException", False)


def test_a_throttled_function_still_queues_notifications(cloud):
    cloud.function()
    cloud.call("PutFunctionConcurrency", FunctionName="work", ReservedConcurrentExecutions=1)
    for _ in range(3):
        from_topic(cloud)
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 3


def test_a_filtered_message_is_named(cloud):
    cloud.function()
    pattern = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}
    map_queue(cloud, FilterCriteria=pattern)
    cloud.queues.put(QUEUE, "m1", '{"a": 2}')
    assert cloud.settle()
    (filtered,) = cloud.events("filtered")
    assert (filtered.messages, filtered.data["target"]) == (("m1",), "work")
    assert cloud.queues.deleted == ["m1"]
    assert not cloud.events("invocation")


def test_messages_behind_filtered_ones_are_reached(cloud):
    cloud.function()
    for number in range(30):
        cloud.queues.put(QUEUE, f"m{number}", '{"a": 0.5}' if number == 29 else "{}")
    map_queue(cloud, FilterCriteria={"Filters": [{"Pattern": '{"body": {"a": [{"numeric": ["=", 0.5]}]}}'}]})
    assert cloud.settle()
    assert [e.messages for e in cloud.events("invocation")] == [("m29",)]
    assert len(cloud.queues.deleted) == 30


def test_what_exceeds_six_megabytes_comes_in_the_next_batch(cloud):
    cloud.function()
    for number in range(10):
        cloud.queues.put(QUEUE, f"m{number}", "x" * 1_000_000)
    map_queue(cloud)
    assert cloud.settle()
    assert sorted(len(e.messages) for e in cloud.events("invocation")) == [4, 6]
    assert len(cloud.queues.deleted) == 10


def test_what_exceeds_six_megabytes_of_a_fifo_queue_returns_to_it(cloud):
    cloud.function()
    for number in range(10):
        cloud.queues.put(FIFO_QUEUE, f"m{number}", "x" * 1_000_000)
    cloud.call("CreateEventSourceMapping", FunctionName="work", EventSourceArn=FIFO_QUEUE)
    assert cloud.settle()
    assert cloud.queues.counts["m9"] == 2
    assert len(cloud.queues.deleted) == 10


def test_changed_settings_count_batches_that_still_run(cloud):
    running = []

    def handler(event):
        running.append(cloud.service._invocations.concurrency(FUNCTION).running(FUNCTION.arn))
        cloud.kernel.sleep(10)
        return ok()

    cloud.function(handler=handler)
    uuid = map_queue(cloud, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    for number in range(6):
        cloud.queues.put(QUEUE, f"m{number}")
    cloud.kernel.sleep(1)
    cloud.call("UpdateEventSourceMapping", UUID=uuid, MaximumBatchingWindowInSeconds=1)
    assert cloud.settle()
    assert max(running) == 2


def test_a_mapping_scales_while_its_batches_run(cloud):
    running = []

    def handler(event):
        running.append(cloud.service._invocations.concurrency(FUNCTION).running(FUNCTION.arn))
        cloud.kernel.sleep(20)
        return ok()

    cloud.function(handler=handler, Timeout=30)
    map_queue(cloud, BatchSize=1)
    for number in range(40):
        cloud.queues.put(QUEUE, f"m{number}")
    cloud.kernel.sleep(0.5)
    assert 5 <= max(running) <= 8
    cloud.kernel.sleep(10)
    assert max(running) == 40
    assert cloud.settle()


def test_an_idle_environment_is_lost_after_a_while(cloud):
    cloud.function()
    for pause in (IDLE_SECONDS_MAX - 1, IDLE_SECONDS_MAX + 1, 0):
        cloud.call("Invoke", FunctionName="work")
        cloud.kernel.sleep(pause)
    assert [e.data["cold"] for e in cloud.events("invocation")] == [True, False, True]


def test_an_idle_mapping_does_not_keep_a_run_from_settling(cloud):
    cloud.function()
    map_queue(cloud, MaximumBatchingWindowInSeconds=300)
    assert cloud.settle(1)
    assert cloud.kernel.elapsed < 1


def test_disabling_a_mapping_gives_back_what_it_had_gathered(cloud):
    cloud.function()
    uuid = map_queue(cloud, MaximumBatchingWindowInSeconds=300)
    cloud.queues.put(QUEUE, "m1")
    cloud.kernel.sleep(1)
    assert cloud.queues.visible[QUEUE] == []
    cloud.call("UpdateEventSourceMapping", UUID=uuid, Enabled=False)
    cloud.kernel.sleep(1)
    assert [message for message, _ in cloud.queues.visible[QUEUE]] == ["m1"]
    assert not cloud.events("invocation")


def test_a_mapping_to_a_function_that_is_gone_says_so_and_takes_nothing_more(cloud):
    cloud.function()
    uuid = map_queue(cloud)
    cloud.call("DeleteFunction", FunctionName="work")
    cloud.queues.put(QUEUE, "m1")
    assert cloud.settle()
    found = cloud.call("GetEventSourceMapping", UUID=uuid)
    assert found["LastProcessingResult"].startswith("PROBLEM: Function not found")
    assert not cloud.events("invocation")


def test_logs_of_a_function_are_kept(cloud):
    cloud.function()
    cloud.call("Invoke", FunctionName="work")
    assert cloud.service.logs("work") == ["START\nEND\n"]


def test_two_runs_with_one_seed_have_one_history():
    def history(seed):
        cloud = Cloud(seed, strict_order=False)
        cloud.function(handler=lambda event: ok() if len(event["Records"]) < 3 else error())
        map_queue(cloud)
        for number in range(30):
            cloud.queues.put(QUEUE, f"m{number}")
        cloud.settle()
        return cloud.recorder.history().hash()

    assert history(7) == history(7)
    assert history(7) != history(8)


def test_an_image_cannot_run_here_and_says_what_to_do(cloud):
    with pytest.raises(Unsupported, match=r"nor in localstack.*leave the function out by ignore"):
        cloud.function(PackageType="Image", Code={"ImageUri": "repository/image:1"})


@pytest.mark.parametrize("runtime", ["nodejs20.x", "java21", "provided.al2023"])
def test_a_function_of_another_runtime_is_kept_and_its_run_says_what_to_do(cloud, runtime):
    cloud.function(Runtime=runtime)
    assert cloud.call("GetFunctionConfiguration", FunctionName="work")["Runtime"] == runtime
    with pytest.raises(Unsupported, match=f"{runtime}.*localstack"):
        cloud.call("Invoke", FunctionName="work")


def test_code_can_run_from_a_folder(cloud, tmp_path):
    layer = tmp_path / "layer" / "python"
    layer.mkdir(parents=True)
    published = cloud.call(
        "PublishLayerVersion",
        LayerName="layer",
        Content={"S3Bucket": "hot-reload", "S3Key": str(layer.parent)},
    )
    cloud.function(
        Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)}, Layers=[published["LayerVersionArn"]]
    )
    cloud.call("Invoke", FunctionName="work")
    assert cloud.sandbox.started[0].roots == (tmp_path, layer)


def test_a_shared_layer_of_another_account_is_taken_as_installed(cloud):
    powertools = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7"
    cloud.function(Layers=[powertools])
    cloud.call("Invoke", FunctionName="work")
    assert len(cloud.sandbox.started[0].roots) == 1


def test_the_same_archive_lies_at_the_same_place(cloud):
    for name in ("one", "two"):
        cloud.call(
            "CreateFunction",
            FunctionName=name,
            Runtime="python3.12",
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": archive()},
        )
        cloud.call("Invoke", FunctionName=name)
    one, two = (code.roots[0] for code in cloud.sandbox.started)
    assert one == two
    assert (one / "app.py").is_file()
