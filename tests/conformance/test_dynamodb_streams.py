"""DynamoDB Streams: the changes of a table, in shards."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conformance.sns_helpers import refusal
from tests.conformance.stream_helpers import create_table, iterator, put, records, shards

DAY = 86_400


def test_each_write_is_a_record_with_the_images_of_the_item(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    table, stream = create_table(cloud)
    put(cloud, "a", price={"N": "1"})
    put(cloud, "a", price={"N": "2"})
    cloud.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "a"}})
    found = records(cloud, stream)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    changed = found[1]["dynamodb"]
    assert changed["Keys"] == {"id": {"S": "a"}}
    assert changed["OldImage"] == {"id": {"S": "a"}, "price": {"N": "1"}}
    assert changed["NewImage"] == {"id": {"S": "a"}, "price": {"N": "2"}}
    assert found[1]["eventSource"] == "aws:dynamodb"
    numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
    assert numbers == sorted(numbers)
    assert all(21 <= len(number) <= 40 for number in numbers)


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_the_view_type_says_which_images_a_record_has(cloud, view, images):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html"""
    _, stream = create_table(cloud, view=view)
    put(cloud, "a", price={"N": "1"})
    put(cloud, "a", price={"N": "2"})
    changed = records(cloud, stream)[1]["dynamodb"]
    assert {name for name in changed if name.endswith("Image")} == images
    assert changed["StreamViewType"] == view


def test_a_write_that_changes_nothing_has_no_record(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    table, stream = create_table(cloud)
    put(cloud, "a", "a")
    cloud.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "absent"}})
    assert len(records(cloud, stream)) == 1


def test_writes_of_every_kind_are_in_the_stream(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    table, stream = create_table(cloud)
    tables = cloud.client("dynamodb")
    tables.update_item(
        TableName=table,
        Key={"id": {"S": "updated"}},
        UpdateExpression="SET price = :p",
        ExpressionAttributeValues={":p": {"N": "3"}},
    )
    tables.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": {"id": {"S": "batch"}}}}]})
    tables.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": {"id": {"S": "transaction"}}}}]
    )
    tables.execute_statement(Statement=f"INSERT INTO \"{table}\" VALUE {{'id': 'statement'}}")
    found = records(cloud, stream)
    assert [record["eventName"] for record in found] == ["INSERT"] * 4
    assert [record["dynamodb"]["NewImage"]["id"]["S"] for record in found] == [
        "updated",
        "batch",
        "transaction",
        "statement",
    ]
    assert found[0]["dynamodb"]["NewImage"]["price"] == {"N": "3"}


def test_records_of_a_batch_are_in_the_order_of_its_requests(cloud):
    """Recorded on AWS, October 2025."""
    table, stream = create_table(cloud)
    put(cloud, "old")
    requests = [
        {"DeleteRequest": {"Key": {"id": {"S": "old"}}}},
        {"PutRequest": {"Item": {"id": {"S": "new"}}}},
    ]
    dynamodb = cloud.client("dynamodb")
    answer = dynamodb.batch_write_item(RequestItems={table: requests})
    assert [record["eventName"] for record in records(cloud, stream)] == ["INSERT", "REMOVE", "INSERT"]
    updated = dynamodb.update_item(TableName=table, Key={"id": {"S": "new"}}, UpdateExpression="REMOVE price")
    assert not {"ConsumedCapacity", "ItemCollectionMetrics"} & {*answer, *updated}


