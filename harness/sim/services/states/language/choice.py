"""The rules of Choice states.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any

from harness.sim.services.states.language import errors, jsonata, jsonpath
from harness.sim.services.states.language.definition import JSONATA, ChoiceRule, StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.paths import BadPath, NoSuchPath
from harness.sim.services.states.language.roots import rooted
from harness.sim.services.states.language.scope import StateScope
from harness.sim.services.states.language.text import kind_of
from harness.sim.services.states.language.times import instant

ORDERS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"LessThanEquals": le, "GreaterThanEquals": ge, "LessThan": lt, "GreaterThan": gt, "Equals": eq}
)
COMPARED = ("String", "Numeric", "Boolean", "Timestamp")

TESTS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "IsNull": lambda value: value is None,
        "IsNumeric": lambda value: kind_of(value) == "number",
        "IsString": lambda value: isinstance(value, str),
        "IsBoolean": lambda value: isinstance(value, bool),
        "IsTimestamp": lambda value: instant(value) is not None,
    }
)

OPERATORS = frozenset(
    {
        "IsPresent",
        "StringMatches",
        *TESTS,
        *(
            f"{kind}{order}{path}"
            for kind in COMPARED
            for order in ORDERS
            for path in ("", "Path")
            if kind != "Boolean" or order == "Equals"
        ),
    }
)
"""Every operator that a rule of a JSONPath state can have."""


def first_match(state: StateDefinition, scope: StateScope) -> ChoiceRule | None:
    """The first rule that is true."""
    for index, rule in enumerate(state.choices):
        if state.query_language == JSONATA:
            applies = _condition(rule.raw["Condition"], scope, f"Choices[{index}]/Condition")
        else:
            applies = _true(rule.raw, scope)
        if applies:
            return rule
    return None


def _condition(condition: Any, scope: StateScope, field: str) -> bool:
    if isinstance(condition, bool):
        return condition
    if not isinstance(condition, str) or not jsonata.is_expression(condition):
        raise jsonata.unexpected(str(condition), field, ("boolean",), condition)
    expression = jsonata.expression_in(condition)
    return bool(jsonata.evaluate(expression, scope, field, expected=("boolean",)))


def _true(rule: Mapping[str, Any], scope: StateScope) -> bool:
    if "And" in rule:
        return all(_true(member, scope) for member in rule["And"])
    if "Or" in rule:
        return any(_true(member, scope) for member in rule["Or"])
    if "Not" in rule:
        return not _true(rule["Not"], scope)
    operator = next((name for name in rule if name in OPERATORS), None)
    if operator is None:
        raise StateError(errors.RUNTIME, "A choice rule has no comparison operator")
    if operator == "IsPresent":
        return _present(rule["Variable"], scope) is bool(rule[operator])
    return _compare(operator, jsonpath.get(rule["Variable"], scope, "Variable"), rule[operator], scope)


def _present(path: str, scope: StateScope) -> bool:
    try:
        rooted(path, scope)
    except (NoSuchPath, BadPath):
        return False
    return True


def _compare(operator: str, value: Any, given: Any, scope: StateScope) -> bool:
    if operator in TESTS:
        return TESTS[operator](value) is given
    if operator == "StringMatches":
        return isinstance(value, str) and _pattern(given).fullmatch(value) is not None
    if operator.endswith("Path"):
        operator, given = operator.removesuffix("Path"), jsonpath.get(given, scope, "Variable")
    kind = next(kind for kind in COMPARED if operator.startswith(kind))
    one, other = _of_kind(kind, value), _of_kind(kind, given)
    return one is not None and other is not None and ORDERS[operator.removeprefix(kind)](one, other)


def _of_kind(kind: str, value: Any) -> Any:
    """The value as it is compared, None if it is of another kind: then no comparison is true."""
    if kind == "Timestamp":
        return instant(value)
    return value if kind_of(value) == {"Numeric": "number"}.get(kind, kind.lower()) else None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """A "*" stands for any characters, unless a backslash is before it."""
    parts = re.split(r"(\\.|\*)", text, flags=re.DOTALL)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(re.sub(r"\\([*\\])", r"\1", part)) for part in parts),
        re.DOTALL,
    )
