"""Tables as DynamoDB describes them, where moto says something else.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import NAMESPACE_URL, uuid5

from moto.core.utils import utcnow
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

_INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")


@contextmanager
def aws_descriptions() -> Iterator[None]:
    """Inside the block moto describes tables as AWS does."""
    with (
        patch.object(Table, "describe", _describing(Table.describe)),
        patch.object(Table, "set_stream_specification", _labelling(Table.set_stream_specification)),
    ):
        yield


def _describing(usual: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def describe(table: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        told = usual(table, base_key=base_key)
        shown = told[base_key]
        shown["TableId"] = str(uuid5(NAMESPACE_URL, f"{table.table_arn} {table.created_at}"))
        for name in _INDEXES:
            if not shown[name]:
                del shown[name]
        is_new = not vars(table).setdefault("harness_described", False)
        if base_key == "TableDescription":
            table.harness_described = True
            shown["TableStatus"] = _passing(table, is_new=is_new)
            if is_new:
                shown.pop("WarmThroughput", None)
        if table.billing_mode != "PAY_PER_REQUEST":
            shown.pop("BillingModeSummary", None)
        elif not (is_new and base_key == "TableDescription"):
            summary = {"LastUpdateToPayPerRequestDateTime": table.created_at}
            shown["BillingModeSummary"] = {**shown["BillingModeSummary"], **summary}
        return told

    return describe


def _passing(table: Any, *, is_new: bool) -> str:
    """The state that a table passes through, told to who creates, changes or deletes it."""
    tables = dynamodb_backends[table.account_id][table.region_name].tables
    if tables.get(table.name) is not table:
        return "DELETING"
    return "CREATING" if is_new else "UPDATING"


def _labelling(usual: Callable[..., None]) -> Callable[..., None]:
    def set_stream_specification(table: Any, streams: dict[str, Any] | None) -> None:
        before = table.latest_stream_label
        usual(table, streams)
        if table.latest_stream_label != before:
            table.latest_stream_label = utcnow().isoformat(timespec="milliseconds")

    return set_stream_specification
