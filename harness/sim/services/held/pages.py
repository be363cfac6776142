"""Query and Scan: which items a page has, in which order, and where the next one begins.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing.key_condition_expression import validate_schema
from moto.dynamodb.responses import DynamoHandler, DynamoResult, validate_select

from harness.sim.patches.patching import Replaced
from harness.sim.services.held import consumed
from harness.sim.services.held.conditions import projection
from harness.sim.services.held.conditions.checks import key_used
from harness.sim.services.held.conditions.keys import KeyCondition, key_conditions
from harness.sim.services.held.conditions.nodes import LookedAt
from harness.sim.services.held.conditions.reading import read
from harness.sim.services.held.conditions.values import Plain, in_order, plain
from harness.sim.services.held.conditions.words import Wrong
from harness.sim.services.held.indexes import index_of, is_in, key_names

PAGE_BYTES = 1024 * 1024
_BAD = "One or more parameter values were invalid"
_PARTS = ("Segment", "TotalSegments")
_START = "The provided starting key is invalid"
_OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


def own_pages() -> Replaced:
    """Inside the block moto leaves these operations to this module."""
    return Replaced((DynamoHandler, "query", _query), (DynamoHandler, "scan", _scan))


def _query(handler: Any) -> Any:
    asked, table = handler.body, handler.dynamodb_backend.get_table(handler.body["TableName"])
    if not asked.get("KeyConditionExpression"):
        raise MockValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    index = index_of(table, asked.get("IndexName"))
    schema = (index or table).schema
    names, values = asked.get("ExpressionAttributeNames"), asked.get("ExpressionAttributeValues") or {}
    if asked.get("FilterExpression"):
        _check_filter(asked["FilterExpression"], names, schema)
    try:
        conditions = key_conditions(read(asked["KeyConditionExpression"]), names, values)
    except Wrong as problem:
        raise MockValidationException(str(problem)) from None
    _check_types(conditions, table.attr)
    equal, ranged = validate_schema(conditions, schema)
    compared = [(name, "=", [value]) for name, value in equal] + ranged
    tests = [(name, how, [plain(value) for value in given]) for name, how, given in compared]
    candidates = _all_of(table) if index else _under(table, DynamoType(equal[0][1]))
    found = [item for item in candidates if not index or is_in(table, index, item)]
    found = [item for item in found if all(_holds(item.attrs, *test) for test in tests)]
    start = asked.get("ExclusiveStartKey") or {}
    if any(test[0] in start and not _holds(start, *test) for test in tests):
        raise MockValidationException(_OUTSIDE)
    return _page(handler, table, index, found, backwards=asked.get("ScanIndexForward") is False)


def _scan(handler: Any) -> Any:
    asked, table = handler.body, handler.dynamodb_backend.get_table(handler.body["TableName"])
    for one, other in (_PARTS, _PARTS[::-1]):
        if asked.get(one) is not None and asked.get(other) is None:
            raise MockValidationException(
                f"The {other} parameter is required but was not present in the request "
                f"when {'Segment parameter' if one == 'Segment' else 'parameter TotalSegments'} is present"
            )
    part, parts = (asked.get(name) for name in _PARTS)
    if part is not None and part >= parts:
        raise MockValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {part} is not less than TotalSegments: {parts}"
        )
    index = index_of(table, asked.get("IndexName"))
    found = [item for item in _all_of(table) if item.is_within_segment((part, parts))]
    return _page(handler, table, index, found)


def _page(handler: Any, table: Any, index: Any, found: list[Any], *, backwards: bool = False) -> Any:
    """The answer: of the items that were found those of this page that the filter lets through."""
    asked = handler.body
    _check_selection(asked, table, index)
    names = key_names(table, index)
    if index:
        found = [item for item in found if is_in(table, index, item)]
    found.sort(key=lambda item: position(item.attrs, names), reverse=backwards)
    if asked.get("ExclusiveStartKey"):
        found = rest(found, _start(asked["ExclusiveStartKey"], table, names), names, backwards=backwards)
    view = _view(asked, table, index)
    scanned, size = first(found, asked.get("Limit"), lambda item: int(view(item).size()))
    items = [copy.deepcopy(view(item)) for item in scanned]
    if asked.get("FilterExpression"):
        scope = LookedAt(asked.get("ExpressionAttributeNames"), asked.get("ExpressionAttributeValues"))
        items = [item for item in items if _passes(asked["FilterExpression"], scope, item)]
    answer: dict[str, Any] = {"Count": len(items), "ScannedCount": len(scanned)}
    if asked.get("Select") != "COUNT":
        wanted = _places(asked)
        answer["Items"] = [(item.project(wanted) if wanted else item).attrs for item in items]
    if scanned and (len(scanned) < len(found) or len(scanned) == asked.get("Limit")):
        answer["LastEvaluatedKey"] = {name: scanned[-1].attrs[name] for name in names}
    consumed.tell_read(answer, asked, table, index, size)
    return DynamoResult(answer)


def first(found: list[Any], limit: int | None, size_of: Callable[[Any], int]) -> tuple[list[Any], int]:
    """As many as a page has, and how large they are together."""
    size = 0
    for at, item in enumerate(found):
        more = size_of(item)
        if at == limit or (at and size + more > PAGE_BYTES):
            return found[:at], size
        size += more
    return found, size


def _view(asked: Mapping[str, Any], table: Any, index: Any) -> Callable[[Any], Any]:
    """An item as it is seen: a local index fetches from the table what it doesn't have itself."""
    asks_for_more = asked.get("Select") == "ALL_ATTRIBUTES" or asked.get("ProjectionExpression")
    if index is None or (asks_for_more and index not in table.global_indexes):
        return lambda item: item
    return lambda item: index.project(item)


