"""Expressions of DynamoDB as AWS reads them, in place of moto's own reading.

moto's reads some of them otherwise or not at all, and stumbles over values that AWS takes. `table_requests`
has checked each of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser, OpDefault
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.responses import ProjectionExpressionParser

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions import projection
from harness.sim.services.held.conditions.nodes import LookedAt
from harness.sim.services.held.conditions.reading import Tree, read
from harness.sim.services.held.conditions.words import Wrong


def read_as_on_aws() -> Replaced:
    """Inside the block moto reads them so."""
    return Replaced(
        (ConditionExpressionParser, "parse", _condition),
        (ProjectionExpressionParser, "parse", _projection),
        (Item, "project", _project),
    )


class _Asked:
    """A condition of one request, as moto asks it about items."""

    def __init__(self, tree: Tree, parser: Any) -> None:
        self._condition, self._parser = tree.condition, parser
        self._scope: LookedAt | None = None

    def expr(self, item: Any) -> bool:
        """Does it hold for this item, or for none?"""
        if self._scope is None:
            self._scope = LookedAt(
                self._parser.expression_attribute_names, self._parser.expression_attribute_values
            )
        self._scope.attributes = None if item is None else item.attrs
        return self._condition.holds(self._scope)


def _condition(parser: Any) -> Any:
    if not parser.condition_expression:
        return OpDefault(None, None)
    tree = read(parser.condition_expression)
    parser.expr_attr_names_found = [*tree.names]
    parser.expr_attr_values_found = [*tree.values]
    return _Asked(tree, parser)


def _projection(parser: Any) -> list[projection.Place]:
    if not parser.projection_expression:
        return []
    paths = projection.read(parser.projection_expression)
    parts = [part for path in paths for part in path.parts if isinstance(part, str)]
    parser.expr_attr_names_found = [part for part in parts if part[0] == "#"]
    try:
        return projection.places(paths, parser.expression_attribute_names)
    except Wrong as problem:
        raise MockValidationException(f"Invalid ProjectionExpression: {problem}") from None


def _project(item: Any, wanted: list[projection.Place]) -> Any:
    return Item(item.hash_key, item.range_key, projection.picked(item.attrs, wanted))
