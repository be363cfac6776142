"""Kinesis Data Streams: streams, records, iterators, limits, consumers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import md5

import boto3
import pytest
from botocore.config import Config

from tests.conformance.events_helpers import refusal
from tests.conformance.kinesis_helpers import NAME, data, iterator, open_stream, put, read, shards, wait

pytestmark = pytest.mark.clouds(
    "sim", reason="in LocalStack harness has only those operations of Kinesis that apps need"
)
NO_RETRIES = Config(retries={"total_max_attempts": 1})
HASH_KEYS = 2**128


@pytest.fixture
def kinesis(cloud):
    return cloud.client("kinesis")


def summary(kinesis):
    return kinesis.describe_stream_summary(StreamName=NAME)["StreamDescriptionSummary"]


def without_retries():
    return boto3.client("kinesis", region_name="us-east-1", config=NO_RETRIES)


def consumer(cloud, kinesis, arn, name="c"):
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]
    cloud.advance(5)
    return made["ConsumerARN"]


def subscribe(kinesis, arn, kind="TRIM_HORIZON", shard=0, **how):
    return kinesis.subscribe_to_shard(
        ConsumerARN=arn, ShardId=f"shardId-{shard:012}", StartingPosition={"Type": kind, **how}
    )["EventStream"]


def test_a_stream_is_created_before_it_is_active(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html"""
    kinesis.create_stream(StreamName=NAME, ShardCount=2)
    assert summary(kinesis)["StreamStatus"] == "CREATING"
    code, _ = refusal(kinesis, "put_record", StreamName=NAME, Data=b"x", PartitionKey="k")
    assert code == "ResourceNotFoundException"
    wait(cloud)
    found = summary(kinesis)
    assert (found["StreamStatus"], found["OpenShardCount"]) == ("ACTIVE", 2)
    assert found["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert refusal(kinesis, "create_stream", StreamName=NAME, ShardCount=1) == (
        "ResourceInUseException",
        "Stream clicks under account 123456789012 already exists.",
    )


def test_a_stream_without_a_number_of_shards_is_on_demand_and_has_four(cloud, kinesis):
    """Recorded on AWS, October 2022."""
    open_stream(cloud, 0)
    assert summary(kinesis)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert len(shards(cloud)) == 4


