"""DynamoDB: the tokens that make transactions idempotent."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def table(cloud):
    """A table of totals."""
    cloud.client("dynamodb").create_table(
        TableName="Totals",
        KeySchema=[{"AttributeName": "day", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "day", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return cloud.client("dynamodb")


def add(table, amount, token=None):
    """Add to the total of a day in a transaction."""
    given = {} if token is None else {"ClientRequestToken": token}
    update = {
        "TableName": "Totals",
        "Key": {"day": {"S": "monday"}},
        "UpdateExpression": "ADD amount :n",
        "ExpressionAttributeValues": {":n": {"N": str(amount)}},
    }
    table.transact_write_items(TransactItems=[{"Update": update}], **given)


def total(table):
    return table.get_item(TableName="Totals", Key={"day": {"S": "monday"}})["Item"]["amount"]["N"]


def test_identical_transactions_with_one_token_have_the_effect_of_one(table):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    add(table, 1, "token-1")
    add(table, 1, "token-1")
    assert total(table) == "1"
    add(table, 1, "token-2")
    add(table, 1)
    assert total(table) == "3"


def test_a_token_with_other_parameters_is_a_mismatch(table):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    add(table, 1, "token-1")
    with pytest.raises(ClientError) as caught:
        add(table, 2, "token-1")
    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    assert total(table) == "1"


def test_a_token_is_valid_for_ten_minutes(cloud, table):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    add(table, 1, "token-1")
    cloud.advance(590)
    add(table, 1, "token-1")
    assert total(table) == "1"
    cloud.advance(20)
    add(table, 1, "token-1")
    assert total(table) == "2"


def test_a_token_of_a_cancelled_transaction_can_be_used_again(table):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put = {"TableName": "Totals", "Item": {"day": {"S": "monday"}, "amount": {"N": "7"}}}
    only_new = {**put, "ConditionExpression": "attribute_not_exists(#day)"}
    only_new["ExpressionAttributeNames"] = {"#day": "day"}
    table.put_item(**put)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.transact_write_items(TransactItems=[{"Put": only_new}], ClientRequestToken="token-1")
    table.delete_item(TableName="Totals", Key={"day": {"S": "monday"}})
    table.transact_write_items(TransactItems=[{"Put": only_new}], ClientRequestToken="token-1")
    assert total(table) == "7"
