"""The variables that each state refers to, as DescribeStateMachine lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.sim.services.states.language import intrinsics, jsonata, jsonpath
from harness.sim.services.states.language.definition import JSONATA, MachineDefinition, StateDefinition, parse
from harness.sim.services.states.language.roots import VARIABLE

_NESTED = frozenset({"Branches", "ItemProcessor", "Iterator"})
_TEMPLATES = frozenset(
    {
        "Arguments",
        "Assign",
        "BatchInput",
        "Credentials",
        "ItemSelector",
        "Parameters",
        "ResultSelector",
    }
)
_BARE_PATHS = frozenset({"Variable"})
_JSONATA_NAME = re.compile(r"(?<![\w$])\$([^\W\d]\w*)")
_JSONATA_OWN = re.compile(r"\$([^\W\d]\w*)\s*:=|function\s*\(([^)]*)\)|λ\s*\(([^)]*)\)")
_JSONATA_SKIPPED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|/\*.*?\*/""", re.DOTALL)


def variable_references(definition: str | Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of variables by the state that mentions them; states that mention none are left out."""
    named = {state.name: sorted(set(_of_state(state))) for state in _states(parse(definition))}
    return {name: variables for name, variables in sorted(named.items()) if variables}


def names_in_path(text: str) -> list[str]:
    """The variables of a path, or of an intrinsic function's call."""
    if jsonpath.is_intrinsic(text):
        try:
            paths = intrinsics.paths_in(intrinsics.parse(text))
        except intrinsics.BadCall:
            return []
    else:
        paths = [text]
    return [match[1] for path in paths if (match := VARIABLE.match(path))]


def names_in_expression(expression: str) -> list[str]:
    """The variables of a JSONata expression: neither functions that it calls nor names that it binds."""
    text = _JSONATA_SKIPPED.sub("''", expression)
    own = {"states"}
    for match in _JSONATA_OWN.finditer(text):
        own.update(name.strip(" $") for group in match.groups() if group for name in group.split(","))
    return [
        match[1]
        for match in _JSONATA_NAME.finditer(text)
        if match[1] not in own and not text[match.end() :].lstrip().startswith("(")
    ]


def _states(machine: MachineDefinition) -> Iterator[StateDefinition]:
    for state in machine.states.values():
        yield state
        for nested in (*state.branches, *((state.processor,) if state.processor else ())):
            yield from _states(nested)


def _of_state(state: StateDefinition) -> Iterator[str]:
    fields = {name: value for name, value in state.raw.items() if name not in _NESTED}
    if state.query_language == JSONATA:
        for text in _texts(fields):
            if jsonata.is_expression(text):
                yield from names_in_expression(jsonata.expression_in(text))
    else:
        yield from _in_fields(fields)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for member in _members(value):
        yield from _texts(member)


def _members(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _in_fields(value: Any) -> Iterator[str]:
    """The variables in the fields that hold paths, and in templates."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            if name in _TEMPLATES:
                yield from _in_template(member)
            elif isinstance(member, str) and (name.endswith("Path") or name in _BARE_PATHS):
                yield from names_in_path(member)
            elif name != "Result":
                yield from _in_fields(member)
    elif isinstance(value, list):
        for member in value:
            yield from _in_fields(member)


def _in_template(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            if name.endswith(".$") and isinstance(member, str):
                yield from names_in_path(member)
            else:
                yield from _in_template(member)
    elif isinstance(value, list):
        for member in value:
            yield from _in_template(member)
