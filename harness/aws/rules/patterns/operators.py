"""The operators of the pattern language as tests of a value.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from .dialects import Dialect
from .matching import ValueRule

Operand = str | float
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


class BadOperand(ValueError):
    """An operator can't take that; the text is AWS's."""


def exactly(dialect: Dialect, wanted: Any) -> ValueRule:
    """The very value. Numbers are equal as numbers, addresses as addresses."""
    if isinstance(wanted, str):
        address = _address(wanted)
        if address is not None:
            return ValueRule(lambda value: isinstance(value, str) and _address(value) == address)
        return ValueRule(lambda value: isinstance(value, str) and value == wanted)
    if isinstance(wanted, bool) or wanted is None:
        return ValueRule(lambda value: value is wanted)
    return ValueRule(partial(_equal_numbers, dialect, wanted))


def numeric(dialect: Dialect, bounds: Sequence[tuple[str, float]]) -> ValueRule:
    """Numbers within bounds."""
    compared = [(_COMPARISONS[operator], _in_range(dialect, bound)) for operator, bound in bounds]

    def holds(value: Any) -> bool:
        number = dialect.comparable(value)
        return number is not None and all(compare(number, bound) for compare, bound in compared)

    return ValueRule(holds)


def anything_but(dialect: Dialect, values: Sequence[Operand]) -> ValueRule:
    """Any value but these."""
    for value in values:
        if not isinstance(value, str):
            _in_range(dialect, value)
    excluded = [exactly(dialect, value).holds for value in values]
    return ValueRule(lambda value: not any(holds(value) for holds in excluded), excludes=True)


def anything_like(operator: str, operands: Sequence[str]) -> ValueRule:
    """Any value but those that match an operator with one of these."""
    excluded = [text(operator, operand).holds for operand in operands]
    return ValueRule(lambda value: not any(holds(value) for holds in excluded), excludes=True)


def text(operator: str, operand: str, *, fold: bool = False) -> ValueRule:
    """Texts that begin or end so, are equal but for case, or match a wildcard. `fold`: case doesn't count."""
    if operator == "wildcard":
        return ValueRule(partial(_like, wildcard_pieces(operand)))
    test = _TEXT_TESTS[operator]
    if fold or operator == "equals-ignore-case":
        wanted = operand.lower()
        return ValueRule(lambda value: isinstance(value, str) and test(value.lower(), wanted))
    return ValueRule(lambda value: isinstance(value, str) and test(value, operand))


def exists(dialect: Dialect) -> ValueRule:
    """Any value, whatever it is."""
    if dialect.nothing_is_no_content:
        return ValueRule(lambda value: value is not None and value != "")
    return ValueRule(lambda value: True)


def cidr(block: str) -> ValueRule:
    """Addresses of a block."""
    network = _network(block)

    def holds(value: Any) -> bool:
        address = _address(value) if isinstance(value, str) else None
        return address is not None and address in network

    return ValueRule(holds)


def wildcard_pieces(pattern: str) -> list[str]:
    r"""The literal texts between the wildcards of a pattern. Raises `BadOperand`.

    >>> wildcard_pieces(r"a*b\*c")
    ['a', 'b*c']
    """
    pieces, at = [""], 0
    while at < len(pattern):
        letter, following = pattern[at], pattern[at + 1 : at + 2]
        if letter == "\\":
            if following not in ("*", "\\"):
                raise BadOperand(f"Invalid escape character at pos {_position(pattern, at)}")
            pieces[-1] += following
            at += 1
        elif letter == "*":
            if following == "*":
                raise BadOperand(f"Consecutive wildcard characters at pos {_position(pattern, at)}")
            pieces.append("")
        else:
            pieces[-1] += letter
        at += 1
    return pieces


def _position(pattern: str, at: int) -> int:
    """As AWS counts: in bytes, and with a quotation mark before the text."""
    return len(pattern[:at].encode()) + 1


def _like(pieces: Sequence[str], value: Any) -> bool:
    """Do these pieces stand in a text in this order, the first at its beginning, the last at its end?"""
    if not isinstance(value, str):
        return False
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return value == first
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    position, end = len(first), len(value) - len(last)
    for piece in pieces[1:-1]:
        found = value.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return position <= end


def _equal_numbers(dialect: Dialect, wanted: float, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    one, other = dialect.comparable(wanted), dialect.comparable(value)
    return value == wanted if one is None or other is None else one == other


def _in_range(dialect: Dialect, number: float) -> float:
    comparable = dialect.comparable(number)
    if comparable is None and dialect.number_max is None:
        raise BadOperand(f"Cannot compare number: {number}")
    if comparable is None:
        bound = f"{(dialect.number_max or 0) / 1e9}E9"
        raise BadOperand(f"Value must be between -{bound} and {bound}, inclusive")
    return comparable


def _address(value: str) -> IPv4Address | IPv6Address | None:
    if not _ADDRESS.fullmatch(value):
        return None
    try:
        return ip_address(value)
    except ValueError:
        return None


def _network(block: str) -> IPv4Network | IPv6Network:
    address, *more = block.rstrip("/").split("/")
    if len(more) != 1:
        raise BadOperand("Malformed CIDR, one '/' required")
    bits = more[0]
    if not re.fullmatch(r"[+-]?[0-9]+", bits):
        raise BadOperand("Malformed CIDR, mask bits must be an integer")
    if int(bits) < 0:
        raise BadOperand("Malformed CIDR, mask bits must not be negative")
    if _address(address) is None:
        what = "Invalid" if _ADDRESS.fullmatch(address) else "Nonstandard"
        raise BadOperand(f"{what} IP address: {address}")
    most = 32 if "." in address else 128
    if int(bits) >= most:
        raise BadOperand(f"IPv{4 if most == 32 else 6} mask bits must be < {most}")
    return ip_network(f"{address}/{int(bits)}", strict=False)


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "exactly": str.__eq__,
    "equals-ignore-case": str.__eq__,
}
