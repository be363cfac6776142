"""Batches: records as functions see them, and what their answers mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.batches import (
    PAYLOAD_BYTES_MAX,
    Taken,
    failed_in,
    failed_items,
    record_of,
    within_payload,
)

IDS = ("a", "b", "c")
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:work"


def failures(*names):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


@pytest.mark.parametrize(
    "answer",
    [None, {}, "", [], {"batchItemFailures": []}, {"batchItemFailures": None}, {"statusCode": 200}],
)
def test_these_answers_mean_that_all_went_well(answer):
    assert failed_items(answer, IDS) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        failures(""),
        failures(None),
        failures("not-in-the-batch"),
        failures("a", "not-in-the-batch"),
        {"batchItemFailures": [{"itemId": "a"}]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": "a"},
        {"batchItemFailures": {"itemIdentifier": "a"}},
        failures(7),
        "done",
        True,
        ["a"],
    ],
)
def test_these_answers_fail_the_whole_batch(answer):
    assert failed_items(answer, IDS) == frozenset(IDS)


def test_only_the_listed_messages_failed():
    assert failed_items(failures("c", "a", "a"), IDS) == {"a", "c"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["batchItemFailures", "itemIdentifier", "x"]), inner)
        ),
    )
)
def test_any_answer_names_messages_of_the_batch(answer):
    assert failed_items(answer, IDS) <= frozenset(IDS)


def test_an_answer_that_is_no_json_fails_the_whole_batch():
    assert failed_in(b"{", IDS) == frozenset(IDS)
    assert failed_in(b"", IDS) == frozenset()
    assert failed_in(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', IDS) == {"b"}


def test_a_message_is_taken_as_receive_message_shows_it():
    shown = {
        "MessageId": "m-1",
        "ReceiptHandle": "h-1",
        "Body": "text",
        "MD5OfBody": "md5",
        "Attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"},
        "MessageAttributes": {"note": {"DataType": "String", "StringValue": "a"}},
        "MD5OfMessageAttributes": "md5-2",
    }
    taken = Taken("m-1", "h-1", "text", shown["Attributes"], shown["MessageAttributes"], "md5", "g", "md5-2")
    assert Taken.shown(shown) == taken
    bare = {"MessageId": "m-1", "ReceiptHandle": "h-1", "Body": "text", "MD5OfBody": "md5"}
    assert Taken.shown(bare) == Taken("m-1", "h-1", "text", {}, {}, "md5")


def test_a_record_holds_what_lambda_passes_on():
    message = Taken(
        "id-1",
        "handle",
        "body",
        {"ApproximateReceiveCount": "1"},
        {
            "n": {"DataType": "Number", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\x01"},
        },
        "md5",
        md5_of_message_attributes="md5-of-attributes",
    )
    assert record_of(message, QUEUE, windowed=False) == {
        "messageId": "id-1",
        "receiptHandle": "handle",
        "body": "body",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "n": {"stringValue": "1", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
            "b": {
                "binaryValue": "AQ==",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfBody": "md5",
        "md5OfMessageAttributes": "md5-of-attributes",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "eu-west-1",
    }


@pytest.mark.parametrize(("windowed", "said"), [(False, {}), (True, {"md5OfMessageAttributes": None})])
def test_a_message_without_attributes_has_no_digest_of_them(windowed, said):
    record = record_of(Taken("id-1", "handle", "body", {}, {}, "md5"), QUEUE, windowed=windowed)
    assert {name: value for name, value in record.items() if name == "md5OfMessageAttributes"} == said


def test_a_batch_carries_six_megabytes():
    def message(size):
        return Taken("id", "handle", "x" * size, {}, {}, "md5")

    megabyte = 1_000_000
    assert within_payload([message(megabyte)] * 10) == 6
    assert within_payload([message(10)] * 10) == 10
    assert within_payload([message(PAYLOAD_BYTES_MAX + 1), message(1)]) == 1
    assert within_payload([]) == 0
