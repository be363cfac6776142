"""Keys of DynamoDB that requests give: of the types that the table's schema has, whole, and not empty.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import InvalidAttributeTypeError, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from harness.sim.patches.patching import Replaced

_BAD = "One or more parameter values were invalid"
_EMPTY = "The AttributeValue for a key attribute cannot contain an empty {} value."
_WORDS = {"S": "string", "B": "binary"}
_SCHEMA = "The provided key element does not match the schema"


def checked_keys() -> Replaced:
    """Inside the block moto refuses others."""
    return Replaced(
        (DynamoType, "__hash__", _hash),
        (DynamoDBBackend, "get_keys_value", _checking(DynamoDBBackend.get_keys_value)),
        (DynamoHandler, "put_item", _checking_item(DynamoHandler.put_item)),
        (Table, "put_item", _checking_each(Table.put_item)),
        (responses, "validate_put_has_empty_keys", _nothing),
        (responses, "validate_put_has_gsi_keys_set_to_none", _nothing),
    )


def _hash(value: Any) -> int:
    """Of a value of any type: a set or a document is refused as a key once it was looked for."""
    return hash((value.type, value.cast_value)) if value.type in ("S", "N", "B") else hash(value.type)


def _nothing(*asked: Any, **more: Any) -> None:
    """moto checks something here that `check_item` checks."""


def check_key(table: Any, key: Mapping[str, Any]) -> None:
    """Raises an error of moto's."""
    if len(key) != len(table.table_key_attrs):
        raise MockValidationException(_SCHEMA)
    for name, kind in types_of(table):
        if kind not in key.get(name, ()):
            raise MockValidationException(_SCHEMA)
        _check_empty(key[name], f"Key: {name}")


def check_item(table: Any, item: Mapping[str, Any]) -> None:
    """Its keys, and those of indexes. Raises an error of moto's."""
    for name, kind in types_of(table):
        if name not in item:
            raise MockValidationException(f"{_BAD}: Missing the key {name} in the item")
        if kind not in item[name]:
            raise InvalidAttributeTypeError(name, kind, next(iter(item[name])))
        _check_empty(item[name], f"Key: {name}")
    for name in item:
        check_in_indexes(table, name, item[name])


def check_in_indexes(table: Any, name: str, value: Mapping[str, Any]) -> None:
    """An attribute that may be the key of indexes. Raises an error of moto's."""
    if name in table.table_key_attrs:
        return
    for index in (*table.global_indexes, *table.indexes):
        if name in index.schema_key_attrs:
            ((kind, _),) = value.items()
            wanted = next(each["AttributeType"] for each in table.attr if each["AttributeName"] == name)
            if kind != wanted:
                raise MockValidationException(
                    f"{_BAD}: Type mismatch for Index Key {name} "
                    f"Expected: {wanted} Actual: {kind} IndexName: {index.name}"
                )
            more = "A value specified for a secondary index key is not supported. "
            _check_empty(value, f"IndexName: {index.name}, IndexKey: {name}", more)


def _check_empty(value: Mapping[str, Any], where: str, more: str = "") -> None:
    ((kind, held),) = value.items()
    if not held:
        told = f"{more}{_EMPTY.format(_WORDS[kind])} {where}"
        raise MockValidationException(f"One or more parameter values are not valid. {told}")


def types_of(table: Any) -> list[tuple[str, str]]:
    """The attributes of a table's key, and their types."""
    own = [(table.hash_key_attr, table.hash_key_type)]
    return own if table.range_key_attr is None else [*own, (table.range_key_attr, table.range_key_type)]


def _checking(usual: Callable[..., Any]) -> Callable[..., Any]:
    """moto also looks for an item by all that it is to hold."""

    def get_keys_value(backend: Any, table: Any, keys: Mapping[str, Any]) -> Any:
        check_key(table, {name: keys[name] for name in table.table_key_attrs if name in keys})
        return usual(backend, table, keys)

    return get_keys_value


def _checking_item(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """moto looks for the old item first, as if its key had been asked for."""

    def put_item(handler: Any) -> Any:
        check_item(handler.dynamodb_backend.get_table(handler.body["TableName"]), handler.body["Item"])
        return usual(handler)

    return put_item


def _checking_each(usual: Callable[..., Any]) -> Callable[..., Any]:
    """Items of transactions and statements come here without passing a handler."""

    def put_item(table: Any, item_attrs: Mapping[str, Any], *more: Any, **others: Any) -> Any:
        check_item(table, item_attrs)
        return usual(table, item_attrs, *more, **others)

    return put_item
