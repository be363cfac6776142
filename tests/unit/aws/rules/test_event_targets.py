"""Targets of EventBridge's rules: what each gets of an event."""

from __future__ import annotations

import json

import pytest

from harness.aws.parcels import EventParcel, QueueParcel
from harness.aws.rules.event_forms import completed, refusal, scheduled
from harness.aws.rules.event_targets import RuleTarget, as_taken

RULE = "arn:aws:events:us-east-1:111122223333:rule/shop/orders"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:work"
EVENT = {"id": "e-1", "source": "shop", "detail-type": "Order", "detail": {"order": "o-1", "total": 42}}


def target(**given):
    return RuleTarget.of({"Id": "t", "Arn": QUEUE, **given})


def text(**given):
    return target(**given).text(RULE, EVENT, "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '{"fixed": true}'}, '{"fixed": true}'),
        ({"InputPath": "$.detail.total"}, "42"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"o": "$.detail.order"},
                    "InputTemplate": '"<o> by <aws.events.rule-name>"',
                }
            },
            '"o-1 by orders"',
        ),
    ],
    ids=["the event", "Input", "InputPath", "InputTransformer"],
)
def test_a_target_gets_the_input_that_it_asks_for(given, expected):
    assert text(**given).text == expected


def test_the_group_of_a_queue_is_given_and_the_key_of_a_stream_is_in_the_event():
    assert text(SqsParameters={"MessageGroupId": "g"}).group == "g"
    assert text(KinesisParameters={"PartitionKeyPath": "$.detail.order"}).group == "o-1"


def test_an_event_keeps_its_id_on_the_way_to_a_bus_of_the_same_region():
    bus = "arn:aws:events:{}:111122223333:event-bus/other"
    parcel = EventParcel(event=EVENT)
    here = as_taken(parcel, RULE, bus.format("us-east-1"), EVENT)
    there = as_taken(parcel, RULE, bus.format("eu-west-1"), EVENT)
    assert (here.event["id"], "id" in there.event) == ("e-1", False)
    queued = QueueParcel(body="x")
    assert as_taken(queued, RULE, QUEUE, EVENT) is queued


def test_a_dead_letter_is_the_event_with_the_error_and_the_limit():
    letter = target().dead_letter(
        RULE, EVENT, "AccessDenied", "no", exhausted="MaximumRetryAttempts", retries=3
    )
    told = {name: each["StringValue"] for name, each in letter.attributes.items()}
    assert json.loads(letter.body) == EVENT
    assert told == {
        "RULE_ARN": RULE,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "no",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "3",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Source": ""}, "InvalidArgument"),
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ({"Detail": '{"a": NaN}'}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
    ],
    ids=["no source", "a service's source", "NaN", "a list"],
)
def test_entries_that_are_no_events_are_refused(changes, code):
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}", **changes}
    assert (refusal(entry, of_services=False) or ("",))[0] == code


def test_an_event_of_a_service_is_completed_and_keeps_what_it_says():
    made = completed({"source": "aws.s3", "region": "eu-west-1"}, RULE, "e-2", 0.0)
    assert (made["id"], made["source"], made["region"]) == ("e-2", "aws.s3", "eu-west-1")
    assert scheduled(RULE, "e-3", 0.0)["resources"] == [RULE]
