"""Checks parameters against the limits that the service model states, in AWS's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from harness import wire
from harness.sim.services.lambda_.api.patterns import limits_of, listed, pattern_of
from harness.sim.services.service import Params, ServiceError

_SIZED = {"string", "blob", "list", "map"}
_NUMBERS = {"integer", "long", "float", "double"}
_NULL_IS_FINE_IN = {"SubnetIds", "SecurityGroupIds"}


def check(service: str, operation: str, params: Params) -> None:
    """Raise ValidationException for values outside the limits, required ones that lack included.

    https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    """
    problems = list(_checker(service, operation)(params))
    if problems:
        found = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise ServiceError("ValidationException", found + "; ".join(problems))


@cache
def _checker(service: str, operation: str) -> Callable[[Any], Iterator[str]]:
    shape = wire.service_model(service).operation_model(operation).input_shape
    return lambda params: () if shape is None else _problems(shape, params, "")  # type: ignore[return-value]


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _problems_of_members(shape, value, path)
        return
    for constraint in _broken(shape, value):
        yield _told(shape, value, path, constraint)
    if shape.type_name == "list":
        yield from _problems_of_items(shape, value, path)
    elif shape.type_name == "map":
        yield from _problems_of_entries(shape, value, path)


def _problems_of_members(shape: Shape, value: Params, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _join(path, name))


def _problems_of_items(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """A plain item that is wrong is told with its whole list, and with all that its items must satisfy."""
    if shape.member.type_name in ("structure", "list", "map"):
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif any(True for item in value for _ in _broken(shape.member, item)):
        asked = _constraints(shape.member, null=shape.name not in _NULL_IS_FINE_IN)
        yield _told(shape, value, path, f"Member must satisfy constraint: [{asked}]")


def _problems_of_entries(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if any(True for key in value for _ in _broken(shape.key, key)):
        asked = _constraints(shape.key, null=False)
        yield _told(shape, value, path, f"Map keys must satisfy constraint: [{asked}]")
    if shape.value.type_name in ("structure", "list", "map"):
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}.{key}")
    elif any(True for item in value.values() for _ in _broken(shape.value, item)):
        asked = _constraints(shape.value, null=True)
        yield _told(shape, value, path, f"Map value must satisfy constraint: [{asked}]")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """The constraints of a shape that a value doesn't satisfy."""
    limits = limits_of(shape)
    if limits.get("enum"):
        if value not in limits["enum"]:
            yield f"Member must satisfy enum value set: {listed(shape)}"
        return
    pattern = pattern_of(shape)
    fits = not pattern or not isinstance(value, str) or _compiled(pattern).fullmatch(value) is not None
    size, having = _size(shape, value)
    if size is not None and (fits or shape.name != "NamespacedFunctionName"):
        if "max" in limits and size > limits["max"]:
            yield f"Member must {having}less than or equal to {limits['max']}"
        if "min" in limits and size < limits["min"]:
            yield f"Member must {having}greater than or equal to {limits['min']}"
    if not fits:
        yield f"Member must satisfy regular expression pattern: {pattern}"


def _constraints(shape: Shape, *, null: bool) -> str:
    """All that values of a shape must satisfy."""
    limits = limits_of(shape)
    _, having = _size(shape, 0 if shape.type_name in _NUMBERS else "")
    number = float if shape.type_name in ("float", "double") else int
    found = []
    if limits.get("enum"):
        found.append(f"Member must satisfy enum value set: {listed(shape)}")
    else:
        if "max" in limits:
            found.append(f"Member must {having}less than or equal to {number(limits['max'])}")
        if "min" in limits:
            found.append(f"Member must {having}greater than or equal to {number(limits['min'])}")
        if pattern := pattern_of(shape):
            found.append(f"Member must satisfy regular expression pattern: {pattern}")
    return ", ".join([*found, *(["Member must not be null"] if null else [])])


def _size(shape: Shape, value: Any) -> tuple[float | None, str]:
    if shape.type_name in _SIZED:
        return len(value), "have length "
    return (value, "have value ") if shape.type_name in _NUMBERS else (None, "")


def _told(shape: Shape, value: Any, path: str, constraint: str) -> str:
    shown = "" if _is_sensitive(shape) else f" '{_shown(value)}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _is_sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _shown(value: Any) -> str:
    """A value as Java writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(item)}" for key, item in value.items()) + "}"
    return str(value)
