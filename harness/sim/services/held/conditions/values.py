"""Values of DynamoDB made comparable: pairs of a type and a value of Python.

Two pairs are equal if DynamoDB takes their values for equal: of one type, numbers by what they amount to,
sets whatever their order, documents by all they hold.
"""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

Plain = tuple[str, Any]

ORDERED = frozenset(("S", "N", "B"))
SIZED = frozenset(("S", "B", "SS", "NS", "BS", "L", "M"))


def plain(value: Any) -> Plain:
    """The pair for a value that a request or an item holds.

    >>> plain({"N": "1.0"}) == plain({"N": "1"})
    True
    >>> plain({"L": [{"S": "a"}]})
    ('L', (('S', 'a'),))
    """
    if type(value) is DynamoType:
        kind, held = value.type, value.value
    else:
        ((kind, held),) = value.items()
    if kind == "N":
        return kind, Decimal(held)
    if kind == "B":
        return kind, as_bytes(held)
    if kind == "SS":
        return kind, frozenset(held)
    if kind == "NS":
        return kind, frozenset(map(Decimal, held))
    if kind == "BS":
        return kind, frozenset(map(as_bytes, held))
    if kind == "L":
        return kind, tuple([plain(each) for each in held])
    if kind == "M":
        return kind, {name: plain(each) for name, each in held.items()}
    return kind, held


def as_bytes(value: Any) -> bytes:
    """A binary value, which moto keeps as text where it came as text."""
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)


def in_order(how: str, left: Plain | None, right: Plain | None) -> bool:
    """Is `left` before or after `right`, as a comparator asks? Values of two types are in no order."""
    if left is None or right is None or left[0] != right[0] or left[0] not in ORDERED:
        return False
    if how == "<":
        return bool(left[1] < right[1])
    if how == "<=":
        return bool(left[1] <= right[1])
    if how == ">":
        return bool(left[1] > right[1])
    return bool(left[1] >= right[1])


def contains(whole: Plain | None, part: Plain | None) -> bool:
    """Does a text hold the other one, or a set or list such an element?"""
    if whole is None or part is None:
        return False
    if whole[0] == "L":
        return part in whole[1]
    if whole[0] in ("S", "B"):
        return whole[0] == part[0] and part[1] in whole[1]
    return whole[0] == f"{part[0]}S" and part[1] in whole[1]
