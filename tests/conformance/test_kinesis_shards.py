"""Shards of Kinesis: split, merged, scaled, listed, and kept as long as their records."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.conformance.events_helpers import refusal
from tests.conformance.kinesis_helpers import NAME, data, iterator, open_stream, put, read, shards, wait

pytestmark = pytest.mark.clouds(
    "sim", reason="in LocalStack harness has only those operations of Kinesis that apps need"
)
HOUR = 3600
HASH_KEYS = 2**128


@pytest.fixture
def kinesis(cloud):
    return cloud.client("kinesis")


def test_a_split_shard_is_closed_and_its_children_are_told_at_its_end(cloud, kinesis):
    """https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding-split.html"""
    open_stream(cloud)
    put(cloud, "a")
    kinesis.split_shard(
        StreamName=NAME, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(HASH_KEYS // 2)
    )
    wait(cloud)
    closed, *children = shards(cloud)
    assert "EndingSequenceNumber" in closed["SequenceNumberRange"]
    assert [child["ParentShardId"] for child in children] == [closed["ShardId"]] * 2
    assert int(children[0]["SequenceNumberRange"]["StartingSequenceNumber"]) > int(
        closed["SequenceNumberRange"]["EndingSequenceNumber"]
    )
    end = kinesis.get_records(ShardIterator=iterator(cloud))
    assert (data(end["Records"]), "NextShardIterator" in end) == (["a"], False)
    assert [child["ShardId"] for child in end["ChildShards"]] == [child["ShardId"] for child in children]
    assert put(cloud, "b") > [closed["SequenceNumberRange"]["EndingSequenceNumber"]]


def test_adjacent_shards_are_merged(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html"""
    open_stream(cloud, 3)
    ids = [f"shardId-{number:012}" for number in range(3)]
    far = {"StreamName": NAME, "ShardToMerge": ids[0], "AdjacentShardToMerge": ids[2]}
    assert refusal(kinesis, "merge_shards", **far)[0] == "InvalidArgumentException"
    kinesis.merge_shards(StreamName=NAME, ShardToMerge=ids[0], AdjacentShardToMerge=ids[1])
    assert refusal(kinesis, "merge_shards", **far)[0] == "ResourceInUseException", "while it is UPDATING"
    wait(cloud)
    made = shards(cloud)[-1]
    assert (made["ParentShardId"], made["AdjacentParentShardId"]) == (ids[0], ids[1])
    assert refusal(kinesis, "merge_shards", **far)[0] == "ResourceInUseException", "it is merged already"


@pytest.mark.parametrize("wanted", [2, 3, 4, 6, 7])
def test_a_stream_is_scaled_to_shards_of_equal_ranges(cloud, kinesis, wanted):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html"""
    open_stream(cloud, 4)
    answer = kinesis.update_shard_count(
        StreamName=NAME, TargetShardCount=wanted, ScalingType="UNIFORM_SCALING"
    )
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (4, wanted)
    wait(cloud)
    found = [each for each in shards(cloud) if "EndingSequenceNumber" not in each["SequenceNumberRange"]]
    keys = sorted((int(each["HashKeyRange"]["StartingHashKey"]) for each in found), key=int)
    assert keys == [HASH_KEYS // wanted * number for number in range(wanted)]


def test_a_stream_is_scaled_by_the_double_at_most_and_ten_times_a_day(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html"""
    open_stream(cloud, 2)
    scaled = {"StreamName": NAME, "ScalingType": "UNIFORM_SCALING"}
    assert refusal(kinesis, "update_shard_count", TargetShardCount=5, **scaled)[0] == "LimitExceededException"
    for number in range(10):
        kinesis.update_shard_count(TargetShardCount=3 - number % 2, **scaled)
        wait(cloud)
    assert refusal(kinesis, "update_shard_count", TargetShardCount=2, **scaled)[0] == "LimitExceededException"
    cloud.advance(24 * HOUR)
    kinesis.update_shard_count(TargetShardCount=2, **scaled)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"Type": "AT_LATEST"}, [1, 2]),
        ({"Type": "AT_TRIM_HORIZON"}, [0]),
        ({"Type": "FROM_TRIM_HORIZON"}, [0, 1, 2]),
        ({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"}, [2]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": "before"}, [0]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": "after"}, [1, 2]),
    ],
    ids=lambda value: value.get("Type") if isinstance(value, dict) else None,
)
def test_shards_are_listed_by_filters(cloud, kinesis, asked, numbers):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html"""
    open_stream(cloud)
    cloud.advance(60)
    moments = {"before": datetime.now(UTC)}
    cloud.advance(60)
    kinesis.split_shard(StreamName=NAME, ShardToSplit="shardId-000000000000", NewStartingHashKey="1000")
    cloud.advance(60)
    moments["after"] = datetime.now(UTC)
    if "Timestamp" in asked:
        asked = {**asked, "Timestamp": moments[asked["Timestamp"]]}
    assert [each["ShardId"] for each in shards(cloud, ShardFilter=asked)] == [
        f"shardId-{number:012}" for number in numbers
    ]


def test_shards_are_listed_page_by_page(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html"""
    open_stream(cloud, 3)
    first = kinesis.list_shards(StreamName=NAME, MaxResults=2)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert (len(first["Shards"]), [each["ShardId"] for each in rest["Shards"]]) == (
        2,
        ["shardId-000000000002"],
    )
    both = {"StreamName": NAME, "NextToken": first["NextToken"]}
    assert refusal(kinesis, "list_shards", **both)[0] == "InvalidArgumentException"


def test_records_are_kept_for_a_day(cloud):
    """https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html"""
    open_stream(cloud)
    put(cloud, "a")
    cloud.advance(12 * HOUR)
    put(cloud, "b")
    cloud.advance(12 * HOUR)
    assert read(cloud) == ["b"]
    cloud.advance(13 * HOUR)
    assert read(cloud) == []


def test_retention_is_increased_and_decreased(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html"""
    open_stream(cloud)
    put(cloud, "a")
    kinesis.increase_stream_retention_period(StreamName=NAME, RetentionPeriodHours=48)
    cloud.advance(30 * HOUR)
    assert read(cloud) == ["a"]
    kinesis.decrease_stream_retention_period(StreamName=NAME, RetentionPeriodHours=24)
    assert read(cloud) == []
    wait(cloud)
    for operation, hours in (("increase", 23), ("increase", 8761), ("decrease", 25)):
        asked = {"StreamName": NAME, "RetentionPeriodHours": hours}
        code, _ = refusal(kinesis, f"{operation}_stream_retention_period", **asked)
        assert code == "InvalidArgumentException"


def test_a_closed_shard_is_known_for_as_long_as_its_records(cloud, kinesis):
    """https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html"""
    open_stream(cloud)
    kinesis.split_shard(StreamName=NAME, ShardToSplit="shardId-000000000000", NewStartingHashKey="1000")
    cloud.advance(23 * HOUR)
    assert len(shards(cloud)) == 3
    cloud.advance(2 * HOUR)
    assert [each["ShardId"] for each in shards(cloud)] == ["shardId-000000000001", "shardId-000000000002"]
