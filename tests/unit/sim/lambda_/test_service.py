"""Lambda on doubles of the sandbox and of SQS: runs, the queue of events, mappings."""

from __future__ import annotations

import json

import pytest

from harness.sim.services.service import ServiceError
from tests.unit.sim.lambda_.fakes import FAILED_QUEUE, QUEUE, error, ok


def test_a_sync_invocation_answers_what_the_handler_returned(cloud):
    cloud.function(handler=lambda event: ok({"seen": event}))
    answer = cloud.call("Invoke", FunctionName="work", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"]) == {"seen": {"a": 1}}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer


def test_a_mapping_deletes_what_succeeded(cloud):
    seen = []
    cloud.function(handler=lambda event: ok(seen.extend(r["messageId"] for r in event["Records"])))
    cloud.call("CreateEventSourceMapping", FunctionName="work", EventSourceArn=QUEUE)
    for number in range(25):
        cloud.queues.put(QUEUE, f"m{number}")
    assert cloud.settle()
    assert sorted(seen) == sorted(cloud.queues.deleted) == sorted(f"m{n}" for n in range(25))


def test_an_event_that_fails_for_good_goes_to_the_dead_letter_queue(cloud):
    cloud.function(handler=lambda event: error(), DeadLetterConfig={"TargetArn": FAILED_QUEUE})
    cloud.call("Invoke", FunctionName="work", InvocationType="Event", Payload=b'{"a": 1}')
    assert cloud.settle()
    assert len(cloud.events("invocation")) == 3
    (delivery,) = cloud.queues.delivered
    assert delivery.parcel.body == '{"a": 1}'
    assert delivery.parcel.attributes["ErrorMessage"]["StringValue"] == "boom"
    assert 180 <= cloud.kernel.elapsed < 181


def test_a_function_that_does_not_exist_is_not_found(cloud):
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        cloud.call("Invoke", FunctionName="nope")
