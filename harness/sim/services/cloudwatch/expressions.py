"""Metric math: arithmetic over metrics, period by period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

Series = dict[float, float]
"""The values of a metric by the beginnings of its periods."""
_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

_KNOWN = (ast.Name, ast.Load, ast.Constant, ast.UnaryOp, ast.USub, ast.BinOp, *_ARITHMETIC)


class NotComputable(ValueError):
    """This is no expression that can be computed; the text says why."""


def computed(expression: str, known: Mapping[str, Series]) -> Series:
    """The values of an expression over series that are known by ids, in each period that all of them have.

    What is divided by zero has no value. Raises `NotComputable`.

    >>> computed("100 * errors / runs", {"errors": {0.0: 1.0, 60.0: 0.0}, "runs": {0.0: 4.0, 120.0: 2.0}})
    {0.0: 25.0}
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotComputable("it can't be read") from None
    if not all(isinstance(node, _KNOWN) for node in ast.walk(tree)):
        raise NotComputable("it is more than arithmetic")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    unknown = sorted(names - known.keys())
    if unknown or not names:
        raise NotComputable(f"there is no metric {unknown[0]}" if unknown else "it names no metric")
    found = {}
    for at in sorted(set.intersection(*(set(known[name]) for name in names))):
        try:
            found[at] = _value(tree, {name: known[name][at] for name in names})
        except ZeroDivisionError:
            continue
    return found


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=operation, right=right):
            return _ARITHMETIC[type(operation)](_value(left, values), _value(right, values))
    raise NotComputable("it is more than arithmetic")
