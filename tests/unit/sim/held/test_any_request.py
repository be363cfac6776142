"""Whatever the parameters: DynamoDB answers, raises an error that its model knows, or isn't simulated.

moto holds the tables: none of its tracebacks may reach a handler, nor end as the simulator's own limit.
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness import wire
from harness.cloud import Unsupported
from tests.helpers import shapes

MODEL = wire.service_model("dynamodb")
CODES = {"", "ValidationException"} | {
    name
    for shape in MODEL.error_shapes
    for name in (shape.name, str(shape.metadata.get("error", {}).get("code")))
}
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/rides"
VALUES = [
    *({"S": "a"}, {"S": ""}, {"N": "1"}, {"N": "1.50"}, {"N": "x"}, {"B": b"x"}, {"BOOL": True}, {}),
    *({"NULL": True}, {"SS": ["a"]}, {"SS": []}, {"NS": ["1", "1.0"]}, {"L": [{"S": "a"}, {}]}),
    *({"M": {"a": {"N": "1"}}}, {"S": "a", "N": "1"}),
]
KEY = {"who": {"S": "ann"}, "no": {"N": "1"}}
KEYS = [
    KEY,
    {**KEY, "no": {"N": "2"}},
    {**KEY, "no": {"S": "2"}},
    {**KEY, "no": {"M": {}}},
    {"no": {"N": "1"}},
]
CONDITIONS = [
    *("a = :v", "attribute_exists(#n)", "a = b", "size(a) > :v", "begins_with(a, :v)", "contains(a, :v)"),
    *("a IN (:v, :w)", "a BETWEEN :v AND :w", "NOT a = :v", "a", "", "a = ", "who = :v"),
]
ONE = "who = 'ann' AND no = 1"
LIKELY = {
    "AttributeName": ["who", "no", "city", "a"],
    "AttributesToGet": [["a"], ["a", "a"]],
    "ConditionExpression": CONDITIONS,
    "ExpressionAttributeNames": [{"#n": "a"}],
    "ExpressionAttributeValues": [{":v": one, ":w": VALUES[2]} for one in VALUES] + [{":v": VALUES[0]}],
    "FilterExpression": CONDITIONS,
    "IndexName": ["by-city", "gone"],
    "Item": [{**key, "a": value, "city": value} for key in KEYS for value in VALUES],
    "Key": KEYS,
    "KeyConditionExpression": ["who = :v", "who = :v AND no > :w", "city = :v", "who > :v", "no = :w"],
    "Limit": [0, 1, 100],
    "NextToken": ["x", ""],
    "ProjectionExpression": ["a", "a, b", "a[0].b", "#n", "a, a"],
    "Segment": [0, 1],
    "Statement": [
        *("SELECT * FROM rides", "SELECT a FROM rides WHERE city = ?", "SELECT", "x", ""),
        *(f"SELECT * FROM rides WHERE {ONE}", f"DELETE FROM rides WHERE {ONE}", "SELECT * FROM gone"),
        *("INSERT INTO rides VALUE {'who': 'ann', 'no': ?}", "INSERT INTO rides VALUE {'who': 1e400}"),
        *(f"UPDATE rides SET a = ? WHERE {ONE}", f"UPDATE rides SET a = a + 1 WHERE {ONE}"),
        *(f"EXISTS(SELECT * FROM rides WHERE {ONE} AND a = ?)", "SELECT * FROM rides ORDER BY no"),
    ],
    "StreamArn": ["arn:aws:kinesis:us-east-1:123456789012:stream/s"],
    "TableName": ["rides", "rides", TABLE, "gone"],
    "TotalSegments": [1, 2],
    "UpdateExpression": [
        *("SET a = :v", "SET a = a + :v", "REMOVE a", "ADD a :v", "DELETE a :v", "SET who = :v"),
        *("SET a = list_append(a, :v)", "SET city = :v", "SET a.b = :v", "SET #n = :v REMOVE b[1]"),
    ],
}
OPERATIONS = [
    *(
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "CreateTable",
        "DeleteItem",
        "DescribeTable",
    ),
    *("EnableKinesisStreamingDestination", "ExecuteStatement", "ExecuteTransaction", "GetItem", "PutItem"),
    *("Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateContributorInsights", "UpdateItem"),
    *("DescribeTable", "UpdateTable", "UpdateTimeToLive"),
]


def values(shape, name="", depth=0):
    """Values of a shape's type, of known names likely ones."""
    if shape.name == "AttributeValue":
        return st.sampled_from(VALUES)
    if name in LIKELY:
        return st.sampled_from(LIKELY[name])
    if shape.type_name == "structure":
        made = {
            member: values(inner, member, depth + 1)
            for member, inner in shape.members.items()
            if member in shape.required_members or depth < 4
        }
        required = {member: made.pop(member) for member in shape.required_members}
        return st.fixed_dictionaries(required, optional=made)
    if shape.type_name == "list":
        return st.lists(values(shape.member, depth=depth + 1), max_size=2)
    if shape.type_name == "map":
        keys = ["rides", "gone"] if name == "RequestItems" else ["who", "no", "city", "a"]
        return st.dictionaries(st.sampled_from(keys), values(shape.value, depth=depth + 1), max_size=2)
    return shapes.values(shape, depth=depth)


ANY = {name: values(MODEL.operation_model(name).input_shape) for name in OPERATIONS}


@pytest.fixture
def dynamodb():
    with harness.Simulator(seed=1):
        client = boto3.client("dynamodb", region_name="us-east-1", config=Config(parameter_validation=False))
        keys = [("who", "HASH"), ("no", "RANGE")]
        client.create_table(
            TableName="rides",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in (("who", "S"), ("no", "N"), ("city", "S"))
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-city",
                    "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield client


@settings(
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_request_is_answered_or_refused_in_words_of_aws(dynamodb, data):
    operation = data.draw(st.sampled_from(OPERATIONS))
    params = data.draw(ANY[operation])
    code, limit = refused(dynamodb, operation, params)
    assert code in CODES
    assert "moto" not in limit


def refused(dynamodb, operation, params):
    """The code of the error, and what the simulator says that it can't do."""
    try:
        dynamodb._make_api_call(operation, params)
    except ClientError as problem:
        return problem.response["Error"]["Code"], ""
    except Unsupported as problem:
        return "", str(problem)
    return "", ""
