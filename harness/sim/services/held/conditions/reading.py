"""From the text of a condition to its tree. A condition says the same each time, so it is read once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeGuard

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from harness.cloud import Unsupported
from harness.sim.services.held.conditions.nodes import (
    Applied,
    Between,
    Compared,
    Condition,
    DocumentPath,
    Given,
    Joined,
    Node,
    Not,
    Operand,
    Within,
)
from harness.sim.services.held.conditions.words import (
    COMPARATOR,
    END,
    NAME,
    NUMBER,
    VALUE,
    WORD,
    WordReader,
    Wrong,
)

DEEPEST = 300
"""As many operators as an expression may have. Each term that `boto3` joins nests those before it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""
_CALLS_MAX = 10_000
ARGUMENTS = {
    **dict.fromkeys(("attribute_exists", "attribute_not_exists", "size"), 1),
    **dict.fromkeys(("attribute_type", "begins_with", "contains"), 2),
}
_AFTER_OPERANDS = (COMPARATOR, "BETWEEN", "IN")


@dataclass(frozen=True, slots=True)
class Group:
    """An operand or a condition in parentheses."""

    inner: Node | Group


@dataclass(frozen=True, slots=True)
class Tree:
    """A condition that was read: its paths, the nodes that DynamoDB refuses for some values, and the signs of
    names and values in the order they stand."""

    condition: Condition
    paths: tuple[DocumentPath, ...]
    typed: tuple[Applied | Compared | Between, ...]
    names: tuple[str, ...]
    values: tuple[str, ...]


@lru_cache(maxsize=1024)
def read(expression: str) -> Tree:
    """Raises `Wrong`, and `Unsupported` for one that is nested too deep."""
    reader = _Reader(WordReader(expression))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _CALLS_MAX))
    try:
        found = reader.either()
    finally:
        sys.setrecursionlimit(limit)
    condition = reader.condition(found)
    reader.words.expect(END)
    nodes = tuple(_all(condition))
    if reader.is_redundant:
        raise Wrong("The expression has redundant parentheses;")
    _check_functions(condition, nodes)
    paths = tuple(node for node in nodes if isinstance(node, DocumentPath))
    parts = [part for path in paths for part in path.parts if isinstance(part, str)]
    check_reserved(parts)
    return Tree(
        condition,
        paths,
        tuple(node for node in nodes if isinstance(node, Compared | Between) or _is_typed(node)),
        tuple(part for part in parts if part[0] == "#"),
        tuple(node.sign for node in nodes if isinstance(node, Given)),
    )


class _Reader:
    def __init__(self, words: WordReader) -> None:
        self.words = words
        self.is_redundant = False
        self._depth = 0

    def either(self) -> Node | Group:
        """Conditions joined by OR, or whatever stands there alone."""
        return self._joined("OR", self._both)

    def _both(self) -> Node | Group:
        return self._joined("AND", self._negated)

    def _joined(self, word: str, read_part: Callable[[], Node | Group]) -> Node | Group:
        first = read_part()
        if self.words.next.kind != word:
            return first
        parts = [*self._parts(word, first)]
        while self.words.skip(word):
            parts += self._parts(word, read_part())
        return Joined(word, tuple(parts))

    def _parts(self, word: str, found: Node | Group) -> tuple[Condition, ...]:
        condition = self.condition(found)
        if isinstance(condition, Joined) and condition.word == word:
            return condition.conditions
        return (condition,)

    def _negated(self) -> Node | Group:
        count = 0
        while self.words.skip("NOT"):
            count += 1
        found = self._compared()
        for _ in range(min(count, 1 + (count + 1) % 2)):
            found = Not(self.condition(found))
        return found

    def _compared(self) -> Node | Group:
        left = self._grouped() if self.words.next.kind == "(" else self._leaf()
        if self.words.next.kind not in _AFTER_OPERANDS:
            return left
        operand, word = self._as_operand(left), self.words.take()
        if word.kind == COMPARATOR:
            return Compared(word.text, operand, self._operand())
        if word.kind == "IN":
            self.words.expect("(")
            return Within(operand, self._operands())
        lower = self._operand()
        self.words.expect("AND")
        return Between(operand, lower, self._operand())

    def _grouped(self) -> Group:
        self.words.expect("(")
        with self._deeper():
            inner = self.either()
        self.words.expect(")")
        self.is_redundant |= isinstance(inner, Group)
        return Group(inner)

    def condition(self, found: Node | Group) -> Condition:
        """What was found, if it is a condition. Raises `Wrong` otherwise."""
        while isinstance(found, Group):
            found = found.inner
        if isinstance(found, DocumentPath | Given):
            raise self.words.unexpected()
        return found

    def _as_operand(self, found: Node | Group) -> Operand:
        while isinstance(found, Group):
            found = found.inner
        if not isinstance(found, Operand):
            raise self.words.unexpected()
        return found

    def _operand(self) -> Operand:
        if self.words.next.kind == "(":
            return self._as_operand(self._grouped())
        return self._leaf()

    def _operands(self) -> tuple[Operand, ...]:
        with self._deeper():
            found = [self._operand()]
            while self.words.skip(","):
                found.append(self._operand())
        self.words.expect(")")
        return tuple(found)

    def _leaf(self) -> Operand:
        if self.words.next.kind == WORD and self.words.follows("("):
            name = self.words.take().text
            self.words.expect("(")
            return Applied(name, self._operands())
        if self.words.next.kind == VALUE:
            return Given(self.words.take().text)
        return read_path(self.words)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unsupported(f"the simulator reads expressions with at most {DEEPEST} levels")
        yield
        self._depth -= 1


