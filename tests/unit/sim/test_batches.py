"""Batch calls that are answered in part."""

from __future__ import annotations

import pytest

from harness import Simulator, faults


@pytest.fixture
def table():
    """A table's client, in a cloud where a fault can be injected."""
    with Simulator() as cloud:
        dynamodb = cloud.client("dynamodb")
        dynamodb.create_table(
            TableName="T",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield cloud, dynamodb


def put(*ids: str) -> dict:
    return {"T": [{"PutRequest": {"Item": {"id": {"S": id}}}} for id in ids]}


@pytest.mark.parametrize(
    ("entries", "done", "left"), [((1,), ["a"], ["b"]), ((0, 1), [], ["a", "b"]), ((0, 7), ["b"], ["a"])]
)
def test_some_items_are_not_written_and_the_answer_names_them(table, entries, done, left):
    cloud, dynamodb = table
    cloud.inject(faults.partial_answer("dynamodb:BatchWriteItem", entries=entries))
    answer = dynamodb.batch_write_item(RequestItems=put("a", "b"))
    assert answer["UnprocessedItems"] == put(*left)
    assert sorted(item["id"]["S"] for item in dynamodb.scan(TableName="T")["Items"]) == done


def test_some_items_are_not_read_and_the_answer_names_their_keys(table):
    cloud, dynamodb = table
    dynamodb.batch_write_item(RequestItems=put("a", "b"))
    cloud.inject(faults.partial_answer("dynamodb:BatchGetItem", times=2))
    keys = [{"id": {"S": id}} for id in ("a", "b")]
    answer = dynamodb.batch_get_item(RequestItems={"T": {"Keys": keys}})
    assert [item["id"]["S"] for item in answer["Responses"]["T"]] == ["b"]
    assert answer["UnprocessedKeys"] == {"T": {"Keys": keys[:1]}}
    answer = dynamodb.batch_get_item(RequestItems={"T": {"Keys": keys[:1]}})
    assert answer["UnprocessedKeys"] == {"T": {"Keys": keys[:1]}}


@pytest.mark.parametrize(("entries", "stored"), [((1,), [b"a", b"c"]), ((0, 1, 2), [])])
def test_some_records_are_not_put_and_the_answer_says_so_in_their_places(entries, stored):
    with Simulator() as cloud:
        kinesis = cloud.client("kinesis")
        kinesis.create_stream(StreamName="S", ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(StreamName="S")
        cloud.inject(faults.partial_answer("kinesis:PutRecords", entries=entries))
        records = [{"Data": data, "PartitionKey": "p"} for data in (b"a", b"b", b"c")]
        answer = kinesis.put_records(StreamName="S", Records=records)
        assert answer["FailedRecordCount"] == len(entries)
        failed = [at for at, record in enumerate(answer["Records"]) if "ErrorCode" in record]
        assert failed == list(entries)
        start = kinesis.get_shard_iterator(
            StreamName="S", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )
        found = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
        assert [record["Data"] for record in found] == stored


def test_some_events_are_not_put():
    with Simulator() as cloud:
        cloud.inject(faults.partial_answer("events:PutEvents"))
        event = {"Source": "shop", "DetailType": "order", "Detail": "{}"}
        answer = cloud.client("events").put_events(Entries=[event, event])
        assert answer["FailedEntryCount"] == 1
        assert [sorted(entry) for entry in answer["Entries"]] == [["ErrorCode", "ErrorMessage"], ["EventId"]]


def test_what_binary_items_hold_stays_as_it_was(table):
    cloud, dynamodb = table
    cloud.inject(faults.partial_answer("dynamodb:BatchWriteItem"))
    items = [{"PutRequest": {"Item": {"id": {"S": id}, "blob": {"B": b"\xff"}}}} for id in ("a", "b")]
    answer = dynamodb.batch_write_item(RequestItems={"T": items})
    assert answer["UnprocessedItems"] == {"T": items[:1]}
    assert dynamodb.scan(TableName="T")["Items"] == [{"id": {"S": "b"}, "blob": {"B": b"\xff"}}]
