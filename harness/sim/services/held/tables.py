"""Tables as DynamoDB describes them, where moto says something else.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from moto.core.utils import utcnow
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import DEFAULT_WARM_THROUGHPUT_WCU, Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions import projection, updates

_INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def aws_descriptions() -> Replaced:
    """Inside the block moto describes tables as AWS does."""
    return Replaced(
        (Table, "describe", _describing(Table.describe)),
        (Table, "set_stream_specification", _labelling(Table.set_stream_specification)),
        (DynamoHandler, "update_item", _telling_of_places(DynamoHandler.update_item)),
    )


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
                _tell_warmth(table, shown)
        if table.billing_mode != "PAY_PER_REQUEST":
            shown.pop("BillingModeSummary", None)
        elif not (is_new and base_key == "TableDescription"):
            summary = {"LastUpdateToPayPerRequestDateTime": table.created_at}
            shown["BillingModeSummary"] = {**shown["BillingModeSummary"], **summary}
        return told

    return describe


def _tell_warmth(table: Any, shown: dict[str, Any]) -> None:
    """A new table tells of a warm throughput that it was given, and of no other."""
    usual = table.throughput.get("WriteCapacityUnits") or DEFAULT_WARM_THROUGHPUT_WCU
    if shown["WarmThroughput"]["WriteUnitsPerSecond"] == usual:
        del shown["WarmThroughput"]
    else:
        shown["WarmThroughput"] = {**shown["WarmThroughput"], "Status": "UPDATING"}


def _passing(table: Any, *, is_new: bool) -> str:
    """The state that a table passes through, told to who creates, changes or deletes it."""
    tables = dynamodb_backends[table.account_id][table.region_name].tables
    if tables.get(table.name) is not table:
        return "DELETING"
    return "CREATING" if is_new else "UPDATING"


def _telling_of_places(usual: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that tells of the places that an update names, whether it changed them or not.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """

    def update_item(handler: Any) -> Any:
        asked, expression = handler.body.get("ReturnValues"), handler.body.get("UpdateExpression")
        if asked not in ("UPDATED_OLD", "UPDATED_NEW") or not expression:
            return usual(handler)
        paths = [action.path for action in updates.read(expression).actions]
        wanted = projection.places(paths, handler.body.get("ExpressionAttributeNames"))
        name, key = handler.body["TableName"], handler.body["Key"]

        def found() -> dict[str, Any]:
            item = handler.dynamodb_backend.get_item(name, key)
            return {} if item is None else projection.picked(item.attrs, wanted)

        before = found()
        answer = usual(handler)
        told = found() if asked == "UPDATED_NEW" else before
        answer.result.pop("Attributes", None)
        if told:
            answer.result.update(DynamoResult({"Attributes": told}).result)
        return answer

    return update_item


def _labelling(usual: Callable[..., None]) -> Callable[..., None]:
    def set_stream_specification(table: Any, streams: dict[str, Any] | None) -> None:
        before = table.latest_stream_label
        usual(table, streams)
        if table.latest_stream_label != before:
            table.latest_stream_label = utcnow().isoformat(timespec="milliseconds")

    return set_stream_specification
