"""The forms in which subscribers see a message.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sim.services.sns.envelope import Rendering, confirmation
from harness.sim.services.sns.model import PublishedMessage, Subscription

TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
SUBSCRIPTION = Subscription(f"{TOPIC}:s-1", TOPIC, "sqs", "q", "q", "123456789012", token="ab")
AT = 1767225600.25


def test_the_layout_is_that_of_sns():
    attributes = {"store": {"DataType": "String", "StringValue": "a"}}
    envelope = Rendering(PublishedMessage("m-1", TOPIC, "hello", AT, "Hi", attributes)).envelope(SUBSCRIPTION)
    lines = envelope.splitlines()
    assert lines[:7] == [
        "{",
        '  "Type" : "Notification",',
        '  "MessageId" : "m-1",',
        f'  "TopicArn" : "{TOPIC}",',
        '  "Subject" : "Hi",',
        '  "Message" : "hello",',
        '  "Timestamp" : "2026-01-01T00:00:00.250Z",',
    ]
    assert lines[10].startswith(
        '  "UnsubscribeURL" : "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe'
    )
    assert lines[11:] == [
        '  "MessageAttributes" : {',
        '    "store" : {"Type":"String","Value":"a"}',
        "  }",
        "}",
    ]


def test_a_fifo_envelope_has_a_sequence_number_and_no_signature():
    message = PublishedMessage("m-1", f"{TOPIC}.fifo", "hello", AT, group="g", dedup="d", sequence="10")
    envelope = json.loads(Rendering(message).envelope(SUBSCRIPTION))
    assert list(envelope) == [
        "Type",
        "MessageId",
        "SequenceNumber",
        "TopicArn",
        "Message",
        "Timestamp",
        "UnsubscribeURL",
    ]


def test_a_functions_event_says_null_where_there_is_no_subject():
    (record,) = Rendering(PublishedMessage("m-1", TOPIC, "hello", AT)).event(SUBSCRIPTION)["Records"]
    assert record["Sns"]["Subject"] is None
    assert record["Sns"]["MessageAttributes"] == {}


def test_a_confirmation_is_valid_json():
    found = json.loads(confirmation(SUBSCRIPTION, "m-1", AT))
    assert (found["Type"], found["Token"]) == ("SubscriptionConfirmation", "ab")


def test_the_end_of_a_subscription_is_told_with_a_token_to_restore_it():
    found = json.loads(confirmation(SUBSCRIPTION, "m-1", AT, ended=True, signature_version="2"))
    assert (found["Type"], found["Token"]) == ("UnsubscribeConfirmation", "ab")
    assert (SUBSCRIPTION.arn in found["Message"], found["SignatureVersion"]) == (True, "2")


@pytest.mark.parametrize("version", ["1", "2"])
def test_signatures_are_of_the_topics_version(version):
    rendering = Rendering(PublishedMessage("m-1", TOPIC, "hello", AT), version)
    assert json.loads(rendering.envelope(SUBSCRIPTION))["SignatureVersion"] == version
    assert rendering.event(SUBSCRIPTION)["Records"][0]["Sns"]["SignatureVersion"] == "1"


@given(st.text(min_size=1), st.text(min_size=1, max_size=100), st.text(min_size=1))
def test_any_text_comes_out_as_it_went_in(text, subject, value):
    attributes = {value: {"DataType": "String", "StringValue": value}}
    rendering = Rendering(PublishedMessage("m-1", TOPIC, text, AT, subject, attributes))
    envelope = json.loads(rendering.envelope(SUBSCRIPTION))
    assert (envelope["Message"], envelope["Subject"]) == (text, subject)
    assert envelope["MessageAttributes"] == {value: {"Type": "String", "Value": value}}
    assert rendering.event(SUBSCRIPTION)["Records"][0]["Sns"]["Message"] == text
