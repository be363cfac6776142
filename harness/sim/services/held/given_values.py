"""Values of requests to DynamoDB: of one type each, and numbers that it can hold.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from harness.sim.services.service import ServiceError

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LARGEST, _SMALLEST = 125, -130
"""Exponents of the first digit."""


def check(values: Iterable[Mapping[str, Any]]) -> None:
    """Raises `ServiceError`."""
    for value in values:
        try:
            ((kind, held),) = value.items()
        except ValueError:
            told = "has more than one datatypes set" if value else "is empty"
            raise _refused(
                f"Supplied AttributeValue {told}, must contain exactly one of the supported datatypes"
            ) from None
        if kind == "N":
            if not (held.isdecimal() and held.isascii() and len(held) < _LARGEST):
                _check_number(held)
        elif kind == "NS":
            for number in held:
                _check_number(number)
        elif kind == "L":
            check(held)
        elif kind == "M":
            check(held.values())


def _check_number(number: str) -> None:
    if not _NUMBER.fullmatch(number):
        shown = f": {number}" if number else ""
        raise _refused(f"The parameter cannot be converted to a numeric value{shown}")
    problem = out_of_range(Decimal(number))
    if problem:
        raise _refused(problem)


def out_of_range(number: Decimal) -> str:
    """A sentence about a number that is too large or too small to be held; empty if it is neither."""
    told = "Attempting to store a number with magnitude {} than supported range"
    if number and number.adjusted() > _LARGEST:
        return f"Number overflow. {told.format('larger')}"
    if number and number.adjusted() < _SMALLEST:
        return f"Number underflow. {told.format('smaller')}"
    return ""


def _refused(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
