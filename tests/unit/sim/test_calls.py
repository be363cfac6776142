"""What the history says of a call: which resources it is about, and what it does."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness import Simulator, faults

KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ITEM = {"id": {"S": "o-1"}}


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        for name in ("Ledger", "Stock"):
            cloud.client("dynamodb").create_table(TableName=name, **KEYS)
        yield cloud


def last_call(cloud):
    """The last call's operation, resources and what it did."""
    data = cloud.history().of("call")[-1].data
    return data["operation"], [data["resource"], *data.get("others", ())], data["does"]


def test_a_transaction_is_about_every_table(cloud):
    writes = [{"Put": {"TableName": name, "Item": ITEM}} for name in ("Ledger", "Stock")]
    cloud.client("dynamodb").transact_write_items(TransactItems=writes)
    assert last_call(cloud) == ("TransactWriteItems", ["Ledger", "Stock"], "writes")


@pytest.mark.parametrize(
    ("statement", "does"),
    [
        ("SELECT * FROM \"Ledger\" WHERE id = 'o-1'", "reads"),
        ("INSERT INTO Ledger value {'id': 'o-2'}", "writes"),
    ],
)
def test_a_statement_is_about_the_table_that_it_names(cloud, statement, does):
    cloud.client("dynamodb").execute_statement(Statement=statement)
    assert last_call(cloud) == ("ExecuteStatement", ["Ledger"], does)


def test_a_fault_of_a_table_hits_statements_that_name_it(cloud):
    cloud.inject(faults.access_denied("dynamodb:ExecuteStatement", resource="Ledger"))
    client = cloud.client("dynamodb")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.execute_statement(Statement="DELETE FROM Ledger WHERE id='o-1'")


def test_a_function_is_invoked_for_nothing_by_a_dry_run(cloud):
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.client("lambda").invoke(FunctionName="Billing:live", InvocationType="DryRun")
    assert last_call(cloud) == ("Invoke", ["Billing"], "reads")
