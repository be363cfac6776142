"""Items of DynamoDB as moto keeps them, put together with fewer steps, and the same to the last byte,
but for values that AWS refuses.

moto asks each value several questions to learn of its type, and weighs all of an item at each attribute.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict, bytesize
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_to_dict

from harness.sim.patches.patching import Replaced

LARGEST_ITEM_BYTES = 405_000
"""moto's own limit, which stands between those that were seen on AWS."""

_real_cast_value = DynamoType.cast_value.fget
_real_size = DynamoType.size

_SETS = ("SS", "NS", "BS")
DIGITS_MAX = 38
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

_AS_THEY_ARE = frozenset((str, int, float, bool, bytes, Decimal, type(None)))


def quick_items() -> Replaced:
    """Inside the block moto does so."""
    return Replaced(
        (DynamoType, "__init__", _init_value),
        (DynamoType, "cast_value", property(_cast_value)),
        (DynamoType, "size", _size),
        (Item, "__init__", _init_item),
        (Table, "attribute_keys", property(_attribute_keys)),
        (responses, "dynamo_to_dict", _to_dict),
    )


def _init_value(value: Any, type_as_dict: Any) -> None:
    if type(type_as_dict) is DynamoType:
        kind, given = type_as_dict.type, type_as_dict.value
    else:
        kind, given = list(type_as_dict.items())[0]  # noqa: RUF015 - which error an empty one gives is moto's
    if kind in _SETS and len(set(given)) < len(given):
        shown = f"[{', '.join(map(str, given))}]"
        raise MockValidationException(
            f"One or more parameter values were invalid: Input collection {shown} contains duplicates."
        )
    if kind == "N" and len(given) > DIGITS_MAX and len(_digits(given)) > DIGITS_MAX:
        raise MockValidationException("Attempting to store more than 38 significant digits in a Number")
    if kind == "L":
        given = [DynamoType(item) for item in given]
    elif kind == "M":
        given = {name: DynamoType(item) for name, item in given.items()}
    value.type, value.value = kind, given


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", re.split("[eE]", number)[0]).strip("0")


def _cast_value(value: Any) -> Any:
    return value.value if value.type == "S" else _real_cast_value(value)


def _size(value: Any) -> int:
    if value.type == "S" and type(value.value) is str:
        return len(value.value.encode())
    size: int = _real_size(value)
    return size


def _init_item(item: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
    item.hash_key, item.range_key = hash_key, range_key
    values = {name: DynamoType(value) for name, value in attrs.items()}
    if sum([bytesize(name) + value.size() for name, value in values.items()]) > LARGEST_ITEM_BYTES:
        raise ItemSizeTooLarge
    item.attrs = LimitedSizeDict(values)


def _attribute_keys(table: Any) -> list[str]:
    names = list(table.table_key_attrs)
    for index in (*table.indexes, *table.global_indexes):
        names += [key["AttributeName"] for key in index.schema]
    return names


def _to_dict(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is dict:
        return {name: item if type(item) in _AS_THEY_ARE else _to_dict(item) for name, item in value.items()}
    if kind is list:
        return [item if type(item) in _AS_THEY_ARE else _to_dict(item) for item in value]
    return dynamo_to_dict(value)
