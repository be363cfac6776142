"""The capacity that requests to DynamoDB consume, and the item collections that they touch, as far as
they ask for that.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ItemCollectionMetrics.html
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.indexes import held_in

_READ_BYTES, _WRITTEN_BYTES = 4096, 1024
_COPIES_OF_TRANSACTIONS = 2
"""A transaction reads and writes each item twice: to prepare it, and to commit it."""
_PLAIN, _READ, _WRITTEN = "CapacityUnits", "ReadCapacityUnits", "WriteCapacityUnits"
_TOLD = ("ConsumedCapacity", "ConsumedCapacityUnits", "ItemCollectionMetrics")

Place = tuple[Any, Mapping[str, Any]]
"""A table, and the key or the item."""

Units = dict[Any, float]
"""By index; those of the table under None."""


def own_capacity() -> Replaced:
    """Inside the block moto leaves these figures to this module."""
    handler = DynamoHandler
    one = ("put_item", "update_item", "delete_item")
    return Replaced(
        *((handler, name, _writing(getattr(handler, name), _place, is_batch=False)) for name in one),
        (handler, "batch_write_item", _writing(handler.batch_write_item, _written_places)),
        (handler, "transact_write_items", _writing(handler.transact_write_items, _places, by=_WRITTEN)),
        (handler, "get_item", _reading(handler.get_item, _place, is_batch=False)),
        (handler, "batch_get_item", _reading(handler.batch_get_item, _read_places)),
        (handler, "transact_get_items", _reading(handler.transact_get_items, _places, by=_READ)),
    )


def tell_read(answer: dict[str, Any], asked: Mapping[str, Any], table: Any, index: Any, size: int) -> None:
    """Into the answer of a request that has read so many bytes of a table or an index."""
    if _is_asked(asked):
        units = _read_units(size, is_consistent=bool(asked.get("ConsistentRead")))
        answer["ConsumedCapacity"] = _shown(asked, table, {index: units})


def _is_asked(asked: Mapping[str, Any]) -> bool:
    return asked.get("ReturnConsumedCapacity") in ("TOTAL", "INDEXES")


def _read_units(size: int, *, is_consistent: bool) -> float:
    return max(1, math.ceil(size / _READ_BYTES)) * (1.0 if is_consistent else 0.5)


def _writing(
    usual: Callable[[Any], Any],
    places: Callable[[Any], Iterable[Place]],
    *,
    by: str = "",
    is_batch: bool = True,
) -> Callable[[Any], Any]:
    def act(handler: Any) -> Any:
        asked = handler.body
        is_measured = asked.get("ReturnItemCollectionMetrics") == "SIZE"
        if not _is_asked(asked) and not is_measured:
            return _bare(usual(handler))
        touched = [(table, key, _copied(_found(table, key))) for table, key in places(handler)]
        answer = _bare(usual(handler))
        if _is_asked(asked):
            units = [
                (table, _write_units(table, before, _found(table, key))) for table, key, before in touched
            ]
            told = _summed(asked, units, by)
            answer.result["ConsumedCapacity"] = told if is_batch else told[0]
        collections = _collections(touched) if is_measured else {}
        if collections:
            found = collections if is_batch else next(iter(collections.values()))[0]
            answer.result["ItemCollectionMetrics"] = found
        return answer

    return act


def _reading(
    usual: Callable[[Any], Any],
    places: Callable[[Any], Iterable[Place]],
    *,
    by: str = "",
    is_batch: bool = True,
) -> Callable[[Any], Any]:
    def act(handler: Any) -> Any:
        asked, answer = handler.body, _bare(usual(handler))
        if _is_asked(asked):
            units = []
            for table, key in places(handler):
                item, each = _found(table, key), asked.get("RequestItems", {}).get(table.name, asked)
                size = 0 if item is None else item.size()
                is_consistent = bool(by or each.get("ConsistentRead"))
                units.append((table, {None: _read_units(size, is_consistent=is_consistent)}))
            told = _summed(asked, units, by)
            answer.result["ConsumedCapacity"] = told if is_batch else told[0]
        return answer

    return act


def _bare(answer: Any) -> Any:
    for name in _TOLD:
        answer.result.pop(name, None)
    return answer


def _place(handler: Any) -> Iterator[Place]:
    asked = handler.body
    yield handler.dynamodb_backend.get_table(asked["TableName"]), asked.get("Key") or asked["Item"]


def _written_places(handler: Any) -> Iterator[Place]:
    for name, requests in handler.body["RequestItems"].items():
        for request in requests:
            (each,) = request.values()
            yield handler.dynamodb_backend.get_table(name), each.get("Key") or each["Item"]


def _read_places(handler: Any) -> Iterator[Place]:
    for name, each in handler.body["RequestItems"].items():
        for key in each["Keys"]:
            yield handler.dynamodb_backend.get_table(name), key


def _places(handler: Any) -> Iterator[Place]:
    for item in handler.body["TransactItems"]:
        for each in item.values():
            yield handler.dynamodb_backend.get_table(each["TableName"]), each.get("Key") or each["Item"]


def _found(table: Any, key: Mapping[str, Any]) -> Any:
    """The item, if the key is whole: of another one the operation itself tells."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    parts = [DynamoType(key[name]) for name in table.table_key_attrs if name in key]
    return table.get_item(*parts) if len(parts) == len(table.table_key_attrs) else None


