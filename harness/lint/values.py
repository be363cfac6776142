"""Values of a template as far as they are known before anything is created."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.app.intrinsics import NO_VALUE, CannotResolve, Scope

Path = tuple[str | int, ...]
"""Leads from a resource's properties to a part of them."""


class UnknownValue:
    """A value that comes from elsewhere: a parameter without default, another stack, a macro."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = UnknownValue()


def known(scope: Scope, value: Any) -> Any:
    """The value with its intrinsic functions replaced; `UNKNOWN` stands where that can't be done."""
    if isinstance(value, list):
        return [item for item in (known(scope, part) for part in value) if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            return _chosen(scope, argument)
        if name == "Ref" or str(name).startswith("Fn::"):
            return _resolved(scope, value)
    parts = {key: known(scope, part) for key, part in value.items()}
    return {key: part for key, part in parts.items() if part is not NO_VALUE}


def step(value: Any, *path: str | int) -> Any:
    """The value at the end of a path: None if there is none, `UNKNOWN` if that can't be known."""
    for name in path:
        if isinstance(value, str):
            value = document(value)
        if value is UNKNOWN or value is None:
            return value
        if isinstance(name, int) and isinstance(value, list):
            value = value[name] if name < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(name)
        else:
            return UNKNOWN
    return value


def document(value: Any) -> Any:
    """A document, which may be written as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return UNKNOWN


def number(value: Any, default: float | None = None) -> float | None:
    """A number, which may be written as text; `default` if there is none; None if it can't be known."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e12 else None


def flag(value: Any, default: bool = False) -> bool | None:
    """True or false, which may be written as text; None if it can't be known."""
    if value is None:
        return default
    told = str(value).lower()
    return told == "true" if told in ("true", "false") else None


def items(value: Any) -> list[Any]:
    """A list, one value that stands for a list of one, or `[UNKNOWN]`."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def has_unknown(value: Any) -> bool:
    """Is any part of it unknown?"""
    if isinstance(value, Mapping):
        return any(has_unknown(part) for part in value.values())
    if isinstance(value, list):
        return any(has_unknown(part) for part in value)
    return value is UNKNOWN


def _chosen(scope: Scope, argument: list[Any]) -> Any:
    try:
        holds = scope.condition(argument[0])
    except CannotResolve:
        return UNKNOWN
    return known(scope, argument[1] if holds else argument[2])


def _resolved(scope: Scope, value: Any) -> Any:
    try:
        return scope.resolve(value)
    except CannotResolve:
        return UNKNOWN