def _places(asked: Mapping[str, Any]) -> list[projection.Place]:
    if not asked.get("ProjectionExpression"):
        return []
    return projection.places(
        projection.read(asked["ProjectionExpression"]), asked.get("ExpressionAttributeNames")
    )


def _passes(filter_: str, scope: LookedAt, item: Any) -> bool:
    scope.attributes = item.attrs
    return read(filter_).condition.holds(scope)


def _all_of(table: Any) -> list[Any]:
    if table.range_key_attr is None:
        return list(table.items.values())
    return [item for items in table.items.values() for item in items.values()]


def _under(table: Any, key: DynamoType) -> list[Any]:
    """The items of a partition key."""
    found = table.items.get(key)
    if found is None:
        return []
    return [found] if table.range_key_attr is None else list(found.values())


def _holds(attributes: Mapping[str, Any], name: str, how: str, given: list[Plain]) -> bool:
    if name not in attributes:
        return False
    value = plain(attributes[name])
    if how == "=":
        return value == given[0]
    if how == "BETWEEN":
        return in_order(">=", value, given[0]) and in_order("<=", value, given[1])
    if how == "BEGINS_WITH":
        return bool(value[1].startswith(given[0][1]))
    return in_order(how, value, given[0])


def position(attributes: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    """The place of an item in an order of these attributes."""
    return [plain(attributes[name])[1] for name in names]


def rest(found: list[Any], start: list[Any], names: list[str], *, backwards: bool) -> list[Any]:
    """Those behind a position, in an order of these attributes."""
    positions = [(item, position(item.attrs, names)) for item in found]
    return [item for item, at in positions if (at < start if backwards else at > start)]


def _start(given: Mapping[str, Any], table: Any, names: list[str]) -> list[Any]:
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    if given.keys() != set(names) or any(types[name] not in given[name] for name in names):
        raise MockValidationException(_START)
    return position(given, names)


def _check_selection(asked: Mapping[str, Any], table: Any, index: Any) -> None:
    is_global = index is not None and index in table.global_indexes
    if is_global and asked.get("ConsistentRead"):
        raise MockValidationException("Consistent reads are not supported on global secondary indexes")
    validate_select(
        operation="Query",
        select=asked.get("Select"),
        projection_expression=asked.get("ProjectionExpression"),
        attributes_to_get=None,
        table=table,
        index_name=asked.get("IndexName"),
    )
    kind = index.projection.get("ProjectionType") if is_global else "ALL"
    if kind != "ALL":
        has = {*key_names(table, index), *(index.projection.get("NonKeyAttributes") or ())}
        lacks = [str(place[0]) for place in _places(asked) if place[0] not in has]
        if lacks:
            told = f"Global secondary index {index.name} does not project [{', '.join(lacks)}]"
            raise MockValidationException(f"{_BAD}: {told}")


def _check_filter(filter_: str, names: Mapping[str, str] | None, schema: list[dict[str, str]]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    used = key_used(read(filter_), names, [key["AttributeName"] for key in schema])
    if used is not None:
        told = f"Primary key attribute: {used}"
        raise MockValidationException(
            f"Filter Expression can only contain non-primary key attributes: {told}"
        )


def _check_types(conditions: Iterable[KeyCondition], defined: list[dict[str, str]]) -> None:
    types = {each["AttributeName"]: each["AttributeType"] for each in defined}
    for name, _, values in conditions:
        if any(types.get(name, kind) != kind for value in values for kind in value):
            raise MockValidationException(f"{_BAD}: Condition parameter type does not match schema type")
