"""Expressions of DynamoDB as AWS reads them, in place of moto's own reading.

moto's reads some of them otherwise or not at all, and stumbles over values that AWS takes. `table_requests`
has checked each of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.comparisons import ConditionExpressionParser, OpDefault
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.key_condition_expression import validate_schema
from moto.dynamodb.responses import DynamoHandler, ProjectionExpressionParser

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions import projection
from harness.sim.services.held.conditions.checks import key_used
from harness.sim.services.held.conditions.keys import key_conditions
from harness.sim.services.held.conditions.nodes import LookedAt
from harness.sim.services.held.conditions.reading import Tree, read
from harness.sim.services.held.conditions.words import Wrong


def read_as_on_aws() -> Replaced:
    """Inside the block moto reads them so."""
    return Replaced(
        (ConditionExpressionParser, "parse", _condition),
        (ProjectionExpressionParser, "parse", _projection),
        (Item, "project", _project),
        (responses, "parse_expression", _keys),
        (DynamoHandler, "query", _checking_keys(DynamoHandler.query)),
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


def _keys(
    key_condition_expression: str,
    expression_attribute_values: dict[str, Any],
    expression_attribute_names: dict[str, str],
    schema: list[dict[str, str]],
) -> Any:
    tree = read(key_condition_expression)
    conditions = _key_conditions(tree, expression_attribute_names, expression_attribute_values)
    return (*validate_schema(conditions, schema), list(tree.names))


def _key_conditions(tree: Tree, names: Any, values: Any) -> Any:
    try:
        return key_conditions(tree, names, values)
    except Wrong as problem:
        raise MockValidationException(str(problem)) from None


def _checking_keys(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""

    def query(handler: Any) -> Any:
        asked = handler.body
        names, values = asked.get("ExpressionAttributeNames"), asked.get("ExpressionAttributeValues") or {}
        backend, table, index = handler.dynamodb_backend, asked["TableName"], asked.get("IndexName")
        if asked.get("FilterExpression"):
            keys = [key["AttributeName"] for key in backend.get_schema(table, index)]
            used = key_used(read(asked["FilterExpression"]), names, keys)
            if used is not None:
                told = f"Primary key attribute: {used}"
                raise MockValidationException(
                    f"Filter Expression can only contain non-primary key attributes: {told}"
                )
        if asked.get("KeyConditionExpression"):
            conditions = _key_conditions(read(asked["KeyConditionExpression"]), names, values)
            _check_types(conditions, backend.get_table(table).attr)
        return usual(handler)

    return query


def _check_types(conditions: Any, defined: list[dict[str, str]]) -> None:
    types = {each["AttributeName"]: each["AttributeType"] for each in defined}
    for name, _, values in conditions:
        if any(types.get(name, kind) != kind for value in values for kind in value):
            raise MockValidationException(
                "One or more parameter values were invalid: "
                "Condition parameter type does not match schema type"
            )