def read_path(words: WordReader) -> DocumentPath:
    """The path that comes next. Raises `Wrong`."""
    parts: list[str | int] = [words.expect(WORD, NAME).text]
    while True:
        if words.skip("."):
            parts.append(words.expect(WORD, NAME).text)
        elif words.skip("["):
            parts.append(int(words.expect(NUMBER).text))
            words.expect("]")
        else:
            return DocumentPath(tuple(parts))


def check_reserved(parts: Iterable[str]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"""
    for part in parts:
        if part.upper() in _reserved():
            raise Wrong(f"Attribute name is a reserved keyword; reserved keyword: {part}")


@cache
def _reserved() -> frozenset[str]:
    return frozenset(ReservedKeywords.get_reserved_keywords())


def _all(node: Node) -> Iterator[Node]:
    yield node
    for inner in _inside(node):
        yield from _all(inner)


def _inside(node: Node) -> tuple[Node, ...]:
    match node:
        case Applied():
            return node.arguments
        case Compared():
            return (node.left, node.right)
        case Between():
            return (node.operand, node.lower, node.upper)
        case Within():
            return (node.operand, *node.choices)
        case Not():
            return (node.condition,)
        case Joined():
            return node.conditions
    return ()


def _is_typed(node: Node) -> TypeGuard[Applied]:
    return isinstance(node, Applied) and node.name not in ("attribute_exists", "attribute_not_exists")


def _check_functions(condition: Condition, nodes: tuple[Node, ...]) -> None:
    calls = [node for node in nodes if isinstance(node, Applied)]
    for call in calls:
        if call.name not in ARGUMENTS:
            raise Wrong(f"Invalid function name; function: {call.name}")
    _check_places(condition, nodes)
    for call in calls:
        count = len(call.arguments)
        if count != ARGUMENTS[call.name]:
            told = f"operator or function: {call.name}, number of operands: {count}"
            raise Wrong(f"Incorrect number of operands for operator or function; {told}")
        if call.name.startswith("attribute_") and not isinstance(call.arguments[0], DocumentPath):
            told = f"operator or function: {call.name}"
            raise Wrong(f"Operator or function requires a document path; {told}")


def _check_places(condition: Condition, nodes: tuple[Node, ...]) -> None:
    """`size` is an operand, and each other function a condition."""
    as_conditions: list[Node] = [condition]
    as_operands: list[Node] = []
    for node in nodes:
        (as_conditions if isinstance(node, Not | Joined) else as_operands).extend(_inside(node))
    for node in as_conditions:
        if isinstance(node, Applied) and node.name == "size":
            raise _misused(node)
    for node in as_operands:
        if isinstance(node, Applied) and node.name != "size":
            raise _misused(node)


def _misused(call: Applied) -> Wrong:
    return Wrong(f"The function is not allowed to be used this way in an expression; function: {call.name}")
