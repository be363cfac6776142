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
        if len(value) != 1:
            told = "has more than one datatypes set" if value else "is empty"
            raise _refused(
                f"Supplied AttributeValue {told}, must contain exactly one of the supported datatypes"
            )
        if "S" in value:
            continue
        ((kind, held),) = value.items()
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
    value = Decimal(number)
    if value and value.adjusted() > _LARGEST:
        raise _refused(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if value and value.adjusted() < _SMALLEST:
        raise _refused(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )


def _refused(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
