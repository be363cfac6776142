"""Conditions whose values are of types that their operators don't take, and keys where no key may stand.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from harness.sim.services.held.conditions.nodes import (
    Applied,
    Between,
    Compared,
    DocumentPath,
    Given,
    LookedAt,
    Node,
    Operand,
)
from harness.sim.services.held.conditions.reading import Tree
from harness.sim.services.held.conditions.values import ORDERED, SIZED, in_order, plain
from harness.sim.services.held.conditions.words import Wrong

_TYPES = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
_TEXTS = frozenset(("S", "B"))


def check(tree: Tree, names: Mapping[str, str] | None, values: Mapping[str, Any] | None) -> None:
    """Raises `Wrong`. The names and values that the condition uses are there."""
    scope = LookedAt(names, values)
    for node in tree.typed:
        if isinstance(node, Compared):
            _check_distinct(node.how, (node.left, node.right), scope)
            if node.how not in ("=", "<>"):
                _check_types(node.how, (node.left, node.right), ORDERED, values)
        elif isinstance(node, Applied):
            _check_call(node, scope, values)
        else:
            _check_types("BETWEEN", (node.operand, node.lower, node.upper), ORDERED, values)
            _check_bounds(node, values)


def key_used(tree: Tree, names: Mapping[str, str] | None, keys: Collection[str]) -> str | None:
    """The first of these keys that the condition looks at."""
    scope = LookedAt(names, None)
    heads = [path.resolved(scope)[0] for path in tree.paths]
    return next((str(head) for head in heads if head in keys), None)


def _check_call(call: Applied, scope: LookedAt, values: Mapping[str, Any] | None) -> None:
    _check_distinct(call.name, call.arguments, scope)
    if call.name == "begins_with":
        _check_types(call.name, call.arguments, _TEXTS, values)
    elif call.name == "size":
        _check_types(call.name, call.arguments, SIZED, values)
    elif call.name == "attribute_type":
        kind = _type(call.arguments[1], values)
        if kind != "S":
            raise _of_wrong_type(call.name, kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
        asked = scope.value(_sign(call.arguments[1]))[1]
        if asked not in _TYPES.strip("{}").split(","):
            raise Wrong(f"Invalid attribute type name found; type: {asked}, valid types: {_TYPES}")


def _check_distinct(name: str, operands: tuple[Operand, ...], scope: LookedAt) -> None:
    first, *others = operands
    if not others or not isinstance(first, DocumentPath) or not isinstance(others[0], DocumentPath):
        return
    path = first.resolved(scope)
    if path == others[0].resolved(scope):
        shown = ", ".join(f"[{part}]" if isinstance(part, int) else part for part in path)
        raise Wrong(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {name}, first operand: [{shown}]"
        )


def _check_types(
    name: str, operands: tuple[Operand, ...], taken: Collection[str], values: Mapping[str, Any] | None
) -> None:
    for operand in operands:
        kind = _type(operand, values)
        if kind is not None and kind not in taken:
            raise _of_wrong_type(name, kind)


def _check_bounds(node: Between, values: Mapping[str, Any] | None) -> None:
    if not isinstance(node.lower, Given) or not isinstance(node.upper, Given):
        return
    lower, upper = ((values or {})[bound.sign] for bound in (node.lower, node.upper))
    if plain(lower)[0] != plain(upper)[0]:
        wanted = "requires same data type for lower and upper bounds"
    elif in_order(">", plain(lower), plain(upper)):
        wanted = "requires upper bound to be greater than or equal to lower bound"
    else:
        return
    told = [
        f"{which} bound operand: AttributeValue: {_shown(each)}"
        for which, each in (("lower", lower), ("upper", upper))
    ]
    raise Wrong(f"The BETWEEN operator {wanted}; {', '.join(told)}")


def _shown(value: Mapping[str, Any]) -> str:
    ((kind, held),) = value.items()
    return f"{{{kind}:{held}}}"


def _type(operand: Node, values: Mapping[str, Any] | None) -> str | None:
    """The type of an operand that has the same one whatever the item."""
    if isinstance(operand, Given):
        return str(next(iter((values or {})[operand.sign])))
    return "N" if isinstance(operand, Applied) else None


def _sign(operand: Operand) -> str:
    return operand.sign if isinstance(operand, Given) else ""


def _of_wrong_type(name: str, kind: str) -> Wrong:
    told = f"operator or function: {name}, operand type: {kind}"
    return Wrong(f"Incorrect operand type for operator or function; {told}")
