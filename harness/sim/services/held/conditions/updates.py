"""Update expressions: what each action does, to which place, with which value.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.sim.services.held.conditions.nodes import Applied, DocumentPath, Given, Operand
from harness.sim.services.held.conditions.reading import ARGUMENTS, check_reserved, read_path
from harness.sim.services.held.conditions.words import COMPARATOR, END, VALUE, WORD, WordReader, Wrong

DEEPEST = 30
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_TYPES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}
_TAKEN = {"ADD": frozenset(("N", "SS", "NS", "BS")), "DELETE": frozenset(("SS", "NS", "BS"))}


@dataclass(frozen=True, slots=True)
class Sum:
    """Two numbers, added or subtracted."""

    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a section. `value` is None for REMOVE alone."""

    section: str
    path: DocumentPath
    value: Operand | Sum | None


@dataclass(frozen=True, slots=True)
class Update:
    """An update expression that was read."""

    actions: tuple[Action, ...]
    names: tuple[str, ...]
    values: tuple[str, ...]


@lru_cache(maxsize=1024)
def read(expression: str) -> Update:
    """Raises `Wrong`."""
    words = WordReader(expression)
    sections: dict[str, list[Action]] = {}
    while words.next.kind != END or not sections:
        section = words.expect(WORD).text.upper()
        if section not in _SECTIONS:
            raise words.unexpected(1)
        if section in sections:
            raise Wrong(f'The "{section}" section can only be used once in an update expression;')
        sections[section] = [_action(section, words)]
        while words.skip(","):
            sections[section].append(_action(section, words))
    actions = tuple(action for some in sections.values() for action in some)
    nodes = [node for action in actions for node in _nodes(action)]
    for node in nodes:
        if isinstance(node, Applied):
            _check_function(node)
    parts = [part for node in nodes if isinstance(node, DocumentPath) for part in node.parts]
    names = [part for part in parts if isinstance(part, str)]
    check_reserved(names)
    signs = tuple(node.sign for node in nodes if isinstance(node, Given))
    return Update(actions, tuple(name for name in names if name[0] == "#"), signs)


def _action(section: str, words: WordReader) -> Action:
    path = read_path(words)
    if section == "REMOVE":
        return Action(section, path, None)
    if section != "SET":
        return Action(section, path, Given(words.expect(VALUE).text))
    if words.next.text != "=":
        raise words.unexpected()
    words.expect(COMPARATOR)
    return Action(section, path, _value(words, 0))


def _value(words: WordReader, depth: int) -> Operand | Sum:
    first = _grouped(words, depth)
    if words.next.kind not in ("+", "-"):
        return first
    sign = words.take().text
    second = _grouped(words, depth)
    if isinstance(first, Sum) or isinstance(second, Sum):
        raise words.unexpected()
    return Sum(sign, first, second)


def _grouped(words: WordReader, depth: int) -> Operand | Sum:
    if depth > DEEPEST:
        raise Wrong("The expression is nested too deep")
    if not words.skip("("):
        return _operand(words, depth)
    found = _value(words, depth + 1)
    words.expect(")")
    return found


def _operand(words: WordReader, depth: int) -> Operand:
    if words.next.kind == VALUE:
        return Given(words.take().text)
    if words.next.kind != WORD or not words.follows("("):
        return read_path(words)
    name = words.take().text
    words.expect("(")
    arguments = [_grouped(words, depth + 1)]
    while words.skip(","):
        arguments.append(_grouped(words, depth + 1))
    words.expect(")")
    operands = tuple(each for each in arguments if not isinstance(each, Sum))
    if len(operands) < len(arguments):
        raise words.unexpected()
    return Applied(name, operands)


def _nodes(action: Action) -> Iterator[Operand]:
    yield action.path
    values = (action.value.left, action.value.right) if isinstance(action.value, Sum) else (action.value,)
    for value in values:
        if value is not None:
            yield from _within(value)


def _within(operand: Operand) -> Iterator[Operand]:
    yield operand
    if isinstance(operand, Applied):
        for argument in operand.arguments:
            yield from _within(argument)


def _check_function(call: Applied) -> None:
    if call.name not in ("if_not_exists", "list_append"):
        if call.name in ARGUMENTS:
            raise Wrong(f"The function is not allowed in an update expression; function: {call.name}")
        raise Wrong(f"Invalid function name; function: {call.name}")
    count = len(call.arguments)
    if count != 2:
        told = f"operator or function: {call.name}, number of operands: {count}"
        raise Wrong(f"Incorrect number of operands for operator or function; {told}")
    if call.name == "if_not_exists" and not isinstance(call.arguments[0], DocumentPath):
        raise Wrong(f"Operator or function requires a document path; operator or function: {call.name}")


def check(update: Update, values: Mapping[str, Any] | None) -> None:
    """Raises `Wrong` where a value is of a type that an action doesn't take."""
    for action in update.actions:
        if action.section in _TAKEN and isinstance(action.value, Given):
            kind = _type(action.value, values)
            if kind not in _TAKEN[action.section]:
                raise Wrong(
                    "Incorrect operand type for operator or function; "
                    f"operator: {action.section}, operand type: {_TYPES.get(str(kind), kind)}, "
                    f"typeSet: ALLOWED_FOR_{action.section}_OPERAND"
                )
        if isinstance(action.value, Sum):
            for operand in (action.value.left, action.value.right):
                _check_type(action.value.sign, operand, "N", values)
        for node in _nodes(action):
            if isinstance(node, Applied) and node.name == "list_append":
                for operand in node.arguments:
                    _check_type(node.name, operand, "L", values)


def _check_type(name: str, operand: Operand, wanted: str, values: Mapping[str, Any] | None) -> None:
    kind = _type(operand, values)
    if kind not in (None, wanted):
        told = f"operator or function: {name}, operand type: {kind}"
        raise Wrong(f"Incorrect operand type for operator or function; {told}")


def _type(operand: Operand, values: Mapping[str, Any] | None) -> str | None:
    if isinstance(operand, Given):
        return str(next(iter((values or {})[operand.sign])))
    return "L" if isinstance(operand, Applied) and operand.name == "list_append" else None
