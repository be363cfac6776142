"""Batches and transactions of DynamoDB: each item once, none too large, all checked before one is written.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException, MultipleTransactionsException
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions import projection
from harness.sim.services.held.conditions.values import plain
from harness.sim.services.held.keys_given import check_item, check_key, types_of

TRANSACTION_BYTES_MAX = 4 * 1024 * 1024
_TWICE = "Provided list of item keys contains duplicates"
_SCHEMA = "The provided key element does not match the schema"


def checked_batches() -> Replaced:
    """Inside the block moto refuses others."""
    return Replaced(
        (DynamoHandler, "batch_write_item", _batch_write),
        (DynamoHandler, "batch_get_item", _checking_reads(DynamoHandler.batch_get_item)),
        (DynamoHandler, "transact_write_items", _checking_transaction(DynamoHandler.transact_write_items)),
        (DynamoHandler, "transact_get_items", _transact_get),
    )


def _batch_write(handler: Any) -> Any:
    backend, asked = handler.dynamodb_backend, handler.body["RequestItems"]
    for name, requests in asked.items():
        table = backend.get_table(name)
        for request in requests:
            if "PutRequest" in request:
                _check_put(table, request["PutRequest"]["Item"])
            else:
                check_key(table, request["DeleteRequest"]["Key"])
        given = [next(iter(request.values())) for request in requests]
        _check_distinct(table, [each.get("Key") or each["Item"] for each in given])
    for name, requests in asked.items():
        for request in requests:
            if "PutRequest" in request:
                backend.put_item(name, request["PutRequest"]["Item"])
            else:
                backend.delete_item(name, request["DeleteRequest"]["Key"])
    return DynamoResult({"UnprocessedItems": {}})


def _check_put(table: Any, item: Mapping[str, Any]) -> None:
    if any(name not in item for name in table.table_key_attrs):
        raise MockValidationException(_SCHEMA)
    check_item(table, item)
    Item(None, None, item)


def _checking_reads(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def batch_get_item(handler: Any) -> Any:
        for name, each in handler.body["RequestItems"].items():
            table = handler.dynamodb_backend.get_table(name)
            for key in each["Keys"]:
                check_key(table, key)
            _check_distinct(table, each["Keys"])
        return usual(handler)

    return batch_get_item


def _check_distinct(table: Any, given: Iterable[Mapping[str, Any]]) -> None:
    keys = [_key(table, each) for each in given]
    if len(set(keys)) < len(keys):
        raise MockValidationException(_TWICE)


def _key(table: Any, given: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(plain(given[name]) for name in table.table_key_attrs)


def _checking_transaction(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def transact_write_items(handler: Any) -> Any:
        items = [item for item in handler.body["TransactItems"] if len(item) == 1]
        given = [each for item in items for each in item.values()]
        _check_transacted(handler, given)
        _check_size(sum(_size(each["Item"]) for each in given if "Item" in each))
        return usual(handler)

    return transact_write_items


def _transact_get(handler: Any) -> Any:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    given = [item["Get"] for item in handler.body["TransactItems"]]
    _check_transacted(handler, given)
    answers: list[dict[str, Any]] = []
    size = 0
    for each in given:
        whole = handler.dynamodb_backend.get_item(each["TableName"], each["Key"])
        size += 0 if whole is None else _size(whole.attrs)
        found = handler.dynamodb_backend.get_item(each["TableName"], each["Key"], _places(each))
        answers.append({} if found is None else {"Item": found.attrs})
    _check_size(size)
    return DynamoResult({"Responses": answers})


def _places(asked: Mapping[str, Any]) -> list[projection.Place]:
    expression, names = asked.get("ProjectionExpression"), asked.get("ExpressionAttributeNames")
    return projection.places(projection.read(expression), names) if expression else []


def _check_transacted(handler: Any, given: Iterable[Mapping[str, Any]]) -> None:
    seen: set[tuple[str, tuple[Any, ...]]] = set()
    for each in given:
        table = handler.dynamodb_backend.get_table(each["TableName"])
        of = each.get("Key") or each.get("Item") or {}
        if any(kind not in of.get(name, ()) for name, kind in types_of(table)):
            continue  # moto says so, as the reason why the transaction is cancelled
        one = (table.name, _key(table, of))
        if one in seen:
            raise MultipleTransactionsException
        seen.add(one)


def _check_size(size: int) -> None:
    if size > TRANSACTION_BYTES_MAX:
        raise MockValidationException("The aggregate size of the items in the transaction exceeds 4 MB")


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + int(DynamoType(value).size()) for name, value in item.items())