def _copied(item: Any) -> Any:
    if item is None:
        return None
    copied = copy.copy(item)
    copied.attrs = dict(item.attrs)
    return copied


def _write_units(table: Any, before: Any, after: Any) -> Units:
    units: Units = {None: _blocks(before, after)}
    for index in table.all_indexes():
        old, new = held_in(table, index, before), held_in(table, index, after)
        keys = index.schema_key_attrs
        if old is None or new is None:
            if old is not new:
                units[index] = _blocks(old, new)
        elif any(old.attrs[name] != new.attrs[name] for name in keys):
            units[index] = _blocks(old) + _blocks(new)
        elif old.attrs != new.attrs:
            units[index] = _blocks(old, new)
    return units


def _blocks(*items: Any) -> float:
    largest = max((item.size() for item in items if item is not None), default=0)
    return float(max(1, math.ceil(largest / _WRITTEN_BYTES)))


def _summed(asked: Mapping[str, Any], units: Iterable[tuple[Any, Units]], by: str) -> list[dict[str, Any]]:
    """For each table; `by`: in whose units transactions tell it, too."""
    tables: dict[str, tuple[Any, Units]] = {}
    for table, found in units:
        total = tables.setdefault(table.name, (table, {}))[1]
        for index, count in found.items():
            total[index] = total.get(index, 0.0) + count * (_COPIES_OF_TRANSACTIONS if by else 1)
    return [_shown(asked, table, total, by) for table, total in tables.values()]


def _shown(asked: Mapping[str, Any], table: Any, units: Units, by: str = "") -> dict[str, Any]:
    def counted(count: float) -> dict[str, float]:
        return {name: count for name in (_PLAIN, by) if name}

    told: dict[str, Any] = {"TableName": table.name, **counted(sum(units.values()))}
    if asked["ReturnConsumedCapacity"] == "INDEXES":
        told["Table"] = counted(units.get(None, 0.0))
        for index in filter(None, units):
            kind = "Global" if index in table.global_indexes else "Local"
            told.setdefault(f"{kind}SecondaryIndexes", {})[index.name] = counted(units[index])
    return told


def _collections(touched: Iterable[tuple[Any, Mapping[str, Any], Any]]) -> dict[str, list[dict[str, Any]]]:
    """Of tables with local indexes, which alone have item collections that are measured."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, key, _ in touched:
        if table.indexes:
            name = table.hash_key_attr
            one = {"ItemCollectionKey": {name: key[name]}, "SizeEstimateRangeGB": [0.0, 1.0]}
            of_table = found.setdefault(table.name, [])
            if one not in of_table:
                of_table.append(one)
    return found
