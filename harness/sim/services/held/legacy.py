"""Conditions, updates and projections of DynamoDB as they were before expressions, put into expressions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.responses import DynamoHandler

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions.values import ORDERED

_CONDITIONS = {
    "Expected": "ConditionExpression",
    "QueryFilter": "FilterExpression",
    "ScanFilter": "FilterExpression",
    "KeyConditions": "KeyConditionExpression",
}
_UPDATES = "AttributeUpdates"
_ATTRIBUTES = "AttributesToGet"
_OLD = (*_CONDITIONS, _UPDATES, _ATTRIBUTES)
_ANY_OLD = frozenset(_OLD)
_COMPARATORS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_WITHOUT_VALUES = {"NULL": "attribute_not_exists", "NOT_NULL": "attribute_exists"}
_FUNCTIONS = {"CONTAINS": "contains", "NOT_CONTAINS": "NOT contains", "BEGINS_WITH": "begins_with"}
_ORDERING = ("LE", "LT", "GE", "GT", "BETWEEN")
_ADDED = {"ADD": ("N", "SS", "NS", "BS"), "DELETE": ("SS", "NS", "BS")}
_BAD = "One or more parameter values were invalid"


def put_into_expressions() -> Replaced:
    """Inside the block moto is asked in expressions alone."""
    names = ("put_item", "update_item", "delete_item", "get_item", "query", "scan")
    return Replaced(
        (DynamoHandler, "batch_get_item", _translating_each(DynamoHandler.batch_get_item)),
        *((DynamoHandler, name, _translating(getattr(DynamoHandler, name))) for name in names),
    )


def _translating(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def act(handler: Any) -> Any:
        handler.body = translated(handler.body)
        return usual(handler)

    return act


def _translating_each(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def batch_get_item(handler: Any) -> Any:
        asked = handler.body["RequestItems"].items()
        handler.body = {**handler.body, "RequestItems": {name: translated(each) for name, each in asked}}
        return usual(handler)

    return batch_get_item


def translated(body: dict[str, Any]) -> dict[str, Any]:
    """The same request in expressions. Raises errors of moto's."""
    old = [name for name in _OLD if body.get(name)] if not _ANY_OLD.isdisjoint(body) else None
    if not old:
        return body
    new = [name for name in body if name.endswith("Expression")]
    if new:
        raise MockValidationException(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
        )
    signs = _Signs()
    made = {name: value for name, value in body.items() if name not in (*old, "ConditionalOperator")}
    word = f" {body.get('ConditionalOperator', 'AND')} "
    for name in old:
        if name == _UPDATES:
            made["UpdateExpression"] = signs.update(body[name])
        elif name == _ATTRIBUTES:
            made["ProjectionExpression"] = signs.projection(body[name], body.get("Select"))
        else:
            joined = " AND " if name == "KeyConditions" else word
            told = [signs.condition(attribute, each) for attribute, each in body[name].items()]
            made[_CONDITIONS[name]] = joined.join(told)
    made["ExpressionAttributeNames"] = signs.names
    if signs.values:
        made["ExpressionAttributeValues"] = signs.values
    return made


class _Signs:
    """The names and values of a request, behind signs."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def condition(self, attribute: str, asked: Mapping[str, Any]) -> str:
        """One condition, about one attribute."""
        name = self._name(attribute)
        how = asked.get("ComparisonOperator")
        if how is None:
            if "Value" in asked:
                return f"{name} = {self._value(asked['Value'])}"
            return (
                f"attribute_not_exists({name})"
                if asked.get("Exists") is False
                else f"attribute_exists({name})"
            )
        given = asked.get("AttributeValueList") or []
        _check_values(how, given)
        values = [self._value(each) for each in given]
        if how in _WITHOUT_VALUES:
            return f"{_WITHOUT_VALUES[how]}({name})"
        if how in _COMPARATORS:
            return f"{name} {_COMPARATORS[how]} {values[0]}"
        if how == "IN":
            return f"{name} IN ({', '.join(values)})"
        if how == "BETWEEN":
            return f"{name} BETWEEN {' AND '.join(values)}"
        return f"{_FUNCTIONS[how]}({name}, {values[0]})"

    def update(self, asked: Mapping[str, Any]) -> str:
        """All updates."""
        sections: dict[str, list[str]] = {}
        for attribute, each in asked.items():
            name, value = self._name(attribute), each.get("Value")
            section = {"PUT": "SET", "DELETE": "REMOVE"}.get(each.get("Action", "PUT"), "ADD")
            if section == "REMOVE" and value is not None:
                section = "DELETE"
            kind = next(iter(value or ()), "")
            if section in _ADDED and kind not in _ADDED[section]:
                raise MockValidationException(
                    f"{_BAD}: {section} action is not supported for the type {kind}"
                )
            told = name if section == "REMOVE" else f"{name} {self._value(value)}"
            sections.setdefault(section, []).append(told.replace(" ", " = ") if section == "SET" else told)
        return " ".join(f"{section} {', '.join(told)}" for section, told in sections.items())

    def projection(self, attributes: list[str], select: str | None) -> str:
        """Names of attributes, which are no paths."""
        if select not in (None, "SPECIFIC_ATTRIBUTES"):
            told = "only the Count" if select == "COUNT" else select
            raise MockValidationException(f"Cannot specify the AttributesToGet when choosing to get {told}")
        twice = next((each for each in attributes if attributes.count(each) > 1), None)
        if twice is not None:
            raise MockValidationException(f"{_BAD}: Duplicate value in attribute name: {twice}")
        return ", ".join(map(self._name, attributes))

    def _name(self, attribute: str) -> str:
        sign = f"#n{len(self.names)}"
        self.names[sign] = attribute
        return sign

    def _value(self, value: Any) -> str:
        sign = f":v{len(self.values)}"
        self.values[sign] = value
        return sign


def _check_values(how: str, given: list[Any]) -> None:
    wanted = {"BETWEEN": 2, "IN": max(1, len(given)), **dict.fromkeys(_WITHOUT_VALUES, 0)}.get(how, 1)
    if len(given) != wanted:
        raise MockValidationException(
            f"{_BAD}: Invalid number of argument(s) for the {how} ComparisonOperator"
        )
    taken = ("S", "B") if how == "BEGINS_WITH" else ORDERED
    for kind in [kind for value in given for kind in value]:
        if how in (*_ORDERING, "BEGINS_WITH") and kind not in taken:
            told = f"ComparisonOperator {how} is not valid for {kind} AttributeValue type"
            raise MockValidationException(f"{_BAD}: {told}")
