"""Conditions about keys, of which DynamoDB takes few.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.sim.services.held.conditions.nodes import (
    Applied,
    Between,
    Compared,
    Condition,
    DocumentPath,
    Given,
    Joined,
    LookedAt,
    Not,
    Operand,
)
from harness.sim.services.held.conditions.reading import Tree
from harness.sim.services.held.conditions.words import Wrong

KeyCondition = tuple[str, str, list[Any]]
"""The key, how it is compared, and the values, as the request gave them."""

_BAD = "Invalid condition in KeyConditionExpression"
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def key_conditions(
    tree: Tree, names: Mapping[str, str] | None, values: Mapping[str, Any]
) -> list[KeyCondition]:
    """The condition of each key. Raises `Wrong`."""
    scope, found = LookedAt(names, values), {}
    for condition in _parts(tree.condition):
        how, operands = _comparison(condition)
        name = _key(how, operands, scope)
        if name in found:
            raise Wrong("KeyConditionExpressions must only contain one condition per key")
        if isinstance(operands[0], Given):
            how = _MIRRORED[how]
        signs = [each.sign for each in operands if isinstance(each, Given)]
        found[name] = (name, how, [values[sign] for sign in signs])
    return list(found.values())


def _parts(condition: Condition) -> tuple[Condition, ...]:
    if not isinstance(condition, Joined) or condition.word != "AND":
        return (condition,)
    return tuple(part for each in condition.conditions for part in _parts(each))


def _comparison(condition: Condition) -> tuple[str, tuple[Operand, ...]]:
    match condition:
        case Compared(how, left, right) if how != "<>":
            return how, (left, right)
        case Between(operand, lower, upper):
            return "BETWEEN", (operand, lower, upper)
        case Applied("begins_with", operands):
            return "begins_with", operands
        case Compared():
            name = condition.how
        case Applied():
            name = condition.name
        case Joined():
            name = condition.word
        case _:
            name = "NOT" if isinstance(condition, Not) else "IN"
    raise Wrong(f"Invalid operator used in KeyConditionExpression: {name}")


def _key(how: str, operands: tuple[Operand, ...], scope: LookedAt) -> str:
    paths = [each for each in operands if isinstance(each, DocumentPath)]
    if any(isinstance(each, Applied) for each in operands):
        raise Wrong("KeyConditionExpressions cannot contain nested operations")
    if any(len(path.parts) > 1 for path in paths):
        raise Wrong("KeyConditionExpressions cannot have conditions on nested attributes")
    if len(paths) > 1:
        raise Wrong(f"{_BAD}: Multiple attribute names used in one condition")
    if not paths:
        raise Wrong(f"{_BAD}: No key attribute specified")
    if how not in _MIRRORED and paths[0] is not operands[0]:
        raise Wrong(f"{_BAD}: {how} operator must have the key attribute as its first operand")
    return str(paths[0].resolved(scope)[0])
