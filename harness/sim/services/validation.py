"""Checks parameters against the limits that the service model states, in AWS's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from harness import wire
from harness.sim.services.service import Caller, Operation, Params, ServiceError

_SIZED = {"string", "blob", "list", "map"}
_NUMBERS = {"integer", "long", "float", "double"}


@dataclass(frozen=True, eq=False, slots=True)
class Wording:
    """The answers of one service where they differ from botocore's model; by the names of shapes.

    `limits`: of lengths. `orders`: of an enumeration's values, where answers list them in an order of their
    own. `compared`: answers say of these values that nothing matches them, not that they are badly formed.
    `nulls_allowed`: lists whose items may be null. `silent_on_size`: the pattern is told before the length.
    """

    patterns: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    compared: frozenset[str] = frozenset()
    nulls_allowed: frozenset[str] = frozenset()
    silent_on_size: frozenset[str] = frozenset()


AS_MODELLED = Wording()
_LONG, _REMEMBERED = 4_000, 500
"""So many texts of so many characters at most are kept of what was right, as each run deploys the same."""


def check(service: str, operation: str, params: Params, wording: Wording = AS_MODELLED) -> None:
    """Raise ValidationException for values outside the limits, required ones that lack included.

    https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    """
    problems = list(_checker(service, operation, wording)(params))
    if problems:
        found = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise ServiceError("ValidationException", found + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Lack:
    """A member that an operation needs and isn't given, and its type in the model.

    `within` and `item`: it lacks in this item of this list.
    """

    member: str
    type_name: str
    within: str = ""
    item: int = 0


def lacks(service: str, operation: str, params: Params) -> Iterator[Lack]:
    """Members that are needed and not there, of the parameters and of the structures in their lists.

    For services that have other words for it than `check`. SDKs other than Python's send such requests.
    """
    own, of_items = _needed(service, operation)
    for name, type_name in own:
        if params.get(name) is None:
            yield Lack(name, type_name)
    for within, members in of_items:
        for number, item in enumerate(params.get(within) or (), 1):
            for name, type_name in members:
                if item.get(name) is None:
                    yield Lack(name, type_name, within, number)


_Members = tuple[tuple[str, str], ...]


@cache
def _needed(service: str, operation: str) -> tuple[_Members, tuple[tuple[str, _Members], ...]]:
    """The required members of an operation, each with its type, and those of the items of its lists."""
    shape = wire.service_model(service).operation_model(operation).input_shape
    if shape is None:
        return (), ()
    lists = {name: member.member for name, member in shape.members.items() if member.type_name == "list"}
    items = {name: _required(item) for name, item in lists.items() if item.type_name == "structure"}
    return _required(shape), tuple(items.items())


def _required(shape: Shape) -> _Members:
    return tuple((name, shape.members[name].type_name) for name in shape.required_members)


CarriesOut = Callable[[str, Operation, Params, Caller], Params]
"""Checks the parameters of an operation, given by name and function, and carries it out."""


class CheckedOperations(Mapping[str, Operation]):
    """The operations of a service, carried out by `carry`.

    A run calls few of them, so each is put together when it is asked for.
    """

    def __init__(self, carry: CarriesOut, *groups: Mapping[str, Operation]) -> None:
        self._carry = carry
        self._operations = {name: operation for group in groups for name, operation in group.items()}

    def __getitem__(self, name: str) -> Operation:
        return partial(self._carry, name, self._operations[name])

    def __contains__(self, name: object) -> bool:
        return name in self._operations

    def __iter__(self) -> Iterator[str]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)


@cache
def _checker(service: str, operation: str, wording: Wording) -> Callable[[Any], Iterator[str]]:
    shape = wire.service_model(service).operation_model(operation).input_shape
    if shape is None:
        return lambda params: iter(())
    right: set[str] = set()

    def problems(params: Params) -> Iterator[str]:
        shown = repr(params)
        if shown in right:
            return
        found = list(_Check(wording).problems(shape, params, ""))
        yield from found
        if not found and len(shown) < _LONG and len(right) < _REMEMBERED:
            right.add(shown)

    return problems


class _Check:
    """One check of parameters, in the words of one service."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def problems(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if shape.type_name == "structure":
            yield from self._of_members(shape, value, path)
            return
        for constraint in self._broken(shape, value):
            yield _told(shape, value, path, constraint)
        if shape.type_name == "list":
            yield from self._of_items(shape, value, path)
        elif shape.type_name == "map":
            yield from self._of_entries(shape, value, path)

    def _of_members(self, shape: Shape, value: Params, path: str) -> Iterator[str]:
        for name in shape.required_members:
            if name not in value:
                where = _join(path, name)
                yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from self.problems(member, value[name], _join(path, name))

    def _of_items(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        """A plain item that is wrong is told with its whole list, and with all that its items must
        satisfy."""
        if shape.member.type_name in ("structure", "list", "map"):
            for number, item in enumerate(value, 1):
                yield from self.problems(shape.member, item, f"{path}.{number}.member")
        elif any(True for item in value for _ in self._broken(shape.member, item)):
            asked = self._constraints(shape.member, null=shape.name not in self._wording.nulls_allowed)
            yield _told(shape, value, path, f"Member must satisfy constraint: [{asked}]")

    def _of_entries(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if any(True for key in value for _ in self._broken(shape.key, key)):
            asked = self._constraints(shape.key, null=False)
            yield _told(shape, value, path, f"Map keys must satisfy constraint: [{asked}]")
        if shape.value.type_name in ("structure", "list", "map"):
            for key, item in value.items():
                yield from self.problems(shape.value, item, f"{path}.{key}")
        elif any(True for item in value.values() for _ in self._broken(shape.value, item)):
            asked = self._constraints(shape.value, null=True)
            yield _told(shape, value, path, f"Map value must satisfy constraint: [{asked}]")

    def _broken(self, shape: Shape, value: Any) -> Iterator[str]:
        """The constraints of a shape that a value doesn't satisfy."""
        limits = self._limits(shape)
        if limits.get("enum"):
            if value not in limits["enum"]:
                yield f"Member must satisfy enum value set: {self._listed(shape)}"
            return
        pattern = self._pattern(shape)
        fits = not pattern or not isinstance(value, str) or _compiled(pattern).fullmatch(value) is not None
        size, having = _size(shape, value)
        if size is not None and (fits or shape.name not in self._wording.silent_on_size):
            if "max" in limits and size > limits["max"]:
                yield f"Member must {having}less than or equal to {limits['max']}"
            if "min" in limits and size < limits["min"]:
                yield f"Member must {having}greater than or equal to {limits['min']}"
        if not fits:
            yield f"Member must satisfy regular expression pattern: {pattern}"

    def _constraints(self, shape: Shape, *, null: bool) -> str:
        """All that values of a shape must satisfy."""
        limits = self._limits(shape)
        _, having = _size(shape, 0 if shape.type_name in _NUMBERS else "")
        number = float if shape.type_name in ("float", "double") else int
        found = []
        if limits.get("enum"):
            found.append(f"Member must satisfy enum value set: {self._listed(shape)}")
        else:
            if "max" in limits:
                found.append(f"Member must {having}less than or equal to {number(limits['max'])}")
            if "min" in limits:
                found.append(f"Member must {having}greater than or equal to {number(limits['min'])}")
            if pattern := self._pattern(shape):
                found.append(f"Member must satisfy regular expression pattern: {pattern}")
        return ", ".join([*found, *(["Member must not be null"] if null else [])])

    def _limits(self, shape: Shape) -> Mapping[str, Any]:
        """`min` and `max` of a shape's length or value, and its `enum`."""
        if shape.name in self._wording.compared:
            return {}
        return {**shape.metadata, **self._wording.limits.get(shape.name, {})}

    def _pattern(self, shape: Shape) -> str:
        """The pattern of a shape, empty if it has none or one that Python can't read."""
        if shape.name in self._wording.compared:
            return ""
        return _readable(self._wording.patterns.get(shape.name) or shape.metadata.get("pattern") or "")

    def _listed(self, shape: Shape) -> str:
        """The values of an enumeration, as an answer lists them: in the order of a hash set of Java."""
        values = self._wording.orders.get(shape.name) or in_java_order(shape.metadata["enum"])
        return f"[{', '.join(values)}]"


def in_java_order(values: Sequence[str], *, buckets: int = 1) -> list[str]:
    """Values in the order of a hash set or map of Java that begins with so many buckets.

    >>> in_java_order(["BUFFERED", "RESPONSE_STREAM"])
    ['RESPONSE_STREAM', 'BUFFERED']
    """
    while len(values) > 0.75 * buckets:
        buckets *= 2
    return sorted(values, key=lambda value: _spread(value) % buckets)


def _spread(text: str) -> int:
    code = 0
    for character in text:
        code = (31 * code + ord(character)) & 0xFFFFFFFF
    return code ^ (code >> 16)


@cache
def _readable(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        return ""
    return text


def _size(shape: Shape, value: Any) -> tuple[float | None, str]:
    if shape.type_name in _SIZED and isinstance(value, Sized):
        return len(value), "have length "
    return (value, "have value ") if shape.type_name in _NUMBERS else (None, "")


def _told(shape: Shape, value: Any, path: str, constraint: str) -> str:
    shown = "" if _is_sensitive(shape) else f" '{_shown(shape, value)}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _is_sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _shown(shape: Shape, value: Any) -> str:
    """A value as Java writes it, members of a structure in the model's order."""
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(_shown(shape.member, each) for each in value)}]"
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(shape.value, each)}" for key, each in value.items()) + "}"
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        given = [(key, member) for key, member in shape.members.items() if key in value]
        return "{" + ", ".join(f"{key}={_shown(member, value[key])}" for key, member in given) + "}"
    if isinstance(value, bytes | bytearray):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value)
