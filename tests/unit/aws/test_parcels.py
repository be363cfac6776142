"""Parcels: what each kind of target takes, other text in them, and JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import aws
from harness.aws.parcel_json import NotAParcel, from_json, to_json
from harness.aws.parcels import (
    EVENT,
    REQUEST_RESPONSE,
    EventParcel,
    FunctionParcel,
    OutsideParcel,
    QueueParcel,
    StreamParcel,
    Text,
    TopicParcel,
)

NOTE = {"note": {"DataType": "String", "StringValue": "a"}, "b": {"DataType": "Binary", "BinaryValue": b"\0"}}
TEXT = Text(text='{"a": 1}', attributes=NOTE, subject="s", group="g", dedup="d")
ENVELOPE = {"Type": "Notification", "TopicArn": "arn:…", "Message": "hello"}


@pytest.mark.parametrize(
    ("target", "parcel"),
    [
        (
            "arn:aws:sqs:us-east-1:123456789012:work",
            QueueParcel(body='{"a": 1}', attributes=NOTE, group="g", dedup="d"),
        ),
        (
            "arn:aws:sns:us-east-1:123456789012:orders",
            TopicParcel(message='{"a": 1}', subject="s", attributes=NOTE, group="g", dedup="d"),
        ),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:live", FunctionParcel(payload={"a": 1})),
        (
            "https://example.com/x",
            OutsideParcel(protocol="https", endpoint="https://example.com/x", body='{"a": 1}', subject="s"),
        ),
        (
            "mailto:jo@example.com",
            OutsideParcel(protocol="email", endpoint="jo@example.com", body='{"a": 1}', subject="s"),
        ),
        (
            "sms:+15551230002",
            OutsideParcel(protocol="sms", endpoint="+15551230002", body='{"a": 1}', subject="s"),
        ),
        (
            "arn:aws:events:us-east-1:123456789012:event-bus/shop",
            EventParcel(event={"source": "", "detail-type": "", "detail": {"a": 1}}),
        ),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/s", StreamParcel(data='{"a": 1}', key="g")),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/Ledger", None),
        ("nowhere", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_goes_to_any_target_without_knowing_its_service(target, parcel):
    assert aws.parcel(target, TEXT) == parcel


def test_a_function_gets_a_text_that_is_no_json_as_it_is():
    assert aws.parcel("arn:aws:lambda:us-east-1:1:function:f", Text(text="{")) == FunctionParcel(payload="{")


def test_another_text_in_a_message_keeps_the_rest():
    queued = QueueParcel(body="hello", attributes=NOTE, group="g")
    assert queued.with_text("?") == replace(queued, body="?")
    published = TopicParcel(message="hello", subject="s")
    assert published.with_text("?") == replace(published, message="?")


def test_another_text_in_a_notification_is_its_message():
    for parcel in (
        QueueParcel(body=json.dumps(ENVELOPE)),
        OutsideParcel(protocol="https", endpoint="https://a", body=json.dumps(ENVELOPE)),
    ):
        assert json.loads(parcel.with_text("?").body) == {**ENVELOPE, "Message": "?"}


def test_another_text_in_a_batch_is_in_the_records_that_are_pointed_out():
    records = [{"messageId": str(n), "body": "ok", "md5OfBody": "x"} for n in range(3)]
    batch = FunctionParcel(payload={"Records": records}, invocation=REQUEST_RESPONSE, reads_failures=True)
    changed = batch.with_text("?", [False, True])
    assert [record["body"] for record in changed.payload["Records"]] == ["ok", "?", "ok"]
    assert changed.payload["Records"][1]["md5OfBody"] == "d1457b72c3fb323a2671125aef3eab5d"
    assert (changed.invocation, changed.reads_failures) == (REQUEST_RESPONSE, True)
    assert batch.payload["Records"] == records


def test_another_text_in_a_notification_of_a_function_is_its_message():
    event = FunctionParcel(payload={"Records": [{"Sns": {"Message": "hello", "MessageId": "m"}}]})
    assert event.with_text("?", [True]).payload == {"Records": [{"Sns": {"Message": "?", "MessageId": "m"}}]}


def test_a_list_of_objects_is_a_batch_too():
    batch = FunctionParcel(payload=[{"order": 1}, {"body": "ok"}, {"order": 3}])
    assert batch.with_text("?", [True]).payload == [{"text": "?"}, {"body": "ok"}, {"order": 3}]
    assert batch.with_text("?", [False, True]).payload[1]["body"] == "?"


def test_an_event_without_records_becomes_nothing_but_the_text():
    assert FunctionParcel(payload={"order": 1}).with_text("?").payload == {"text": "?"}
    assert FunctionParcel(payload=[1]).with_text("?").payload == "?"


def test_an_event_for_a_bus_passes_as_it_is_and_another_text_is_its_detail():
    event = {"source": "shop", "detail-type": "Order", "detail": {"order": "o-1"}, "id": "e-1"}
    parcel = aws.parcel("arn:aws:events:us-east-1:1:event-bus/shop", Text(text=json.dumps(event)))
    assert parcel == EventParcel(event=event)
    assert parcel.with_text("?").event == {**event, "detail": {"text": "?"}}


TEXTS = st.text(max_size=5)
OPTIONAL = st.none() | TEXTS
ATTRIBUTES = st.dictionaries(
    TEXTS,
    st.fixed_dictionaries({"DataType": TEXTS}, optional={"StringValue": TEXTS, "BinaryValue": st.binary()}),
    max_size=2,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)
PARCELS = st.one_of(
    st.builds(EventParcel, event=st.dictionaries(TEXTS, JSON, max_size=2)),
    st.builds(
        QueueParcel,
        body=TEXTS,
        attributes=ATTRIBUTES,
        system=st.dictionaries(TEXTS, TEXTS, max_size=1),
        group=OPTIONAL,
        dedup=OPTIONAL,
        id=OPTIONAL,
        sent_at=st.none() | st.floats(0, 1e9),
        receive_count=st.integers(0, 1000),
        first_received_at=st.none() | st.floats(0, 1e9),
    ),
    st.builds(
        TopicParcel,
        message=TEXTS,
        subject=OPTIONAL,
        attributes=ATTRIBUTES,
        structure=OPTIONAL,
        group=OPTIONAL,
        dedup=OPTIONAL,
    ),
    st.builds(
        FunctionParcel,
        payload=JSON,
        invocation=st.sampled_from([EVENT, REQUEST_RESPONSE]),
        request_id=OPTIONAL,
        client_context=st.none() | st.dictionaries(TEXTS, JSON, max_size=1),
        reads_failures=st.none() | st.booleans(),
    ),
    st.builds(
        OutsideParcel,
        protocol=TEXTS,
        endpoint=TEXTS,
        body=TEXTS,
        subject=OPTIONAL,
        headers=st.dictionaries(TEXTS, TEXTS, max_size=1),
        subscription=TEXTS,
    ),
)


@given(PARCELS)
def test_a_parcel_comes_back_from_json_as_it_was(parcel):
    assert from_json(json.loads(json.dumps(to_json(parcel)))) == parcel


@given(PARCELS, TEXTS, st.lists(st.booleans(), max_size=3))
def test_another_text_makes_a_parcel_of_the_same_kind(parcel, text, which):
    assert type(parcel.with_text(text, which)) is type(parcel)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "a parcel is a JSON object"),
        ([], "a parcel is a JSON object"),
        ({}, "kind None: expected one of queue, topic, function, event, stream, object, outside"),
        ({"kind": "bus"}, "kind 'bus': expected one of"),
        ({"kind": "queue"}, "body: a parcel for a queue needs it"),
        ({"kind": "queue", "body": 1}, "body: expected a text"),
        ({"kind": "queue", "body": "x", "payload": 1}, "payload: a parcel for a queue has no such field"),
        ({"kind": "queue", "body": "x", "group": 1}, "group: expected a text or null"),
        ({"kind": "queue", "body": "x", "attributes": {"a": "b"}}, "attributes: expected message attributes"),
        ({"kind": "queue", "body": "x", "attributes": {"a": {"b": 1}}}, "attributes: expected"),
        ({"kind": "queue", "body": "x", "attributes": {"a": {"b": {"base64": "?"}}}}, "attributes: expected"),
        ({"kind": "queue", "body": "x", "system": {"a": 1}}, "system: expected texts by name"),
        ({"kind": "queue", "body": "x", "sent_at": True}, "sent_at: expected seconds or null"),
        ({"kind": "queue", "body": "x", "receive_count": 1.5}, "receive_count: expected a whole number"),
        ({"kind": "function", "payload": 1, "invocation": "x"}, "invocation: expected Event or RequestRes"),
        ({"kind": "function", "payload": 1, "reads_failures": 1}, "reads_failures: expected true or false"),
        ({"kind": "function", "payload": 1, "client_context": []}, "client_context: expected a JSON object"),
    ],
)
def test_json_that_is_no_parcel_is_refused_with_a_sentence(value, told):
    with pytest.raises(NotAParcel) as caught:
        from_json(value)
    assert str(caught.value).startswith(told)


@given(JSON)
def test_any_json_is_a_parcel_or_refused(value):
    with pytest.raises(NotAParcel):
        from_json(value)
