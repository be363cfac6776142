"""Values of requests to DynamoDB: of one type each, sets without duplicates, and numbers that it can hold.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from harness.sim.services.service import ServiceError

SETS = ("SS", "NS", "BS")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LARGEST, _SMALLEST = 125, -130
"""Exponents of the first digit."""
_DIGITS_MAX = 38
_BAD = "One or more parameter values were invalid:"
_EMPTY = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}
_RANGE = "Attempting to store a number with magnitude {} than supported range"
OVERFLOW = f"Number overflow. {_RANGE.format('larger')}"
_UNDERFLOW = f"Number underflow. {_RANGE.format('smaller')}"


def check(values: Iterable[Mapping[str, Any]]) -> None:
    """Raises `ServiceError`."""
    for value in values:
        told = problem(value)
        if told:
            raise _refused(told)


def check_signed(values: Mapping[str, Mapping[str, Any]]) -> None:
    """The values behind an expression's signs. Raises `ServiceError`."""
    for sign, value in values.items():
        told = problem(value)
        if told:
            raise _refused(f"ExpressionAttributeValues contains invalid value: {told} for key {sign}")


def problem(value: Mapping[str, Any]) -> str:
    """A sentence about a value that DynamoDB refuses; empty if it takes it."""
    try:
        ((kind, held),) = value.items()
    except ValueError:
        told = "has more than one datatypes set" if value else "is empty"
        return f"Supplied AttributeValue {told}, must contain exactly one of the supported datatypes"
    if kind == "N":
        return number_problem(held)
    if kind in SETS:
        numbers = [number_problem(each) for each in held] if kind == "NS" else []
        return next(filter(None, numbers), "") or set_problem(kind, held)
    if kind == "NULL":
        return "" if held else f"{_BAD} Null attribute value types must have the value of true"
    inner = held if kind == "L" else held.values() if kind == "M" else ()
    return next(filter(None, map(problem, inner)), "")


def set_problem(kind: str, held: Iterable[Any]) -> str:
    """The same about a set, whose numbers are some."""
    elements = [Decimal(each) for each in held] if kind == "NS" else list(held)
    if not elements:
        return f"{_BAD} {_EMPTY[kind]}"
    if len(set(elements)) == len(elements):
        return ""
    if kind == "NS":
        return "Input collection contains duplicates"
    shown = f"[{', '.join(map(str, elements))}]"
    return f"{_BAD} Input collection {shown}{'of type BS' if kind == 'BS' else ''} contains duplicates."


def number_problem(number: str) -> str:
    """The same about a number."""
    if number.isdecimal() and number.isascii() and len(number) <= _DIGITS_MAX:
        return ""
    if not _NUMBER.fullmatch(number):
        shown = f": {number}" if number else ""
        return f"The parameter cannot be converted to a numeric value{shown}"
    found = Decimal(number)
    digits = "".join(map(str, found.as_tuple().digits)).strip("0")
    if len(digits) > _DIGITS_MAX:
        return "Attempting to store more than 38 significant digits in a Number"
    return out_of_range(found)


def out_of_range(number: Decimal) -> str:
    """A sentence about a number that is too large or too small to be held; empty if it is neither."""
    if number and number.adjusted() > _LARGEST:
        return OVERFLOW
    return _UNDERFLOW if number and number.adjusted() < _SMALLEST else ""


def _refused(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
