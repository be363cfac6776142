"""The checks of the rules of a Choice state.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.sim.services.states.language.choice import OPERATORS
from harness.sim.services.states.language.definition import JSONATA
from harness.sim.services.states.language.problems import Diagnostic, schema
from harness.sim.services.states.language.times import instant

_TOGETHER = ("And", "Or", "Not")
Check = Callable[[Any, str], Iterator[Diagnostic]]


def of_choices(choices: Any, place: str, language: str, check_path: Check) -> Iterator[Diagnostic]:
    """Everything that is wrong with the rules. `check_path` checks a path."""
    if not isinstance(choices, list):
        return
    if not choices:
        yield schema("Array must have at least 1 element", place)
    for index, rule in enumerate(choices):
        here = f"{place}[{index}]"
        if not isinstance(rule, dict):
            yield schema("Expected value of type Object", here)
            continue
        required = ("Condition", "Next") if language == JSONATA else ("Next",)
        missing = [name for name in required if name not in rule]
        if missing:
            yield schema(f"These fields are required: [{', '.join(missing)}]", here)
        if language != JSONATA:
            yield from _rule(rule, here, check_path)


def _rule(rule: Any, place: str, check_path: Check) -> Iterator[Diagnostic]:
    if not isinstance(rule, dict):
        yield schema("Expected value of type Object", place)
        return
    operators = [name for name in rule if name in OPERATORS or name in _TOGETHER]
    if len(operators) > 1:
        yield schema(f"Only one of [{', '.join(operators)}] is allowed", place)
        return
    if operators and operators[0] in _TOGETHER:
        yield from _together(operators[0], rule[operators[0]], place, check_path)
        return
    if "Variable" not in rule:
        yield schema("These fields are required: [Variable]", place)
    else:
        yield from check_path(rule["Variable"], f"{place}/Variable")
    if not operators:
        yield schema("A comparison operator is required", place)
    else:
        yield from _operand(operators[0], rule[operators[0]], f"{place}/{operators[0]}", check_path)


def _together(operator: str, given: Any, place: str, check_path: Check) -> Iterator[Diagnostic]:
    """The rules that And, Or and Not put together."""
    if operator == "Not":
        yield from _rule(given, f"{place}/Not", check_path)
        return
    if not isinstance(given, list):
        yield schema("Expected value of type Array", f"{place}/{operator}")
        return
    if not given:
        yield schema("Array must have at least 1 element", f"{place}/{operator}")
    for index, member in enumerate(given):
        yield from _rule(member, f"{place}/{operator}[{index}]", check_path)


def _operand(operator: str, value: Any, place: str, check_path: Check) -> Iterator[Diagnostic]:
    """The value that an operator compares with, which has the operator's type."""
    if operator.endswith("Path"):
        yield from check_path(value, place)
    elif operator.startswith("Timestamp"):
        if instant(value) is None:
            yield schema("Value is not a valid ISO-8601 extended offset date-time", place)
    else:
        word, types = next(each for start, each in _TYPES.items() if operator.startswith(start))
        if not isinstance(value, types) or isinstance(value, bool) != (word == "Boolean"):
            yield schema(f"Expected value of type {word}", place)


_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "String": ("String", (str,)),
    "Numeric": ("Number", (int, float)),
    "Boolean": ("Boolean", (bool,)),
    "Is": ("Boolean", (bool,)),
}
