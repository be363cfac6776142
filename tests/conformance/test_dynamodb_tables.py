"""DynamoDB: tables that are made and changed."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

BAD = "One or more parameter values were invalid"


def asked(**more):
    return {
        "TableName": "carts",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


def index(name="by-shop", keys=("shop",), **projection):
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
        "Projection": {"ProjectionType": "ALL", **projection},
    }


SHOP = {"AttributeName": "shop", "AttributeType": "S"}
BOTH = [{"AttributeName": "id", "AttributeType": "S"}, SHOP]


@pytest.fixture
def carts(cloud):
    client = cloud.client("dynamodb")
    client.create_table(**asked())
    return client


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"AttributeDefinitions": BOTH, "GlobalSecondaryIndexes": [index(), index()]},
            f"{BAD}: Duplicate index name: by-shop",
        ),
        (
            {"AttributeDefinitions": BOTH, "GlobalSecondaryIndexes": [index(ProjectionType="INCLUDE")]},
            f"{BAD}: ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"AttributeDefinitions": BOTH, "GlobalSecondaryIndexes": [index(NonKeyAttributes=["n"])]},
            f"{BAD}: ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            {"AttributeDefinitions": BOTH, "LocalSecondaryIndexes": [index(keys=("shop", "id"))]},
            f"{BAD}: Index KeySchema does not have the same leading hash key as table KeySchema "
            "for index: by-shop",
        ),
        (
            {
                "AttributeDefinitions": BOTH,
                "GlobalSecondaryIndexes": [index(f"by-shop-{no}") for no in range(21)],
            },
            f"{BAD}: GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
    ],
    ids=["twice", "include", "all", "other key", "many"],
)
def test_a_table_that_is_not_made(cloud, given, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
    create = cloud.client("dynamodb").create_table
    assert refused(create, **asked(**given)) == ("ValidationException", told)


def test_a_key_is_a_text_a_number_or_bytes(cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeDefinition.html"""
    given = asked(AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "BOOL"}])
    code, message = refused(cloud.client("dynamodb").create_table, **given)
    assert (code, "enum value set" in message) == ("ValidationException", True)


def test_a_new_index_has_the_items_that_are_there_and_fit_it(carts):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html"""
    for no, shop in enumerate(({"S": "a"}, {"N": "1"}, {"S": "b"})):
        carts.put_item(TableName="carts", Item={"id": {"S": str(no)}, "shop": shop})
    carts.put_item(TableName="carts", Item={"id": {"S": "without"}})
    carts.update_table(
        TableName="carts", AttributeDefinitions=[SHOP], GlobalSecondaryIndexUpdates=[{"Create": index()}]
    )
    found = carts.scan(TableName="carts", IndexName="by-shop")["Items"]
    assert [item["id"]["S"] for item in found] == ["0", "2"]
    table = carts.describe_table(TableName="carts")["Table"]
    assert table["AttributeDefinitions"] == BOTH
    carts.update_table(TableName="carts", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-shop"}}])
    assert carts.describe_table(TableName="carts")["Table"]["AttributeDefinitions"] == BOTH[:1]


@pytest.mark.parametrize(
    ("updates", "code"),
    [
        ([{"Create": index(keys=("gone",))}], "ValidationException"),
        ([{"Delete": {"IndexName": "gone"}}], "ResourceNotFoundException"),
        ([{"Create": index()}, {"Create": index("other")}], "LimitExceededException"),
        ([], "ValidationException"),
    ],
    ids=["undefined", "missing", "two", "nothing"],
)
def test_an_update_of_indexes_that_is_refused(carts, updates, code):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    given = {"AttributeDefinitions": [SHOP], "GlobalSecondaryIndexUpdates": updates}
    assert refused(carts.update_table, TableName="carts", **given)[0] == code


def test_the_protection_from_deletion_is_taken_away(carts):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    for protected in (True, False):
        carts.update_table(TableName="carts", DeletionProtectionEnabled=protected)
        table = carts.describe_table(TableName="carts")["Table"]
        assert table["DeletionProtectionEnabled"] is protected


def test_a_stream_is_enabled_and_disabled_once(carts):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""

    def codes(**given):
        return refused(carts.update_table, TableName="carts", StreamSpecification=given)[0]

    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert codes(StreamEnabled=True) == codes(StreamEnabled=False) == "ValidationException"
    carts.update_table(TableName="carts", StreamSpecification=on)
    assert codes(**on) == "ValidationException"
    carts.update_table(TableName="carts", StreamSpecification={"StreamEnabled": False})


def test_time_to_live_is_enabled_and_disabled_once(carts):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""

    def setting(name, *, on):
        return {
            "TableName": "carts",
            "TimeToLiveSpecification": {"AttributeName": name, "Enabled": on},
        }

    update = carts.update_time_to_live
    assert refused(update, **setting("end", on=False))[1] == "TimeToLive is already disabled"
    update(**setting("end", on=True))
    assert refused(update, **setting("end", on=True))[1] == "TimeToLive is already enabled"
    assert "different AttributeName" in refused(update, **setting("other", on=False))[1]
    update(**setting("end", on=False))
    told = carts.describe_time_to_live(TableName="carts")["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "DISABLED"}
    code, _ = refused(update, **setting("end", on=True) | {"TableName": "gone"})
    assert code == "ResourceNotFoundException"
