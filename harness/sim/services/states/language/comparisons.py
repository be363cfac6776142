"""The comparisons of a path's filters, as Jayway's JSONPath makes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.sim.services.states.language.steps import is_number

UNDEFINED = object()
"""The value of a path that leads nowhere."""

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": re.UNICODE}


@dataclass(frozen=True)
class PathPattern:
    """A regular expression of a filter."""

    expression: re.Pattern[str]

    @classmethod
    def of(cls, text: str, flags: str) -> PathPattern:
        """Raises `ValueError`."""
        try:
            return cls(re.compile(text, sum(_FLAGS[each] for each in sorted(set(flags)))))
        except (re.error, KeyError) as problem:
            raise ValueError(f"/{text}/{flags} is no regular expression") from problem

    def matches(self, value: Any) -> bool:
        """Does the whole of a text match, or one of a list?"""
        if isinstance(value, list):
            return any(self.matches(each) for each in value)
        return isinstance(value, str | int | float) and self.expression.fullmatch(_text(value)) is not None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(left: Any, right: Any) -> bool:
    if left is UNDEFINED or right is UNDEFINED:
        return False
    if is_number(left) and isinstance(right, str):
        return bool(_number(right) == left)
    if isinstance(left, str) and is_number(right):
        return bool(left == _text(right))
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(left: Any, right: Any) -> bool:
        alike = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        return alike and compare(left, right)

    return holds


def _among(value: Any, values: Any) -> bool:
    return isinstance(values, list) and any(_equal(value, each) for each in values)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _among(right, left)


def _matches(left: Any, right: Any) -> bool:
    if isinstance(right, PathPattern):
        return right.matches(left)
    return isinstance(left, PathPattern) and left.matches(right)


def _size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list) and is_number(right) and len(left) == right


def _empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list) and isinstance(right, bool) and (not left) == right


def _all_among(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_among(each, right) for each in left)


def _one_among(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and any(_among(each, right) for each in left)


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<=": _ordered(lambda left, right: bool(left <= right)),
    ">=": _ordered(lambda left, right: bool(left >= right)),
    "<": _ordered(lambda left, right: bool(left < right)),
    ">": _ordered(lambda left, right: bool(left > right)),
    "=~": _matches,
    "in": _among,
    "nin": lambda left, right: not _among(left, right),
    "contains": _contains,
    "all": lambda left, right: _all_among(right, left),
    "subsetof": _all_among,
    "anyof": _one_among,
    "noneof": lambda left, right: (
        isinstance(left, list) and isinstance(right, list) and not _one_among(left, right)
    ),
    "size": _size,
    "empty": _empty,
}
