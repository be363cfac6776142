"""Tables whose changes go into streams of Kinesis."""

from __future__ import annotations

import json

import pytest

from tests.conformance.events_helpers import refusal
from tests.conformance.kinesis_helpers import iterator, open_stream

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's tables have no streaming destinations")


@pytest.fixture
def dynamodb(cloud):
    return cloud.client("dynamodb")


@pytest.fixture
def stream(cloud, dynamodb):
    """A stream that the changes of the table t go into."""
    arn = open_stream(cloud)
    dynamodb.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
    )
    dynamodb.enable_kinesis_streaming_destination(TableName="t", StreamArn=arn)
    return arn


def put(dynamodb, order="o-1", **attributes):
    dynamodb.put_item(TableName="t", Item={"order": {"S": order}, **attributes})


def records(cloud):
    cloud.settle()
    found = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud))["Records"]
    return [json.loads(record["Data"]) for record in found]


def test_each_change_is_a_record_with_both_images(cloud, dynamodb, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_using-shards-and-metrics.html"""
    put(dynamodb, total={"N": "1"})
    dynamodb.delete_item(TableName="t", Key={"order": {"S": "o-1"}})
    first, second = sorted(records(cloud), key=lambda record: record["eventName"])
    assert (first["eventName"], second["eventName"]) == ("INSERT", "REMOVE")
    item = {"order": {"S": "o-1"}, "total": {"N": "1"}}
    assert first["dynamodb"]["NewImage"] == second["dynamodb"]["OldImage"] == item
    assert "OldImage" not in first["dynamodb"]
    assert first["dynamodb"]["Keys"] == {"order": {"S": "o-1"}}
    assert (first["recordFormat"], first["tableName"]) == ("application/json", "t")


def test_a_record_has_a_digest_as_partition_key_and_the_size_of_keys_and_images(cloud, dynamodb, stream):
    """Recorded on AWS, January 2024."""
    put(dynamodb, "o-1")
    cloud.settle()
    (found,) = cloud.client("kinesis").get_records(ShardIterator=iterator(cloud))["Records"]
    assert len(bytes.fromhex(found["PartitionKey"])) == 16
    inner = json.loads(found["Data"])["dynamodb"]
    assert inner["SizeBytes"] == 2 * len("order" + "o-1")
    assert set(inner) == {"ApproximateCreationDateTime", "Keys", "NewImage", "SizeBytes"}


def test_a_write_that_changes_nothing_or_is_refused_is_no_record(cloud, dynamodb, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html"""
    put(dynamodb)
    put(dynamodb)
    refused = {"Item": {"order": {"S": "o-1"}}, "ConditionExpression": "attribute_not_exists(#o)"}
    names = {"ExpressionAttributeNames": {"#o": "order"}}
    code, _ = refusal(dynamodb, "put_item", TableName="t", **refused, **names)
    assert code == "ConditionalCheckFailedException"
    assert len(records(cloud)) == 1


def test_a_stream_that_is_full_gets_the_rest_later(cloud, dynamodb, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_using-shards-and-metrics.html"""
    kinesis = cloud.client("kinesis")
    for _ in range(2):
        kinesis.put_records(StreamName="clicks", Records=[{"Data": b"0", "PartitionKey": "k"}] * 500)
    put(dynamodb)
    assert len(records(cloud)) == 1001


def test_a_destination_is_described_and_disabled(cloud, dynamodb, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html"""

    def status():
        described = dynamodb.describe_kinesis_streaming_destination(TableName="t")
        [found] = described["KinesisDataStreamDestinations"]
        return found["DestinationStatus"]

    again = {"TableName": "t", "StreamArn": stream}
    assert status() == "ACTIVE"
    assert refusal(dynamodb, "enable_kinesis_streaming_destination", **again)[0] == "ResourceInUseException"
    dynamodb.disable_kinesis_streaming_destination(**again)
    assert status() == "DISABLED"
    put(dynamodb)
    assert records(cloud) == []
    gone = refusal(dynamodb, "disable_kinesis_streaming_destination", **again)
    nowhere = refusal(dynamodb, "enable_kinesis_streaming_destination", TableName="x", StreamArn=stream)
    assert gone[0] == nowhere[0] == "ResourceNotFoundException"


def test_times_are_in_milliseconds_or_microseconds(cloud, dynamodb, stream):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateKinesisStreamingConfiguration.html"""
    put(dynamodb, "o-1")
    cloud.settle()
    dynamodb.update_kinesis_streaming_destination(
        TableName="t",
        StreamArn=stream,
        UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"},
    )
    put(dynamodb, "o-2")
    first, second = (record["dynamodb"]["ApproximateCreationDateTime"] for record in records(cloud))
    assert (len(str(first)), len(str(second))) == (13, 16)