def test_a_deleted_stream_goes_and_with_consumers_only_by_force(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html"""
    consumer(cloud, kinesis, open_stream(cloud))
    assert refusal(kinesis, "delete_stream", StreamName=NAME)[0] == "ResourceInUseException"
    kinesis.delete_stream(StreamName=NAME, EnforceConsumerDeletion=True)
    assert summary(kinesis)["StreamStatus"] == "DELETING"
    kinesis.get_waiter("stream_not_exists").wait(StreamName=NAME)
    assert kinesis.list_streams()["StreamNames"] == []


def test_streams_are_listed_page_by_page(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html"""
    for name in ("a", "b", "c"):
        open_stream(cloud, name=name)
    first = kinesis.list_streams(Limit=2)
    assert (first["StreamNames"], first["HasMoreStreams"]) == (["a", "b"], True)
    rest = kinesis.list_streams(NextToken=first["NextToken"])
    assert (rest["StreamNames"], rest["HasMoreStreams"]) == (["c"], False)
    assert kinesis.list_streams(ExclusiveStartStreamName="a")["StreamNames"] == ["b", "c"]


def test_a_name_is_needed(kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html"""
    assert refusal(kinesis, "describe_stream")[0] == "InvalidArgumentException"


def test_a_record_goes_to_the_shard_of_its_key_s_md5(cloud, kinesis):
    """https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key"""
    open_stream(cloud, 3)
    for key in ("a", "b", "c", "d", "e"):
        shard = kinesis.put_record(StreamName=NAME, Data=b"x", PartitionKey=key)["ShardId"]
        [held] = [each for each in shards(cloud) if each["ShardId"] == shard]
        first, last = (int(held["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
        assert first <= int(md5(key.encode()).hexdigest(), 16) <= last


def test_an_explicit_hash_key_decides_instead(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html"""
    open_stream(cloud, 2)
    for hash_key, shard in (("0", 0), (str(HASH_KEYS - 1), 1)):
        made = kinesis.put_record(StreamName=NAME, Data=b"x", PartitionKey="k", ExplicitHashKey=hash_key)
        assert made["ShardId"] == f"shardId-{shard:012}"
    beyond = {"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": str(HASH_KEYS)}
    assert refusal(kinesis, "put_record", StreamName=NAME, **beyond)[0] == "InvalidArgumentException"


def test_sequence_numbers_grow_and_have_56_digits(cloud):
    """https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#sequence-number"""
    open_stream(cloud)
    numbers = put(cloud, *"abcdefgh")
    assert numbers == sorted(numbers, key=int)
    assert {len(number) for number in numbers} == {56}
    assert int(shards(cloud)[0]["SequenceNumberRange"]["StartingSequenceNumber"]) < int(numbers[0])


def test_data_comes_back_as_it_was(cloud, kinesis):
    """Recorded on AWS, May 2024."""
    open_stream(cloud)
    contents = [b"", b"a" * 1000, "ünicödé 统一码".encode(), b"\x00\xff"]
    kinesis.put_records(StreamName=NAME, Records=[{"Data": each, "PartitionKey": "1"} for each in contents])
    records = kinesis.get_records(ShardIterator=iterator(cloud))["Records"]
    assert [record["Data"] for record in records] == contents
    assert set(records[0]) == {"SequenceNumber", "ApproximateArrivalTimestamp", "Data", "PartitionKey"}


def test_each_type_of_iterator_begins_where_it_says(cloud):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html"""
    open_stream(cloud)
    before = put(cloud, "a", "b")
    cloud.advance(10)
    moment = datetime.now(UTC)
    cloud.advance(10)
    put(cloud, "c")
    latest = iterator(cloud, "LATEST")
    put(cloud, "d")
    cloud.advance(1)
    assert read(cloud) == ["a", "b", "c", "d"]
    assert read(cloud, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=before[1]) == ["b", "c", "d"]
    assert read(cloud, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=before[1]) == ["c", "d"]
    cloud.advance(1)
    assert read(cloud, "AT_TIMESTAMP", Timestamp=moment) == ["c", "d"]
    found = cloud.client("kinesis").get_records(ShardIterator=latest)
    assert data(found["Records"]) == ["d"]


@pytest.mark.parametrize(
    "asked",
    [
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AT_TIMESTAMP"},
        {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime(2999, 1, 1, tzinfo=UTC)},
        {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "9" * 56},
    ],
    ids=["no number", "no time", "a time to come", "another stream's number"],
)
def test_an_iterator_that_can_be_nowhere_is_refused(cloud, kinesis, asked):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html"""
    open_stream(cloud)
    found = refusal(kinesis, "get_shard_iterator", StreamName=NAME, ShardId="shardId-000000000000", **asked)
    assert found[0] == "InvalidArgumentException"


def test_an_iterator_expires_after_five_minutes(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html"""
    open_stream(cloud)
    first = iterator(cloud)
    cloud.advance(299)
    again = kinesis.get_records(ShardIterator=first)["NextShardIterator"]
    cloud.advance(299)
    kinesis.get_records(ShardIterator=again)
    assert refusal(kinesis, "get_records", ShardIterator=first)[0] == "ExpiredIteratorException"
    assert refusal(kinesis, "get_records", ShardIterator="x")[0] == "InvalidArgumentException"


def test_an_iterator_may_be_in_quotes(cloud, kinesis):
    """Recorded on AWS, June 2024."""
    open_stream(cloud)
    put(cloud, "a")
    assert data(kinesis.get_records(ShardIterator=f'"{iterator(cloud)}"')["Records"]) == ["a"]


def test_reading_goes_on_from_the_next_iterator_and_tells_how_far_behind_it_is(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html"""
    open_stream(cloud)
    put(cloud, "a", "b", "c")
    cloud.advance(60)
    first = kinesis.get_records(ShardIterator=iterator(cloud), Limit=2)
    assert data(first["Records"]) == ["a", "b"]
    assert 60_000 <= first["MillisBehindLatest"] < 61_000
    rest = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert (data(rest["Records"]), rest["MillisBehindLatest"]) == (["c"], 0)


def test_a_shard_takes_a_thousand_records_a_second(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html"""
    open_stream(cloud)
    records = [{"Data": b"x", "PartitionKey": "k"}] * 500
    answers = [kinesis.put_records(StreamName=NAME, Records=records) for _ in range(3)]
    assert [answer["FailedRecordCount"] for answer in answers] == [0, 0, 500]
    assert answers[2]["Records"][0] == {
        "ErrorCode": "ProvisionedThroughputExceededException",
        "ErrorMessage": "Rate exceeded for shard shardId-000000000000 in stream clicks under account "
        "123456789012.",
    }
    cloud.advance(1)
    assert kinesis.put_records(StreamName=NAME, Records=records)["FailedRecordCount"] == 0


def test_a_shard_takes_a_mebibyte_a_second(cloud, kinesis):
    """https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html"""
    open_stream(cloud, 2)
    half = b"x" * (512 * 1024)
    records = [{"Data": half, "PartitionKey": "k", "ExplicitHashKey": key} for key in ("0", "0", "0")]
    records.append({**records[0], "ExplicitHashKey": str(HASH_KEYS - 1)})
    answer = kinesis.put_records(StreamName=NAME, Records=records)
    assert ["ErrorCode" in each for each in answer["Records"]] == [False, True, True, False]


def test_a_record_that_is_too_large_is_refused(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html"""
    arn = open_stream(cloud)
    large = {"StreamName": NAME, "Data": b"x" * (1024 * 1024 + 1), "PartitionKey": "k"}
    assert refusal(kinesis, "put_record", **large)[0] == "ValidationException"
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    wait(cloud)
    assert summary(kinesis)["MaxRecordSizeInKiB"] == 2048


def test_too_many_records_are_told_without_their_data(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html"""
    open_stream(cloud)
    many = [{"Data": b"x", "PartitionKey": "k"}] * 501
    code, message = refusal(kinesis, "put_records", StreamName=NAME, Records=many)
    assert code == "ValidationException"
    assert "Value '[{Data=java.nio.HeapByteBuffer[pos=0 lim=1 cap=1], PartitionKey=k}, " in message


def test_a_record_without_a_partition_key_is_refused(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html"""
    open_stream(cloud)
    lacking = {"StreamName": NAME, "Records": [{"Data": b"x", "PartitionKey": "k"}, {"Data": b"x"}]}
    client = boto3.client("kinesis", region_name="us-east-1", config=Config(parameter_validation=False))
    assert refusal(client, "put_records", **lacking)[0] == "ValidationException"
    assert read(cloud) == []


def test_a_shard_is_read_five_times_a_second(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html"""
    open_stream(cloud)
    at = iterator(cloud)
    cloud.advance(1 - cloud.world.kernel.now % 1)
    once = without_retries()
    for _ in range(5):
        at = once.get_records(ShardIterator=at)["NextShardIterator"]
    assert refusal(once, "get_records", ShardIterator=at)[0] == "ProvisionedThroughputExceededException"
    cloud.advance(1)
    once.get_records(ShardIterator=at)


def test_ten_mebibytes_that_were_read_keep_the_shard_busy_for_five_seconds(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html"""
    open_stream(cloud)
    for _ in range(10):
        kinesis.put_record(StreamName=NAME, Data=b"x" * (1024 * 1024 - 1), PartitionKey="k")
        cloud.advance(1)
    cloud.advance(1 - cloud.world.kernel.now % 1)
    once = without_retries()
    at = once.get_records(ShardIterator=iterator(cloud))["NextShardIterator"]
    cloud.advance(4)
    assert refusal(once, "get_records", ShardIterator=at)[0] == "ProvisionedThroughputExceededException"
    cloud.advance(1)
    once.get_records(ShardIterator=at)


def test_consumers_are_registered_and_described(cloud, kinesis):
    """Recorded on AWS, August 2022."""
    stream = open_stream(cloud)
    arn = consumer(cloud, kinesis, stream)
    [listed] = kinesis.list_stream_consumers(StreamARN=stream)["Consumers"]
    described = kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]
    assert {**listed, "StreamARN": stream} == described
    assert (listed["ConsumerName"], listed["ConsumerStatus"]) == ("c", "ACTIVE")
    assert arn.startswith(f"{stream}/consumer/c:")
    again = {"StreamARN": stream, "ConsumerName": "c"}
    assert refusal(kinesis, "register_stream_consumer", **again)[0] == "ResourceInUseException"
    kinesis.deregister_stream_consumer(ConsumerARN=arn)
    assert refusal(kinesis, "describe_stream_consumer", **again)[0] == "ResourceNotFoundException"


def test_a_stream_has_twenty_consumers_at_most(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html"""
    stream = open_stream(cloud)
    for number in range(20):
        kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=f"c{number}")
    more = {"StreamARN": stream, "ConsumerName": "more"}
    assert refusal(kinesis, "register_stream_consumer", **more)[0] == "LimitExceededException"


def test_a_subscription_pushes_records_for_five_minutes(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html"""
    events = subscribe(kinesis, consumer(cloud, kinesis, open_stream(cloud)))
    put(cloud, "a", "b")
    began = datetime.now(UTC)
    pushed = [event["SubscribeToShardEvent"] for event in events]
    assert data(record for event in pushed for record in event["Records"]) == ["a", "b"]
    assert timedelta(seconds=295) < datetime.now(UTC) - began < timedelta(seconds=301)
    last = next(event for event in reversed(pushed) if event["Records"])
    assert last["ContinuationSequenceNumber"] == last["Records"][-1]["SequenceNumber"]


def test_a_subscription_begins_at_a_time_or_behind_a_record(cloud, kinesis):
    """Recorded on AWS, August 2022."""
    arn = consumer(cloud, kinesis, open_stream(cloud))
    put(cloud, "a")
    cloud.advance(10)
    moment = datetime.now(UTC)
    [number] = put(cloud, "b")
    put(cloud, "c")
    positions = [
        ("AT_TIMESTAMP", {"Timestamp": moment}, ["b", "c"]),
        ("AFTER_SEQUENCE_NUMBER", {"SequenceNumber": number}, ["c"]),
    ]
    for kind, how, expected in positions:
        event = next(iter(subscribe(kinesis, arn, kind, **how)))
        assert data(event["SubscribeToShardEvent"]["Records"]) == expected
        cloud.advance(5)


def test_a_second_subscription_is_refused_at_once_and_takes_over_later(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html"""
    arn = consumer(cloud, kinesis, open_stream(cloud))
    first = iter(subscribe(kinesis, arn))
    second = {"ConsumerARN": arn, "ShardId": "shardId-000000000000"}
    asked = {**second, "StartingPosition": {"Type": "LATEST"}}
    assert refusal(kinesis, "subscribe_to_shard", **asked)[0] == "ResourceInUseException"
    cloud.advance(5)
    subscribe(kinesis, arn)
    assert list(first) == []


def test_a_subscription_ends_with_its_shard_and_tells_the_children(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShardEvent.html"""
    events = subscribe(kinesis, consumer(cloud, kinesis, open_stream(cloud)))
    put(cloud, "a")
    kinesis.split_shard(StreamName=NAME, ShardToSplit="shardId-000000000000", NewStartingHashKey="1000")
    last = list(events)[-1]["SubscribeToShardEvent"]
    assert [child["ShardId"] for child in last["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]


def test_streams_and_consumers_have_tags(cloud, kinesis):
    """https://docs.aws.amazon.com/streams/latest/dev/tagging.html"""
    stream = open_stream(cloud, Tags={"team": "shop"})
    kinesis.add_tags_to_stream(StreamName=NAME, Tags={"foo": "bar"})
    tags = [{"Key": "foo", "Value": "bar"}, {"Key": "team", "Value": "shop"}]
    assert kinesis.list_tags_for_stream(StreamName=NAME)["Tags"] == tags
    kinesis.untag_resource(ResourceARN=stream, TagKeys=["team"])
    assert kinesis.list_tags_for_resource(ResourceARN=stream)["Tags"] == tags[:1]
    arn = consumer(cloud, kinesis, stream)
    kinesis.tag_resource(ResourceARN=arn, Tags={"a": "b"})
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    kinesis.remove_tags_from_stream(StreamName=NAME, TagKeys=["foo"])
    assert kinesis.list_tags_for_stream(StreamName=NAME)["Tags"] == []


def test_a_resource_policy_is_kept_until_it_is_deleted(cloud, kinesis):
    """Recorded on AWS, July 2025."""
    stream = open_stream(cloud)
    assert kinesis.get_resource_policy(ResourceARN=stream)["Policy"] == "{}"
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    kinesis.put_resource_policy(ResourceARN=stream, Policy=policy)
    assert kinesis.get_resource_policy(ResourceARN=stream)["Policy"] == policy
    kinesis.delete_resource_policy(ResourceARN=stream)
    assert kinesis.get_resource_policy(ResourceARN=stream)["Policy"] == "{}"
    gone = refusal(kinesis, "delete_resource_policy", ResourceARN=stream)
    nowhere = refusal(kinesis, "put_resource_policy", ResourceARN=f"{stream}x", Policy=policy)
    assert gone[0] == nowhere[0] == "ResourceNotFoundException"


def test_an_encrypted_stream_says_so(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html"""
    open_stream(cloud)
    kinesis.start_stream_encryption(StreamName=NAME, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    wait(cloud)
    assert summary(kinesis)["KeyId"] == "alias/aws/kinesis"
    made = kinesis.put_record(StreamName=NAME, Data=b"x", PartitionKey="k")
    assert made["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(StreamName=NAME, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    wait(cloud)
    assert summary(kinesis)["EncryptionType"] == "NONE"


def test_metrics_of_shards_are_switched_on_and_off(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html"""
    open_stream(cloud)
    asked = {"StreamName": NAME, "ShardLevelMetrics": ["IncomingBytes"]}
    answer = kinesis.enable_enhanced_monitoring(**asked)
    assert (answer["CurrentShardLevelMetrics"], answer["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes"])
    wait(cloud)
    assert kinesis.disable_enhanced_monitoring(**asked)["DesiredShardLevelMetrics"] == []


def test_a_stream_changes_its_mode(cloud, kinesis):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html"""
    arn = open_stream(cloud)
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    wait(cloud)
    scaled = {"StreamName": NAME, "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}
    assert refusal(kinesis, "update_shard_count", **scaled)[0] == "ValidationException"
    assert kinesis.describe_limits()["OnDemandStreamCount"] == 1
