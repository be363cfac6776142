"""Indexes of moto's tables: found by name, and the keys that order their items."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.exceptions import MockValidationException


def index_of(table: Any, name: str | None) -> Any:
    """The index of that name, or None without a name. Raises an error of moto's."""
    if not name:
        return None
    found = next((index for index in table.all_indexes() if index.name == name), None)
    if found is None:
        raise MockValidationException(f"The table does not have the specified index: {name}")
    return found


def key_names(table: Any, index: Any = None) -> list[str]:
    """The attributes by which items are ordered: those of the index, if any, then those of the table.

    >>> from types import SimpleNamespace as Named
    >>> table = Named(table_key_attrs=["id"])
    >>> key_names(table, Named(schema=[{"AttributeName": "day"}, {"AttributeName": "id"}]))
    ['day', 'id']
    """
    own = [key["AttributeName"] for key in index.schema] if index else []
    return list(dict.fromkeys([*own, *table.table_key_attrs]))


def held_in(table: Any, index: Any, item: Any) -> Any:
    """What an index holds of an item; None: nothing, as it lacks a key."""
    return index.project(item) if item is not None and is_in(table, index, item) else None


def is_in(table: Any, index: Any, item: Any) -> bool:
    """Has an item all keys of an index, in their types? Those that an item had before may be of others."""
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    keys = [item.attrs.get(name) for name in index.schema_key_attrs]
    return all(
        key is not None and key.type == types[name]
        for name, key in zip(index.schema_key_attrs, keys, strict=True)
    )
