"""Checks parameters against the limits that the service model states, in AWS's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from harness import wire
from harness.sim.services.service import Params, ServiceError

_LENGTH = {"string", "list", "map", "blob"}


def check(service: str, operation: str, params: Params) -> None:
    """Raise ValidationException for values outside the limits, required ones that lack included.

    https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    """
    problems = list(_checker(service, operation)(params))
    if problems:
        found = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise ServiceError("ValidationException", found + "; ".join(problems))


def invalid(message: str) -> ServiceError:
    """InvalidParameterValueException."""
    return ServiceError("InvalidParameterValueException", message)


@cache
def _checker(service: str, operation: str) -> Callable[[Any], Iterator[str]]:
    shape = wire.service_model(service).operation_model(operation).input_shape
    return lambda params: () if shape is None else _problems(shape, params, "")  # type: ignore[return-value]


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _problems_of_members(shape, value, path)
        return
    constraint = _broken_constraint(shape, value)
    if constraint:
        shown = "" if shape.metadata.get("sensitive") else _shown(value)
        yield f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"
    if shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}.{key}")


def _problems_of_members(shape: Shape, value: Params, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            where = _join(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _join(path, name))


def _broken_constraint(shape: Shape, value: Any) -> str | None:
    limits = shape.metadata
    if limits.get("enum"):
        if value not in limits["enum"]:
            return f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
        return None
    if shape.type_name in _LENGTH:
        return _broken_bound(limits, len(value), "have length ") or _broken_pattern(limits, value)
    if shape.type_name in ("integer", "long", "float", "double"):
        return _broken_bound(limits, value, "have value ")
    return None


def _broken_bound(limits: dict[str, Any], size: float, having: str) -> str | None:
    if "min" in limits and size < limits["min"]:
        return f"Member must {having}greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        return f"Member must {having}less than or equal to {limits['max']}"
    return None


def _broken_pattern(limits: dict[str, Any], value: Any) -> str | None:
    text = limits.get("pattern")
    pattern = _pattern(text) if text and isinstance(value, str) else None
    if pattern is None or pattern.fullmatch(value):
        return None
    return f"Member must satisfy regular expression pattern: {text}"


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:
        return None


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
