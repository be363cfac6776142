"""DynamoDB: answers beside what its streams tell."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")


@pytest.fixture
def dynamodb(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="people",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="people", Item={"name": {"S": "Ann"}, "age": {"N": "1"}})
    return client


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("20", {"N": "20"}, id="whole"),
        pytest.param("-1.5", {"N": "-1.5"}, id="fraction"),
        pytest.param("true", {"BOOL": True}, id="boolean"),
        pytest.param("'=2'", {"S": "=2"}, id="text"),
        pytest.param("?", {"S": "given"}, id="parameter"),
    ],
)
def test_partiql_updates_an_attribute_to_any_value(dynamodb, value, kept):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    more = {"Parameters": [{"S": "given"}]} if value == "?" else {}
    statement = f"UPDATE people SET age={value} WHERE name='Ann'"
    dynamodb.execute_statement(Statement=statement, **more)
    assert dynamodb.get_item(TableName="people", Key={"name": {"S": "Ann"}})["Item"]["age"] == kept


def test_a_batch_of_statements_may_update_numbers(dynamodb):
    """Recorded on AWS, October 2025.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
    statements = ["INSERT INTO people VALUE {'name': 'Bob'}", "UPDATE people SET age=20 WHERE name='Ann'"]
    answer = dynamodb.batch_execute_statement(Statements=[{"Statement": each} for each in statements])
    assert answer["Responses"] == [{"TableName": "people"}, {"TableName": "people"}]
    assert dynamodb.get_item(TableName="people", Key={"name": {"S": "Ann"}})["Item"]["age"] == {"N": "20"}


def test_a_batch_of_writes_names_no_key_that_is_missing(dynamodb):
    """Recorded on AWS, October 2025.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    asked = {"people": [{"PutRequest": {"Item": {"age": {"N": "3"}}}}]}
    assert refused(dynamodb.batch_write_item, RequestItems=asked) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_contributor_insights_are_off_until_somebody_enables_them(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html"""

    def status():
        return dynamodb.describe_contributor_insights(TableName="people")["ContributorInsightsStatus"]

    assert status() == "DISABLED"
    dynamodb.update_contributor_insights(TableName="people", ContributorInsightsAction="ENABLE")
    assert status() == "ENABLED"
    dynamodb.update_contributor_insights(TableName="people", ContributorInsightsAction="DISABLE")
    assert status() == "DISABLED"


def test_contributor_insights_of_a_table_that_is_not_there_are_refused(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html"""
    assert refused(dynamodb.describe_contributor_insights, TableName="nowhere") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: nowhere not found",
    )


def test_a_table_that_is_to_be_encrypted_gets_the_key_that_aws_has_for_tables(cloud, dynamodb):
    """Recorded on AWS, October 2025.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html"""
    table = dynamodb.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True},
    )["TableDescription"]
    assert table["SSEDescription"]["SSEType"] == "KMS"
    arn = table["SSEDescription"]["KMSMasterKeyArn"]
    key = cloud.client("kms").describe_key(KeyId=arn)["KeyMetadata"]
    assert (key["KeyManager"], key["Arn"]) == ("AWS", arn)
    assert key["Description"] == "Default key that protects my DynamoDB data when no other key is defined"
    assert len(key["CurrentKeyMaterialId"]) == 64


def test_the_encryption_of_a_table_is_switched_on_and_off(dynamodb):
    """Recorded on AWS, October 2025.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""

    def switched(*, on):
        asked = dynamodb.update_table(TableName="people", SSESpecification={"Enabled": on})
        shown = dynamodb.describe_table(TableName="people")["Table"]
        return asked["TableDescription"]["SSEDescription"]["Status"], shown.get("SSEDescription", {})

    passing, shown = switched(on=True)
    assert (passing, shown["Status"]) == ("UPDATING", "ENABLED")
    assert switched(on=False) == ("UPDATING", {})
