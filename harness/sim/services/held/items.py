"""Items of DynamoDB as moto keeps them, put together with fewer steps, and with values as AWS keeps them.

moto asks each value several questions to learn of its type, and weighs all of an item at each attribute.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict, bytesize
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_to_dict

from harness.aws.rules.items import OVERHEAD_BYTES, number_text, size_of_value
from harness.sim.patches.patching import Replaced
from harness.sim.services.held.given_values import SETS, number_problem, set_problem

LARGEST_ITEM_BYTES = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

_real_cast_value = DynamoType.cast_value.fget

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
    if kind == "N":
        given = _number(given)
    elif kind == "NS":
        given = [_number(each) for each in given]
    if kind in SETS:
        problem = set_problem(kind, given)
        if problem:
            raise MockValidationException(problem)
    elif kind == "L":
        given = [DynamoType(item) for item in given]
    elif kind == "M":
        given = {name: DynamoType(item) for name, item in given.items()}
    value.type, value.value = kind, given


def _number(text: str) -> str:
    problem = number_problem(text)
    if problem:
        raise MockValidationException(problem)
    return number_text(text)


def _cast_value(value: Any) -> Any:
    if value.type == "S":
        return value.value
    if value.type == "N":
        number = Decimal(value.value)
        return int(number) if number == number.to_integral_value() else number
    return _real_cast_value(value)


def _size(value: Any) -> int:
    kind, held = value.type, value.value
    if kind == "S":
        return len(held.encode())
    if kind == "L":
        return OVERHEAD_BYTES + sum([1 + _size(each) for each in held])
    if kind == "M":
        return OVERHEAD_BYTES + sum([1 + len(name.encode()) + _size(each) for name, each in held.items()])
    return size_of_value({kind: held})


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
