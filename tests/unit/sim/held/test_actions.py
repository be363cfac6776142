"""moto's operations without a request."""

import copy

import pytest

import harness
from harness.sim.services.held.actions import KEEP_NOTHING
from harness.wire import Stamp

ITEM = {"k": {"S": "a"}, "n": {"N": "1"}, "m": {"M": {"l": {"L": [{"S": "x"}]}}}, "s": {"SS": ["p", "q"]}}
CONDITION = {
    "ConditionExpression": "attribute_exists(#k) AND n < :n",
    "ExpressionAttributeNames": {"#k": "k"},
    "ExpressionAttributeValues": {":n": {"N": "9"}},
    "ReturnValues": "ALL_OLD",
}
PARAMS = {
    "DeleteItem": {"Key": {"k": {"S": "a"}}, **CONDITION},
    "GetItem": {
        "Key": {"k": {"S": "a"}},
        "ProjectionExpression": "#k, m.l",
        "ExpressionAttributeNames": {"#k": "k"},
    },
    "PutItem": {"Item": {**ITEM, "more": {"S": "y"}}, **CONDITION},
}


@pytest.fixture
def client():
    with harness.Simulator(seed=1) as cloud:
        client = cloud.client("dynamodb")
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.held = cloud.world.held
        yield client


@pytest.mark.parametrize("operation", sorted(KEEP_NOTHING))
def test_parameters_that_moto_is_given_as_they_are_stay_so(client, operation):
    client.put_item(TableName="t", Item=ITEM)
    params = {"TableName": "t", **copy.deepcopy(PARAMS[operation])}
    before = copy.deepcopy(params)
    given, *_ = client.held.act(Stamp("dynamodb", operation, "us-east-1"), params, lambda result: result)
    assert given is not None
    assert params == before


def test_an_item_that_changes_later_is_nobodys_parameters(client):
    item = copy.deepcopy(ITEM)
    client.put_item(TableName="t", Item=item)
    client.update_item(
        TableName="t",
        Key={"k": {"S": "a"}},
        UpdateExpression="SET m.l[0] = :v ADD s :s",
        ExpressionAttributeValues={":v": {"S": "new"}, ":s": {"SS": ["r"]}},
    )
    assert item == ITEM
    assert client.get_item(TableName="t", Key={"k": {"S": "a"}})["Item"]["s"] == {"SS": ["p", "q", "r"]}
