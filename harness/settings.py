"""Frozen settings: checked against their types, and to and from JSON-able data, strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from math import isfinite
from reprlib import repr as shortened
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from harness.near import near

_HINTS: dict[type[Any], dict[str, Any]] = {}


class PlanError(ValueError):
    """A plan, or a fault in it, makes no sense: says where and what is allowed."""


class Checked:
    """Base of frozen dataclasses: refuses values that don't have the type they say. `check` refuses more."""

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            value = getattr(self, name)
            if get_origin(hint) is tuple and isinstance(value, list):
                value = tuple(value)
                object.__setattr__(self, name, value)
            if not fits(hint, value):
                raise PlanError(f"{name}: expected {_spelled(hint)}, found {shortened(value)}")
        self.check()

    def check(self) -> None:
        """Raise `PlanError` if the settings make no sense together."""


def to_data(value: Any) -> dict[str, Any]:
    """Settings as JSON-able data; those left at their default are left out."""
    found = {}
    for field in fields(value):
        setting = getattr(value, field.name)
        if setting != field.default:
            found[field.name] = list(setting) if isinstance(setting, tuple) else setting
    return found


def build(cls: type[Any], data: Mapping[str, Any], where: str) -> Any:
    """Settings read from the form that `to_data` writes, strictly; `where` begins every message."""
    hints = hints_of(cls)
    expect_only(data, set(hints), where)
    for field in fields(cls):
        if field.default is MISSING and field.name not in data:
            raise PlanError(f"{where}: {field.name} is missing")
    settings = {name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()}
    try:
        return cls(**settings)
    except PlanError as problem:
        raise PlanError(f"{where}: {problem}") from None


def _value(hint: Any, value: Any, where: str) -> Any:
    """One setting, read as its type says."""
    found = tuple(value) if get_origin(hint) is tuple and isinstance(value, list) else value
    if not fits(hint, found):
        raise PlanError(f"{where}: expected {_spelled(hint)}, found {shortened(value)}")
    return float(found) if isinstance(found, int) and float in _options(hint) else found


def hints_of(cls: type[Any]) -> dict[str, Any]:
    """The types of a dataclass's fields, looked up once."""
    if cls not in _HINTS:
        hints = get_type_hints(cls)
        _HINTS[cls] = {field.name: hints[field.name] for field in fields(cls)}
    return _HINTS[cls]


def _options(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the one type."""
    return get_args(hint) if NoneType in get_args(hint) else (hint,)


def fits(hint: Any, value: Any) -> bool:
    """Is the value of this type? Whole numbers are numbers, true and false are neither."""
    return any(_is(option, value) for option in _options(hint))


def _is(option: Any, value: Any) -> bool:
    if get_origin(option) is Literal:
        return value in get_args(option)
    if get_origin(option) is tuple:
        return isinstance(value, tuple) and all(fits(get_args(option)[0], part) for part in value)
    if isinstance(value, bool):
        return option is bool
    if option is float:
        return isinstance(value, int | float) and _is_finite(value)
    if option is str:
        return isinstance(value, str) and value.isprintable()
    return isinstance(value, option)


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False


_SPELLED = {
    int: "a whole number",
    float: "a number",
    str: "printable text",
    bool: "true or false",
    NoneType: "null",
}


def _spelled(hint: Any) -> str:
    """A type in words."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(value) for value in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list, each {_spelled(get_args(hint)[0])}"
    options = _options(hint)
    if len(options) > 1:
        return " or ".join(_spelled(option) for option in options)
    return _SPELLED.get(hint, f"a {getattr(hint, '__name__', hint)}")


def read_json(text: str, what: str) -> Any:
    """Parse JSON more strictly than `json` does: no NaN, nothing set twice. Raises `PlanError`."""

    def no_constant(name: str) -> Any:
        raise PlanError(f"{what}: {name} is not a number that JSON knows")

    def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise PlanError(f"{what}: {shortened(twice)} is set twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once_each, parse_constant=no_constant)
    except PlanError:
        raise
    except ValueError as problem:
        raise PlanError(f"{what}: not JSON: {problem}") from None
    except RecursionError:
        raise PlanError(f"{what}: nested too deeply") from None


def expect_object(data: Any, where: str) -> None:
    """Raise `PlanError` unless it is a JSON object."""
    if not isinstance(data, dict):
        raise PlanError(f"{where}: expected an object, found {shortened(data)}")


def expect_only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise `PlanError` if the object has members that aren't known."""
    for name in data:
        if name not in known:
            raise PlanError(f"{where}: unknown setting {shortened(name)}{near(name, known)}")
