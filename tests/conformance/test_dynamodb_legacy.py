"""DynamoDB: parameters from before expressions, and keys that don't fit the schema."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refusal, refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

KEY = {"id": {"S": "1"}, "no": {"N": "1"}}
ROW = {**KEY, "n": {"N": "2"}, "word": {"S": "five"}, "tags": {"SS": ["a", "b"]}}
BAD = "One or more parameter values were invalid"


@pytest.fixture
def things(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "no", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("id", "S"), ("no", "N"), ("n", "N"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-n",
                "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="things", Item=ROW)
    return client


def asked(how, *values):
    return {"ComparisonOperator": how, **({"AttributeValueList": list(values)} if values else {})}


@pytest.mark.parametrize(
    ("attribute", "condition", "holds"),
    [
        ("n", asked("EQ", {"N": "2.0"}), True),
        ("n", asked("NE", {"S": "2"}), True),
        ("n", asked("BETWEEN", {"N": "1"}, {"N": "2"}), True),
        ("word", asked("LT", {"N": "9"}), False),
        ("word", asked("BEGINS_WITH", {"S": "fi"}), True),
        ("tags", asked("CONTAINS", {"S": "a"}), True),
        ("tags", asked("NOT_CONTAINS", {"S": "a"}), False),
        ("n", asked("IN", {"N": "1"}, {"N": "2"}), True),
        ("gone", asked("NULL"), True),
        ("gone", asked("NOT_NULL"), False),
        ("gone", asked("GT", {"N": "1"}), False),
    ],
    ids=[
        "EQ",
        "NE",
        "BETWEEN",
        "LT",
        "BEGINS_WITH",
        "CONTAINS",
        "NOT_CONTAINS",
        "IN",
        "NULL",
        "NOT_NULL",
        "gone",
    ],
)
def test_filters_and_expectations(things, attribute, condition, holds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html"""
    assert things.scan(TableName="things", ScanFilter={attribute: condition})["Count"] == holds
    keys = {"id": asked("EQ", {"S": "1"}), "no": asked("GE", {"N": "1"})}
    filtered = things.query(TableName="things", KeyConditions=keys, QueryFilter={attribute: condition})
    assert filtered["Count"] == holds
    expected = {"TableName": "things", "Item": ROW, "Expected": {attribute: condition}}
    if holds:
        things.put_item(**expected)
    else:
        assert refused(things.put_item, **expected)[0] == "ConditionalCheckFailedException"


def test_expectations_of_values_joined_by_or(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html"""
    expected = {"n": {"Value": {"N": "7"}}, "gone": {"Exists": False}}
    assert refused(things.put_item, TableName="things", Item=ROW, Expected=expected)[0] == (
        "ConditionalCheckFailedException"
    )
    things.put_item(TableName="things", Item=ROW, Expected=expected, ConditionalOperator="OR")


def test_updates_of_attributes(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html"""
    changes = {
        "n": {"Action": "ADD", "Value": {"N": "1"}},
        "tags": {"Action": "DELETE", "Value": {"SS": ["a"]}},
        "word": {"Action": "DELETE"},
        "flag": {"Value": {"NULL": True}},
    }
    answer = things.update_item(TableName="things", Key=KEY, AttributeUpdates=changes, ReturnValues="ALL_NEW")
    changed = {"n": {"N": "3"}, "tags": {"SS": ["b"]}, "flag": {"NULL": True}}
    assert answer["Attributes"] == {**KEY, **changed}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"ScanFilter": {"n": asked("LT", {"BOOL": True})}},
            f"{BAD}: ComparisonOperator LT is not valid for BOOL AttributeValue type",
        ),
        (
            {"ScanFilter": {"n": asked("BETWEEN", {"N": "1"})}},
            f"{BAD}: Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"ScanFilter": {"n": asked("NULL")}, "FilterExpression": "attribute_exists(n)"},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {ScanFilter} Expression parameters: {FilterExpression}",
        ),
        ({"ExclusiveStartKey": {"id": {"S": "1"}}}, "The provided starting key is invalid"),
    ],
    ids=["type", "number of values", "both", "starting key"],
)
def test_a_scan_that_is_refused(things, given, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html"""
    assert refused(things.scan, TableName="things", **given) == ("ValidationException", told)


def test_a_key_has_the_types_of_the_schema(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    key = {**KEY, "id": {"SS": ["1"]}}
    for call in (things.get_item, things.delete_item, things.update_item):
        told = refused(call, TableName="things", Key=key)
        assert told == ("ValidationException", "The provided key element does not match the schema")


@pytest.mark.parametrize("returned", ["NONE", "ALL_OLD"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": {"N": "1"}}, f"{BAD}: Type mismatch for key id expected: S actual: N"),
        ({"n": {"S": "1"}}, f"{BAD}: Type mismatch for Index Key n Expected: N Actual: S IndexName: by-n"),
        ({"no": None}, f"{BAD}: Missing the key no in the item"),
    ],
    ids=["type", "index", "missing"],
)
def test_an_item_has_keys_of_the_types_of_the_schema(things, change, told, returned):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    item = {name: value for name, value in {**ROW, **change}.items() if value is not None}
    assert refused(things.put_item, TableName="things", Item=item, ReturnValues=returned) == (
        "ValidationException",
        told,
    )


def test_a_transaction_tells_of_a_missing_key(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html"""
    put = {"Put": {"TableName": "things", "Item": {"id": {"S": "1"}}}}
    (reason,) = refusal(things.transact_write_items, TransactItems=[put])["CancellationReasons"]
    assert reason == {"Code": "ValidationError", "Message": f"{BAD}: Missing the key no in the item"}
