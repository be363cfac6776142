"""Rules that the guest has a copy of, as it can't import the simulator: they say the same."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.localstack.guest import batches, policy, retries, scale
from harness.localstack.guest.fifo import Deduplication, Lines
from harness.sim.services.lambda_.batches import record_of
from harness.sim.services.service import Taken
from harness.sim.services.sns import retries as sim_retries
from harness.sim.services.sqs import policy as sim_policy

HEALTHY = {
    "numRetries": 12,
    "minDelayTarget": 3,
    "maxDelayTarget": 50,
    "numNoDelayRetries": 2,
    "numMinDelayRetries": 2,
    "numMaxDelayRetries": 3,
}
OWN = [{}, {"healthyRetryPolicy": {**HEALTHY, "backoffFunction": "exponential"}}]
OF_TOPIC = [
    {},
    {"http": {"defaultHealthyRetryPolicy": {**HEALTHY, "backoffFunction": "geometric"}}},
    {"http": {"defaultHealthyRetryPolicy": HEALTHY, "disableSubscriptionOverrides": True}},
]


@pytest.mark.parametrize("protocol", ["sqs", "lambda", "email", "sms", "https"])
def test_topics_retry_as_in_the_simulator(protocol):
    for own, of_topic in product(OWN, OF_TOPIC):
        ours = retries.schedule_for(protocol, json.dumps(own), json.dumps(of_topic))
        theirs = sim_retries.schedule_for(protocol, own, of_topic)
        tries = range(1, min(theirs.retries, 40) + 2)
        assert [ours.delay(retry) for retry in tries] == [theirs.delay(retry) for retry in tries]
        assert ours.retries == theirs.retries


QUEUE, TOPIC = "arn:aws:sqs:eu-central-1:111122223333:work", "arn:aws:sns:eu-central-1:111122223333:orders"
CONDITIONS = [
    {},
    {"ArnEquals": {"aws:SourceArn": TOPIC}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:other"}},
    {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
    {"Null": {"aws:SourceArn": "false"}},
    {"Unknown": {"aws:SourceArn": TOPIC}},
]
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"AWS": "*"}, {"Service": "sns.amazonaws.com"}, {"AWS": "1"}]),
        "Action": st.sampled_from(["sqs:SendMessage", "SQS:*", "sqs:ReceiveMessage", ["*"]]),
        "Resource": st.sampled_from([QUEUE, "*", "arn:aws:sqs:*:*:wor?", "arn:aws:sqs:*:*:[w]ork"]),
        "Condition": st.sampled_from(CONDITIONS),
    }
)


@given(st.lists(statements, max_size=3))
def test_policies_of_queues_are_judged_as_in_the_simulator(chosen):
    text = json.dumps({"Statement": chosen})
    asked = {"service": "sns.amazonaws.com", "queue_arn": QUEUE, "source_arn": TOPIC}
    assert policy.lets_send(text, **asked) == sim_policy.lets_send(text, **asked)


def test_a_record_of_a_batch_is_as_in_the_simulator():
    attributes = {
        "note": {"DataType": "String", "StringValue": "a"},
        "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    message = {
        "MessageId": "m-1",
        "ReceiptHandle": "h-1",
        "Body": "text",
        "MD5OfBody": "md5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": attributes,
        "MD5OfMessageAttributes": "md5-2",
    }
    taken = Taken("m-1", "h-1", "text", message["Attributes"], attributes, "md5", None, "md5-2")
    assert batches.record_of(message, QUEUE) == record_of(taken, QUEUE, "eu-central-1")


def test_a_batch_carries_as_many_messages_as_fit_and_at_least_one():
    small, large = {"Body": "a"}, {"Body": "b" * batches.PAYLOAD_BYTES_MAX}
    assert batches.within_payload([small] * 3) == 3
    assert batches.within_payload([small, large, small]) == 1
    assert batches.within_payload([large, small]) == 1


def test_a_mapping_begins_with_two_batches_grows_by_the_second_and_halves_after_a_failure():
    growing = scale.Scale(5, 100.0)
    assert [growing.at(100.0 + seconds) for seconds in (0, 0.9, 1, 3, 60)] == [2, 2, 3, 5, 5]
    growing.back_off(160.0)
    assert [growing.at(160.0 + seconds) for seconds in (0, 1, 60)] == [2, 3, 5]


def test_a_scale_never_exceeds_its_limit_nor_falls_below_one():
    narrow = scale.Scale(1, 0.0)
    narrow.back_off(0.0)
    narrow.back_off(0.0)
    assert [narrow.at(0.0), narrow.at(1000.0)] == [1, 1]


def test_in_a_line_each_waits_for_the_one_before():
    lines = Lines()
    key = ("subscription", "group")
    assert [lines.join(key, "a"), lines.join(key, "b"), lines.join(("other", ""), "c")] == [True, False, True]
    assert [lines.leave(key), lines.leave(key)] == ["b", None]
    assert lines.join(key, "d")


def test_a_duplicate_is_known_for_five_minutes():
    seen = Deduplication()
    assert seen.known_or_note("k", ("m-1", "1"), 0.0) is None
    assert seen.known_or_note("k", ("m-2", "2"), 299.0) == ("m-1", "1")
    assert seen.known_or_note("k", ("m-3", "3"), 300.0) is None
    assert seen.known_or_note("k", ("m-4", "4"), 301.0) == ("m-3", "3")
