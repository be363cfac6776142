"""Conditions of DynamoDB as trees, and what each of them says about an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.sim.services.held.conditions.values import SIZED, Plain, contains, in_order, plain


class LookedAt:
    """One request's names and values, and the item that is looked at: its attributes, or None."""

    def __init__(self, names: Mapping[str, str] | None, values: Mapping[str, Any] | None) -> None:
        self._names, self._values = names or {}, values or {}
        self._read: dict[str, Plain] = {}
        self.attributes: Mapping[str, Any] | None = None

    def name(self, part: str) -> str:
        """The attribute that a part of a path names."""
        return self._names[part] if part[0] == "#" else part

    def value(self, sign: str) -> Plain:
        """The value that stands behind such a sign."""
        if sign not in self._read:
            self._read[sign] = plain(self._values[sign])
        return self._read[sign]


@dataclass(frozen=True, slots=True)
class DocumentPath:
    """A place in an item: names and indices."""

    parts: tuple[str | int, ...]

    def resolved(self, scope: LookedAt) -> tuple[str | int, ...]:
        """The same place without placeholders."""
        return tuple([scope.name(part) if isinstance(part, str) else part for part in self.parts])

    def find(self, scope: LookedAt) -> Any:
        """What moto keeps there, or None."""
        if scope.attributes is None:
            return None
        first: Any = self.parts[0]
        found = scope.attributes.get(scope.name(first) if first[0] == "#" else first)
        for part in self.parts[1:]:
            if found is None:
                break
            if isinstance(part, str):
                found = found.value.get(scope.name(part)) if found.type == "M" else None
            else:
                found = found.value[part] if found.type == "L" and part < len(found.value) else None
        return found

    def read(self, scope: LookedAt) -> Plain | None:
        """What the item has there."""
        found = self.find(scope)
        return None if found is None else plain(found)


@dataclass(frozen=True, slots=True)
class Given:
    """A value of the request."""

    sign: str

    def read(self, scope: LookedAt) -> Plain | None:
        """The value."""
        return scope.value(self.sign)


@dataclass(frozen=True, slots=True)
class Applied:
    """A function."""

    name: str
    arguments: tuple[Operand, ...]

    def read(self, scope: LookedAt) -> Plain | None:
        """The size of something that has one."""
        found = self.arguments[0].read(scope)
        return ("N", len(found[1])) if found is not None and found[0] in SIZED else None

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        first, *others = self.arguments
        if not others:
            is_there = isinstance(first, DocumentPath) and first.find(scope) is not None
            return is_there is (self.name == "attribute_exists")
        found, other = first.read(scope), others[0].read(scope)
        if self.name == "contains":
            return contains(found, other)
        if found is None or other is None:
            return False
        if self.name == "attribute_type":
            return bool(found[0] == other[1])
        return found[0] == other[0] and found[0] in ("S", "B") and found[1].startswith(other[1])


Operand = DocumentPath | Given | Applied


@dataclass(frozen=True, slots=True)
class Compared:
    """Two operands and a comparator. An attribute that isn't there is equal to nothing, another included."""

    how: str
    left: Operand
    right: Operand

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        left, right = self.left.read(scope), self.right.read(scope)
        if self.how not in ("=", "<>"):
            return in_order(self.how, left, right)
        are_equal = left is not None and left == right
        return are_equal is (self.how == "=")


@dataclass(frozen=True, slots=True)
class Between:
    """An operand and two bounds, which count."""

    operand: Operand
    lower: Operand
    upper: Operand

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        value = self.operand.read(scope)
        at_least = in_order(">=", value, self.lower.read(scope))
        return at_least and in_order("<=", value, self.upper.read(scope))


@dataclass(frozen=True, slots=True)
class Within:
    """An operand and those of which it is one."""

    operand: Operand
    choices: tuple[Operand, ...]

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        value = self.operand.read(scope)
        return value is not None and any(value == choice.read(scope) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    condition: Condition

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        return not self.condition.holds(scope)


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions with one word between them, AND or OR."""

    word: str
    conditions: tuple[Condition, ...]

    def holds(self, scope: LookedAt) -> bool:
        """Is it so?"""
        among = all if self.word == "AND" else any
        return among(condition.holds(scope) for condition in self.conditions)


Condition = Applied | Compared | Between | Within | Not | Joined
Node = Operand | Condition
