"""Event streams are written as the SDK reads them."""

from __future__ import annotations

from botocore.eventstream import EventStreamBuffer

from harness import wire
from harness.wire import event_stream

EVENT = {"SubscribeToShardEvent": {"Records": [], "ContinuationSequenceNumber": "7", "MillisBehindLatest": 0}}


def test_the_sdk_reads_an_answer_s_beginning_and_then_its_events():
    how = wire.wire_of("kinesis", "SubscribeToShard", "application/x-amz-json-1.1")
    found = EventStreamBuffer()
    for message in event_stream.messages(how.model.output_shape, how.event_member, {"EventStream": [EVENT]}):
        found.add_data(message)
    first, second = found
    assert first.headers[":event-type"] == "initial-response"
    assert (second.headers[":event-type"], second.payload) == (
        "SubscribeToShardEvent",
        b'{"Records": [], "ContinuationSequenceNumber": "7", "MillisBehindLatest": 0}',
    )


def test_events_are_made_when_they_are_read():
    made = []

    def events():
        made.append(1)
        yield EVENT

    how = wire.wire_of("kinesis", "SubscribeToShard", "application/x-amz-json-1.1")
    answer = wire.render(how, wire.UNSENT, {"EventStream": events()}, "id")
    assert (answer.status_code, made) == (200, [])
    assert len(list(answer.raw.stream())) == 2
    assert made == [1]
