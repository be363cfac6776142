"""Amazon DynamoDB: tables of items, and the streams of their changes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .facts import (
    Batch,
    Does,
    Errors,
    FailedEntries,
    Met,
    Operation,
    Params,
    Role,
    Service,
    Undo,
    Words,
    at,
)

_TABLE = ("TableName",)
_STATEMENTS = ("Statement", "Statements[].Statement", "TransactStatements[].Statement")
_IN_STATEMENT = re.compile(
    r"""^\s*(?:(?:EXISTS\s*\(\s*)?SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM)"""
    r"""\s+["']?([\w.-]+)""",
    re.I | re.S,
)
_SELECT = re.compile(r"\s*(?:SELECT|EXISTS)\b", re.I)


def _statements(params: Params) -> Iterator[str]:
    for path in _STATEMENTS:
        yield from (text for text in at(path, params) if isinstance(text, str))


def _tables(params: Params) -> Iterator[str]:
    """The tables that PartiQL statements name.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
    """
    for statement in _statements(params):
        found = _IN_STATEMENT.match(statement)
        if found is not None:
            yield found[1]


def _states(params: Params) -> Does:
    return Does.READS if all(map(_SELECT.match, _statements(params))) else Does.WRITES


_PARTIQL = Operation(Does.WRITES, (_tables,), by_params=_states)

_ITEMS = ("TransactItems[].*.TableName",)

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
_ONGOING = Met(Words("TransactionConflictException", 400, "Transaction is ongoing for the item"))
_CANCELLED = Met(
    Words(
        "TransactionCanceledException",
        400,
        "Transaction cancelled, please refer cancellation reasons for specific reasons",
    ),
    places=_ITEMS[0],
    reason="TransactionConflict",
)

SERVICE = Service(
    name="dynamodb",
    word="table",
    operations={
        "PutItem": Operation(Does.WRITES, _TABLE, conflict=_ONGOING),
        "UpdateItem": Operation(Does.WRITES, _TABLE, conflict=_ONGOING),
        "DeleteItem": Operation(Does.WRITES, _TABLE, conflict=_ONGOING),
        "BatchWriteItem": Operation(
            Does.WRITES,
            ("RequestItems.@",),
            Batch("RequestItems.*", FailedEntries.RETURNED, "UnprocessedItems"),
        ),
        "TransactWriteItems": Operation(Does.WRITES, _ITEMS, conflict=_CANCELLED),
        "GetItem": Operation(Does.READS, _TABLE),
        "Query": Operation(Does.READS, _TABLE),
        "Scan": Operation(Does.READS, _TABLE),
        "BatchGetItem": Operation(
            Does.READS,
            ("RequestItems.@",),
            Batch("RequestItems.*.Keys", FailedEntries.RETURNED, "UnprocessedKeys"),
        ),
        "TransactGetItems": Operation(Does.READS, _ITEMS, conflict=_CANCELLED),
        "ExecuteStatement": _PARTIQL,
        "BatchExecuteStatement": _PARTIQL,
        "ExecuteTransaction": _PARTIQL,
        "CreateTable": Operation(
            Does.CONFIGURES, _TABLE, undone_by=Undo("DeleteTable", {"TableName": "{TableName}"})
        ),
    },
    roles={"table/*/stream/*": Role.FANS_OUT, "table/*/kinesis": Role.FANS_OUT},
    ordered=("table/*/stream/*",),
    parts=(
        (re.compile(r"(?P<whole>.+:table/[^/]+)/stream/.+"), "stream"),
        (re.compile(r"(?P<whole>.+:table/[^/]+)/kinesis"), "Kinesis"),
    ),
    keeps_failures=False,
    errors=Errors(
        throttled=Words(
            "ProvisionedThroughputExceededException",
            400,
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing "
            "your provisioning level with the UpdateTable API.",
        ),
        failing=Words("InternalServerError", 500, "Internal server error"),
    ),
    about=("TableName", "TargetTableName", "SourceTableName", "GlobalTableName", "TableArn", "ResourceArn"),
    form="arn:aws:dynamodb:{region}:{account}:table/{name}",
    counts=re.compile(r"table/[^/]+(?:/stream/[^/]+|/kinesis)?"),
)
