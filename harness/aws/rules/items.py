"""Items of DynamoDB: their sizes, and their values as plain ones.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

Attribute = Mapping[str, Any]
"""A value with its type, like {"S": "o-1"}. Bytes may be bytes, or in Base64."""

Item = Mapping[str, Attribute]

_EXACT = Context(prec=400)
"""Room for all digits of a number, whatever its exponent."""

OVERHEAD_BYTES = 3
"""Of a list or a map, beside one for each of its members."""


def size_of(item: Item) -> int:
    """The size of an item in bytes.

    >>> size_of({"id": {"S": "test"}})
    6
    """
    return sum(len(name.encode()) + size_of_value(value) for name, value in item.items())


def plain(item: Item) -> dict[str, Any]:
    """An item as JSON-able values; sets are sorted lists, bytes are in Base64.

    >>> plain({"id": {"S": "a"}, "total": {"N": "4.20"}})
    {'id': 'a', 'total': 4.2}
    """
    return {name: _plain(value) for name, value in item.items()}


def as_bytes(item: Item) -> dict[str, Any]:
    """An item whose values of type B are bytes, as SDKs show them."""
    return {name: _with_binaries(value, decoded) for name, value in item.items()}


def as_text(item: Item) -> dict[str, Any]:
    """An item whose values of type B are in Base64, as JSON shows them."""
    return {name: _with_binaries(value, encoded) for name, value in item.items()}


def decoded(value: Any) -> bytes:
    """Bytes that may be in Base64."""
    return value if isinstance(value, bytes) else b64decode(value)


def encoded(value: Any) -> str:
    """Base64 of bytes that may be in it already."""
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def size_of_value(value: Attribute) -> int:
    """The size of a value in bytes."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return size_of_number(content)
    if kind == "B":
        return len(decoded(content))
    if kind in ("SS", "NS", "BS"):
        return sum(size_of_value({kind[0]: each}) for each in content)
    if kind == "L":
        return OVERHEAD_BYTES + sum(1 + size_of_value(each) for each in content)
    if kind == "M":
        return OVERHEAD_BYTES + len(content) + size_of(content)
    return 1


@lru_cache(maxsize=4096)
def size_of_number(number: str) -> int:
    """A byte for each pair of significant digits, and one more; a sign adds one.

    The pairs begin at the decimal point.
    """
    exact = _EXACT.create_decimal(number).normalize(_EXACT)
    if not exact:
        return 1
    sign, digits, exponent = exact.as_tuple()
    before = (len(digits) + int(exponent)) % 2
    return 1 + (before + len(digits) + 1) // 2 + sign


@lru_cache(maxsize=4096)
def number_text(number: str) -> str:
    """A number as DynamoDB keeps it: without an exponent, leading and trailing zeros.

    >>> [number_text(each) for each in ("007", "1.50", "1E2", "-0.0", "+.5")]
    ['7', '1.5', '100', '0', '0.5']
    """
    if number.isdecimal() and number[0] != "0":
        return number
    exact = _EXACT.create_decimal(number).normalize(_EXACT)
    return f"{exact:f}" if exact else "0"


def _plain(value: Attribute) -> Any:
    ((kind, content),) = value.items()
    if kind == "N":
        return _number(content)
    if kind == "B":
        return encoded(content)
    if kind in ("SS", "NS", "BS"):
        return sorted(_plain({kind[0]: each}) for each in content)
    if kind == "L":
        return [_plain(each) for each in content]
    if kind == "M":
        return plain(content)
    return None if kind == "NULL" else content


def _number(text: str) -> Any:
    """An int or a float where that says the same, else the text."""
    exact = Decimal(text)
    if exact == exact.to_integral_value():
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else text


def _with_binaries(value: Attribute, form: Any) -> dict[str, Any]:
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: form(content)}
    if kind == "BS":
        return {kind: [form(each) for each in content]}
    if kind == "L":
        return {kind: [_with_binaries(each, form) for each in content]}
    if kind == "M":
        return {kind: {name: _with_binaries(each, form) for name, each in content.items()}}
    return dict(value)