def test_a_transaction_that_is_cancelled_leaves_no_record(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
    table, stream = create_table(cloud)
    put(cloud, "there")
    absent = {"ConditionExpression": "attribute_not_exists(id)"}
    items = [
        {"Put": {"TableName": table, "Item": {"id": {"S": "new"}}}},
        {"Put": {"TableName": table, "Item": {"id": {"S": "there"}}, **absent}},
    ]
    with pytest.raises(ClientError):
        cloud.client("dynamodb").transact_write_items(TransactItems=items)
    assert len(records(cloud, stream)) == 1


def test_the_size_of_a_record_is_that_of_its_keys_and_images(cloud):
    """Recorded on AWS, January 2024."""
    _, stream = create_table(cloud, view="NEW_IMAGE")
    put(cloud, "test")
    assert records(cloud, stream)[0]["dynamodb"]["SizeBytes"] == 12


def test_bytes_are_bytes_in_records(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html"""
    _, stream = create_table(cloud)
    put(cloud, "a", content={"L": [{"B": b"\x00\xff"}]})
    assert records(cloud, stream)[0]["dynamodb"]["NewImage"]["content"] == {"L": [{"B": b"\x00\xff"}]}


@pytest.mark.clouds("sim", reason="LocalStack deletes no items that have expired")
def test_an_item_that_has_expired_is_deleted_by_the_service(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""
    table, stream = create_table(cloud)
    cloud.client("dynamodb").update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    put(cloud, "old", until={"N": "1767225700"})
    put(cloud, "young", until={"N": "1798761600"})
    found: list = []
    while not found:
        cloud.advance(DAY / 2)
        found = [each for each in records(cloud, stream) if each["eventName"] != "INSERT"]
    (record,) = found
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert [item["id"]["S"] for item in cloud.client("dynamodb").scan(TableName=table)["Items"]] == ["young"]


@pytest.mark.clouds("sim", reason="LocalStack deletes no items that have expired")
def test_what_expires_does_not_keep_a_run_from_settling(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html"""
    table, _ = create_table(cloud)
    cloud.client("dynamodb").update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    put(cloud, "old", until={"N": "1767225700"})
    assert cloud.settle()
    assert len(cloud.client("dynamodb").scan(TableName=table)["Items"]) == 1


def test_records_are_kept_for_a_day(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    _, stream = create_table(cloud)
    put(cloud, "a")
    shard = shards(cloud, stream)[0]["ShardId"]
    cloud.advance(DAY - 60)
    at = iterator(cloud, stream, shard)
    assert len(records(cloud, stream)) == 1
    cloud.advance(120)
    code, _ = refusal(cloud.client("dynamodbstreams").get_records, ShardIterator=at)
    assert code == "TrimmedDataAccessException"
    assert records(cloud, stream) == []


def test_an_iterator_expires_after_a_quarter_of_an_hour(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
    _, stream = create_table(cloud)
    at = iterator(cloud, stream, shards(cloud, stream)[0]["ShardId"])
    cloud.advance(901)
    code, _ = refusal(cloud.client("dynamodbstreams").get_records, ShardIterator=at)
    assert code == "ExpiredIteratorException"


def test_an_iterator_begins_where_it_is_told_to(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
    _, stream = create_table(cloud)
    put(cloud, "a", "b", "c")
    shard = shards(cloud, stream)[0]["ShardId"]
    second = records(cloud, stream)[1]["dynamodb"]["SequenceNumber"]

    def read(kind, **more):
        answer = cloud.client("dynamodbstreams").get_records(
            ShardIterator=iterator(cloud, stream, shard, kind, **more)
        )
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]]

    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=second) == ["b", "c"]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=second) == ["c"]
    assert read("LATEST") == []


def test_a_shard_is_closed_after_hours_and_has_a_child(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    _, stream = create_table(cloud)
    put(cloud, "a")
    cloud.advance(5 * 3600)
    put(cloud, "b")
    parent, child = shards(cloud, stream)
    assert child["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    last = cloud.client("dynamodbstreams").get_records(
        ShardIterator=iterator(cloud, stream, parent["ShardId"])
    )
    assert len(last["Records"]) == 1
    assert "NextShardIterator" not in last


def test_a_table_on_demand_has_several_shards_and_an_item_is_always_in_the_same(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"""
    _, stream = create_table(cloud, on_demand=True)
    for price in range(3):
        put(cloud, "a", "b", "c", "d", "e", price={"N": str(price)})
    assert len(shards(cloud, stream)) == 4
    by_key: dict[str, list[str]] = {}
    for record in records(cloud, stream):
        inner = record["dynamodb"]
        by_key.setdefault(inner["Keys"]["id"]["S"], []).append(inner["NewImage"]["price"]["N"])
    assert by_key == {key: ["0", "1", "2"] for key in "abcde"}


def test_a_stream_that_is_disabled_can_still_be_read(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    table, stream = create_table(cloud)
    put(cloud, "a")
    tables, streams = cloud.client("dynamodb"), cloud.client("dynamodbstreams")
    tables.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    put(cloud, "b")
    assert streams.describe_stream(StreamArn=stream)["StreamDescription"]["StreamStatus"] == "DISABLED"
    assert len(records(cloud, stream)) == 1
    cloud.advance(2)
    again = tables.update_table(
        TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )["TableDescription"]["LatestStreamArn"]
    assert again != stream
    assert [each["StreamArn"] for each in streams.list_streams(TableName=table)["Streams"]] == [stream, again]


def test_streams_that_are_not_there_are_told(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html"""
    _, stream = create_table(cloud)
    streams = cloud.client("dynamodbstreams")
    code, _ = refusal(streams.describe_stream, StreamArn=stream + "0")
    assert code == "ResourceNotFoundException"
    code, _ = refusal(
        streams.get_shard_iterator,
        StreamArn=stream,
        ShardId="shardId-00000000000000000000-00000000",
        ShardIteratorType="LATEST",
    )
    assert code == "ResourceNotFoundException"
