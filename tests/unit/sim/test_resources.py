"""boto3's resources transform parameters and results in the simulator as they do elsewhere."""

from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.transform import ParameterTransformer
from boto3.dynamodb.types import TypeSerializer

from harness.sim.patches import resources

ITEM = {"k": "1", "n": Decimal("4"), "l": ["a", {"b": None}], "m": {"x": True}, "s": {"a"}}
CASES = [
    ("PutItem", {"TableName": "t", "Item": ITEM, "ConditionExpression": Attr("k").not_exists()}),
    ("Query", {"TableName": "t", "KeyConditionExpression": Key("k").eq("1"), "Limit": 3}),
    ("UpdateItem", {"Key": {"k": "1"}, "ExpressionAttributeValues": {":n": 1}, "UpdateExpression": "…"}),
    (
        "BatchWriteItem",
        {"RequestItems": {"t": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": {"k": "2"}}}]}},
    ),
    ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}, {"Delete": None}]}),
    ("Scan", {"ScanFilter": {"k": {"AttributeValueList": ["1", 2], "ComparisonOperator": "IN"}}}),
    ("PutItem", {"Item": "no mapping", "Expected": {"k": {"Value": 1}}, "Unknown": {"k": 1}}),
    ("ListTables", {"Limit": 1}),
]


@pytest.fixture(scope="module")
def model():
    return boto3.Session(region_name="eu-west-1").client("dynamodb").meta.service_model


@pytest.mark.parametrize("target", ["AttributeValue", "ConditionExpression", "KeyExpression", "none"])
@pytest.mark.parametrize(
    ("operation", "params"), CASES, ids=[f"{n} {case[0]}" for n, case in enumerate(CASES)]
)
def test_the_same_values_are_transformed(model, operation, params, target):
    shape = model.operation_model(operation).input_shape
    found = []
    for transform in (ParameterTransformer.transform, resources._transform):
        changed = resources._copied(params)
        transform(ParameterTransformer(), changed, shape, lambda value: ("changed", repr(value)), target)
        found.append(repr(changed))
    assert found[0] == found[1]


@pytest.mark.parametrize("value", ["text", "", 7, True, None, ["a", 1], {"a": {"b": "c"}}, {"a"}], ids=repr)
def test_values_are_serialized_alike(value):
    serializer = TypeSerializer()
    assert resources._serialize(serializer, value) == TypeSerializer.serialize(serializer, value)
