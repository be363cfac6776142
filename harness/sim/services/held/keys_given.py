"""Keys of DynamoDB that requests give: of the types that the table's schema has, and whole.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb.exceptions import InvalidAttributeTypeError, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from harness.sim.patches.patching import Replaced

_BAD = "One or more parameter values were invalid"


def checked_keys() -> Replaced:
    """Inside the block moto refuses others."""
    return Replaced(
        (DynamoType, "__hash__", _hash),
        (DynamoDBBackend, "get_keys_value", _checking(DynamoDBBackend.get_keys_value)),
        (DynamoHandler, "put_item", _checking_item(DynamoHandler.put_item)),
        (Table, "put_item", _checking_indexes(Table.put_item)),
        (DynamoHandler, "query", _checking_start(DynamoHandler.query)),
        (DynamoHandler, "scan", _checking_start(DynamoHandler.scan)),
    )


def _hash(value: Any) -> int:
    """Of a value of any type: a set or a document is refused as a key once it was looked for."""
    return hash((value.type, value.cast_value)) if value.type in ("S", "N", "B") else hash(value.type)


def _checking(usual: Callable[..., Any]) -> Callable[..., Any]:
    def get_keys_value(backend: Any, table: Any, keys: Mapping[str, Any]) -> Any:
        for name, kind in _types(table):
            if kind not in keys.get(name, ()):
                raise MockValidationException("The provided key element does not match the schema")
        return usual(backend, table, keys)

    return get_keys_value


def _types(table: Any) -> list[tuple[str, str]]:
    own = [(table.hash_key_attr, table.hash_key_type)]
    return own if table.range_key_attr is None else [*own, (table.range_key_attr, table.range_key_type)]


def _checking_item(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """moto looks for the old item first, as if its key had been asked for."""

    def put_item(handler: Any) -> Any:
        if handler.body.get("ReturnValues") == "ALL_OLD":
            item = handler.body["Item"]
            for name, kind in _types(handler.dynamodb_backend.get_table(handler.body["TableName"])):
                if name not in item:
                    raise MockValidationException(f"{_BAD}: Missing the key {name} in the item")
                if kind not in item[name]:
                    raise InvalidAttributeTypeError(name, kind, next(iter(item[name])))
        return usual(handler)

    return put_item


def _checking_indexes(usual: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""

    def put_item(table: Any, item_attrs: Mapping[str, Any], *more: Any, **others: Any) -> Any:
        for index in (*table.global_indexes, *table.indexes):
            for name in [key["AttributeName"] for key in index.schema]:
                kinds = list(item_attrs.get(name) or ())
                wanted = [each["AttributeType"] for each in table.attr if each["AttributeName"] == name]
                if kinds and name not in table.table_key_attrs and kinds != wanted:
                    raise MockValidationException(
                        f"{_BAD}: Type mismatch for Index Key {name} "
                        f"Expected: {wanted[0]} Actual: {kinds[0]} IndexName: {index.name}"
                    )
        return usual(table, item_attrs, *more, **others)

    return put_item


def _checking_start(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""

    def read(handler: Any) -> Any:
        start = handler.body.get("ExclusiveStartKey")
        if start:
            backend, name = handler.dynamodb_backend, handler.body["TableName"]
            table = backend.get_table(name)
            schema = backend.get_schema(name, handler.body.get("IndexName"))
            keys = {*table.table_key_attrs, *(key["AttributeName"] for key in schema)}
            types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
            if start.keys() != keys or any(types[key] not in start[key] for key in keys):
                raise MockValidationException("The provided starting key is invalid")
        return usual(handler)

    return read
