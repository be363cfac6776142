"""Conditions of DynamoDB are read once and remembered; a remembered one says what a new one says."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

import harness

TABLE = {
    "TableName": "items",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ROW = {"TableName": "items", "Item": {"k": {"S": "1"}}}


@pytest.fixture
def table():
    with harness.Simulator(seed=1):
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(**TABLE)
        yield client


def told(act):
    with pytest.raises(ClientError) as caught:
        act()
    return caught.value.response["Error"]["Message"]


def test_the_names_of_a_condition_belong_to_its_request(table):
    for name in ("a", "k"):
        names = {"#n": name}
        table.put_item(**ROW, ConditionExpression="attribute_not_exists(#n)", ExpressionAttributeNames=names)
        table.delete_item(TableName="items", Key=ROW["Item"])
    table.put_item(**ROW)
    taken = {"ConditionExpression": "attribute_not_exists(#n)", "ExpressionAttributeNames": {"#n": "k"}}
    assert told(lambda: table.put_item(**ROW, **taken)) == "The conditional request failed"


def test_the_values_of_a_condition_belong_to_its_request(table):
    table.put_item(TableName="items", Item={**ROW["Item"], "n": {"N": "1"}})
    for value, fits in (("1", True), ("2", False), ("1", True)):
        values = {":n": {"N": value}}
        found = table.scan(TableName="items", FilterExpression="n = :n", ExpressionAttributeValues=values)[
            "Items"
        ]
        assert bool(found) is fits


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("attribute_not_exists(#n)", {"#n": "k", "#unused": "x"}),
        ("name = k", None),
    ],
)
def test_a_wrong_condition_is_refused_each_time_alike(table, condition, names):
    about = {"ConditionExpression": condition, **({"ExpressionAttributeNames": names} if names else {})}
    first, second = (told(lambda: table.put_item(**ROW, **about)) for _ in range(2))
    assert first == second


def test_names_are_counted_for_each_request(table):
    names = {"#n": "k", "#m": "m"}
    for _ in range(2):
        table.scan(
            TableName="items",
            FilterExpression="attribute_exists(#n)",
            ProjectionExpression="#m",
            ExpressionAttributeNames=names,
        )
    unused = {"FilterExpression": "attribute_exists(#n)", "ExpressionAttributeNames": names}
    assert "unused in expressions" in told(lambda: table.scan(TableName="items", **unused))
