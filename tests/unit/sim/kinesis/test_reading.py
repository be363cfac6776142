"""Streams as mappings and pipes read them: by shards and positions."""

from __future__ import annotations

import pytest

import harness
from harness.aws.rules.streams import StreamShard
from harness.sim.services.service import ServiceError

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
FIRST = "shardId-000000000000"


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as simulator:
        simulator.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        simulator.advance(2)
        yield simulator


@pytest.fixture
def streams(cloud):
    return cloud.world.services["kinesis"]


def put(cloud, *data):
    for each in data:
        cloud.client("kinesis").put_record(StreamName="s", Data=each, PartitionKey="k")


def test_a_record_is_read_as_functions_see_it(cloud, streams):
    put(cloud, "a", "b")
    _, second = streams.read(ARN, FIRST, 0, 10)
    assert (second.position, second.group) == (1, "k")
    assert second.shown["kinesis"] == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "k",
        "sequenceNumber": second.sequence_number,
        "data": "Yg==",
        "approximateArrivalTimestamp": round(second.at, 3),
    }
    assert second.shown["eventID"] == f"{FIRST}:{second.sequence_number}"


def test_positions_stand_for_the_oldest_the_next_and_a_time(cloud, streams):
    put(cloud, "a")
    cloud.advance(60)
    between = cloud.world.kernel.now
    put(cloud, "b")
    assert [streams.start(ARN, FIRST, at) for at in ("TRIM_HORIZON", "LATEST")] == [0, 2]
    assert streams.start(ARN, FIRST, "AT_TIMESTAMP", between) == 1


def test_what_is_no_longer_kept_is_told_apart(cloud, streams):
    put(cloud, "a")
    cloud.advance(13 * 3600)
    put(cloud, "b")
    cloud.advance(12 * 3600)
    assert [record.position for record in streams.trimmed(ARN, FIRST, 0)] == [0]
    assert [record.position for record in streams.read(ARN, FIRST, 0, 10)] == [1]


def test_children_name_their_parents(cloud, streams):
    cloud.client("kinesis").split_shard(StreamName="s", ShardToSplit=FIRST, NewStartingHashKey="1000")
    parent, *children = streams.shards(ARN)
    assert parent == StreamShard(FIRST, (), closed=True)
    assert [child.parents for child in children] == [(FIRST,), (FIRST,)]


def test_a_shard_that_is_gone_can_be_read_to_its_end(cloud, streams):
    put(cloud, "a")
    cloud.client("kinesis").split_shard(StreamName="s", ShardToSplit=FIRST, NewStartingHashKey="1000")
    cloud.advance(25 * 3600)
    assert FIRST not in [shard.id for shard in streams.shards(ARN)]
    assert (len(streams.trimmed(ARN, FIRST, 0)), streams.read(ARN, FIRST, 0, 10)) == (1, [])


def test_a_registered_consumer_has_its_records_sooner(cloud, streams):
    arn = cloud.client("kinesis").register_stream_consumer(StreamARN=ARN, ConsumerName="c")["Consumer"][
        "ConsumerARN"
    ]
    put(cloud, "a")
    assert len(streams.read(arn, FIRST, 0, 10)) == 1
    assert streams.poll_seconds(arn) < streams.poll_seconds(ARN)


def test_a_stream_that_is_deleted_can_no_longer_be_read(cloud, streams):
    cloud.client("kinesis").delete_stream(StreamName="s")
    with pytest.raises(ServiceError, match="Stream s under account 123456789012 not found"):
        streams.shards(ARN)
