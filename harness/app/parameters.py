"""A template's parameters: given values, defaults, and what is allowed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.app.intrinsics import CannotResolve, text_of
from harness.app.problems import Problems
from harness.app.template import Template, TemplateError
from harness.near import near


def parameters_of(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter's value. Raises `TemplateError` for those that are missing, unknown or not allowed."""
    declared = template.data.get("Parameters") or {}
    problems, values = Problems(template.path), {}
    for name in given:
        if name not in declared:
            told = f"there is no parameter {name!r}{near(name, declared)}"
            with problems.noted():
                raise TemplateError(template.path, "Parameters", told)
    unread = unread_parameters(template, given)
    for name in declared:
        if name not in unread:
            with problems.noted():
                values[name] = _value(template, name, declared[name], given)
    problems.tell()
    return values


def unread_parameters(template: Template, given: Mapping[str, Any]) -> dict[str, str]:
    """Parameters that Parameter Store would have the value of, and what to do about it: {name: why}.

    That is no error until something refers to one: every template of the CDK has one that nothing uses.
    """
    return {
        name: "it is read from Parameter Store, which is empty before the app is deployed; "
        f'pass its value: deploy(…, parameters={{"{name}": "…"}})'
        for name, declared in (template.data.get("Parameters") or {}).items()
        if name not in given
        and isinstance(declared, dict)
        and str(declared.get("Type")).startswith("AWS::SSM::Parameter")
    }


def _value(template: Template, name: str, declared: Any, given: Mapping[str, Any]) -> Any:
    where = f"Parameters.{name}"
    if not isinstance(declared, dict) or not isinstance(declared.get("Type"), str):
        raise template.error(where, "Type is missing")
    kind: str = declared["Type"]
    if not re.fullmatch(r"String|Number|CommaDelimitedList|List<[\w:]+>|AWS::[\w:]+(<[\w:<>]+>)?", kind):
        raise template.error(where, f"{kind!r} is no type of a parameter; String is the usual one")
    if name not in given and "Default" not in declared:
        raise template.error(where, f'has no default; pass one: deploy(…, parameters={{"{name}": "…"}})')
    value = given.get(name, declared.get("Default"))
    try:
        items = _items(kind, value)
    except CannotResolve as unfit:
        raise template.error(where, str(unfit)) from None
    for item in items:
        problem = _problem(declared, kind, item)
        if problem:
            raise template.error(where, f"{problem}, found {item!r}")
    if _is_list(kind):
        return items
    return _number(items[0]) if kind == "Number" else items[0]


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or "List<" in kind


def _items(kind: str, value: Any) -> list[str]:
    if not _is_list(kind):
        return [text_of(value)]
    if isinstance(value, list):
        return [text_of(item) for item in value]
    return [item.strip() for item in text_of(value).split(",")]


def _problem(declared: Mapping[str, Any], kind: str, value: str) -> str:
    """The problem of a value; empty if there is none."""
    if kind in ("Number", "List<Number>") and _number(value) is None:
        return "expected a number"
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list):
        choices = [text_of(item) if isinstance(item, str | int | float) else repr(item) for item in allowed]
        if value not in choices:
            return f"expected one of {', '.join(choices)}"
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str) and kind != "Number":
        try:
            if not re.fullmatch(pattern, value):
                return str(declared.get("ConstraintDescription") or f"must match {pattern}")
        except (re.error, RecursionError, OverflowError) as problem:
            return f"AllowedPattern is no regular expression ({problem})"
    return _out_of_range(declared, kind, value)


def _out_of_range(declared: Mapping[str, Any], kind: str, value: str) -> str:
    numeric = kind in ("Number", "List<Number>")
    size = _number(value) if numeric else len(value)
    low, high = ("MinValue", "MaxValue") if numeric else ("MinLength", "MaxLength")
    for bound, sign in ((low, 1), (high, -1)):
        limit = _number(declared.get(bound))
        if limit is not None and size is not None and sign * size < sign * limit:
            return f"{bound} is {declared[bound]}"
    return ""


def _number(value: Any) -> int | float | None:
    try:
        return int(str(value))
    except ValueError:
        pass
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
