"""Updates of items, carried out on what moto keeps.

All that an update reads it reads in the item as it was; either all actions have their effect, or none.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from moto.dynamodb import models, responses
from moto.dynamodb.exceptions import (
    AttributeDoesNotExist,
    EmptyKeyAttributeException,
    IncorrectDataType,
    InvalidUpdateExpressionInvalidDocumentPath,
    ItemSizeToUpdateTooLarge,
    MockValidationException,
    UpdateHashRangeKeyException,
)
from moto.dynamodb.models.dynamo_type import DynamoType, bytesize
from moto.dynamodb.parsing.expressions import ExpressionAttributeName

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions.nodes import Applied, DocumentPath, Given, LookedAt, Operand
from harness.sim.services.held.conditions.projection import Place
from harness.sim.services.held.conditions.updates import Action, Sum, Update, read
from harness.sim.services.held.conditions.values import plain
from harness.sim.services.held.given_values import OVERFLOW, out_of_range
from harness.sim.services.held.items import LARGEST_ITEM_BYTES
from harness.sim.services.held.keys_given import check_in_indexes

_EXACT = Context(prec=400)
_SCALAR = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed:"
_DIGITS_MAX = 38


def own_updates() -> Replaced:
    """Inside the block moto leaves updates to this module."""
    return Replaced(
        (models, "UpdateExpressionParser", _Reader),
        (responses, "UpdateExpressionParser", _Reader),
        (models, "UpdateExpressionValidator", _Updated),
        (models, "UpdateExpressionExecutor", _Execution),
    )


class _Sign:
    """A name or a value that an expression uses, as moto asks for it."""

    def __init__(self, sign: str) -> None:
        self._sign = sign

    def get_attribute_name_placeholder(self) -> str:
        """The sign of a name."""
        return self._sign

    def get_value_name(self) -> str:
        """The sign of a value."""
        return self._sign


class _Reader:
    """In the place of moto's parser and of its tree."""

    def __init__(self, update: Update) -> None:
        self.update = update

    @classmethod
    def make(cls, expression: str) -> _Reader:
        """Read an expression, which was checked before."""
        return cls(read(expression))

    def find_clauses(self, kinds: list[Any]) -> list[_Sign]:
        """The signs of the names or of the values."""
        signs = self.update.names if ExpressionAttributeName in kinds else self.update.values
        return [_Sign(sign) for sign in signs]


class _Updated:
    """In the place of moto's validator: an item's attributes as they will be."""

    def __init__(
        self,
        expression: _Reader,
        expression_attribute_names: Mapping[str, str] | None,
        expression_attribute_values: Mapping[str, Any] | None,
        item: Any,
        table: Any,
    ) -> None:
        self._update, self._item, self._table = expression.update, item, table
        self._scope = LookedAt(expression_attribute_names, expression_attribute_values)
        self._values = expression_attribute_values or {}
        self._scope.attributes = item.attrs
        self.attributes: dict[str, Any] = dict(item.attrs)
        self._own: set[str] = set()

    def validate(self) -> _Updated:
        """Work the attributes out. Raises errors of moto's."""
        actions = [(action, action.path.resolved(self._scope)) for action in self._update.actions]
        for _, place in actions:
            if place[0] in self._table.table_key_attrs:
                raise UpdateHashRangeKeyException(str(place[0]))
        changes = [(place, self._result(action)) for action, place in actions if self._matters(action)]
        removed = [place for place, value in changes if value is None]
        for place, value in sorted(changes, key=_by_index):
            if value is not None:
                self._check_key(place, value)
                self._put(place, value)
        for place in sorted(removed, key=lambda place: [-part for part in place if isinstance(part, int)]):
            self._remove(place)
        size = sum([bytesize(name) + value.size() for name, value in self.attributes.items()])
        if size > LARGEST_ITEM_BYTES:
            raise ItemSizeToUpdateTooLarge
        return self

    def normalize(self) -> None:
        """moto puts its own trees in order here."""

    def _matters(self, action: Action) -> bool:
        return action.section != "DELETE" or action.path.find(self._scope) is not None

    def _result(self, action: Action) -> Any:
        """What will stand in the place; None: nothing."""
        if action.section == "REMOVE" or action.value is None:
            return None
        if action.section == "SET":
            return self._computed(action.value)
        given = DynamoType(self._values[str(action.value.sign)]) if isinstance(action.value, Given) else None
        found = action.path.find(self._scope)
        if found is None:
            return given
        if given is None or given.type != found.type:
            raise IncorrectDataType
        if given.type == "N":
            return _sum("+", found, given)
        if given.type not in ("SS", "NS", "BS"):
            raise IncorrectDataType
        held = {_element(found, each): each for each in found.value}
        others = {_element(given, each): each for each in given.value}
        if action.section == "ADD":
            return _set(
                found.type, [*found.value, *(each for key, each in others.items() if key not in held)]
            )
        return _set(found.type, [each for key, each in held.items() if key not in others])

    def _computed(self, value: Operand | Sum) -> Any:
        if isinstance(value, Sum):
            return _sum(value.sign, self._computed(value.left), self._computed(value.right))
        if isinstance(value, Given):
            return DynamoType(self._values[value.sign])
        if isinstance(value, DocumentPath):
            found = value.find(self._scope)
            if found is None:
                raise AttributeDoesNotExist
            return copy.deepcopy(found)
        return self._applied(value)

    def _applied(self, call: Applied) -> Any:
        first, second = call.arguments
        if call.name == "if_not_exists":
            is_there = isinstance(first, DocumentPath) and first.find(self._scope) is not None
            return self._computed(first if is_there else second)
        lists = [self._computed(first), self._computed(second)]
        if any(each.type != "L" for each in lists):
            raise IncorrectDataType
        return DynamoType({"L": [*lists[0].value, *lists[1].value]})

    def _check_key(self, place: Place, value: Any) -> None:
        name = str(place[0])
        is_key = any(name in index.schema_key_attrs for index in self._indexes())
        if is_key and len(place) > 1:
            raise MockValidationException(f"{_SCALAR} IndexKey: {name}")
        if is_key and value.type in ("S", "B") and not value.value:
            raise EmptyKeyAttributeException(key_in_index=True)
        if len(place) == 1:
            check_in_indexes(self._table, name, {value.type: value.value})

    def _indexes(self) -> tuple[Any, ...]:
        return (*self._table.global_indexes, *self._table.indexes)

    def _holder(self, place: Place) -> Any:
        """The map or list that a nested place is in, which no other item holds."""
        head = str(place[0])
        if head not in self._own and head in self.attributes:
            self.attributes[head] = copy.deepcopy(self.attributes[head])
            self._own.add(head)
        found = self.attributes.get(head)
        for part in place[1:-1]:
            found = _child(found, part)
        wanted = "M" if isinstance(place[-1], str) else "L"
        if found is None or found.type != wanted:
            raise InvalidUpdateExpressionInvalidDocumentPath
        return found.value

    def _put(self, place: Place, value: Any) -> None:
        if len(place) == 1:
            self.attributes[str(place[0])] = value
            return
        holder, last = self._holder(place), place[-1]
        if isinstance(last, int) and last >= len(holder):
            holder.append(value)
        else:
            holder[last] = value

    def _remove(self, place: Place) -> None:
        if len(place) == 1:
            self.attributes.pop(str(place[0]), None)
            return
        holder, last = self._holder(place), place[-1]
        if isinstance(holder, dict):
            holder.pop(last, None)
        elif isinstance(last, int) and last < len(holder):
            holder.pop(last)


class _Execution:
    """In the place of moto's executor."""

    def __init__(self, updated: _Updated, item: Any, expression_attribute_names: Any) -> None:
        self._updated, self._item = updated, item

    def execute(self) -> None:
        """The item has the new attributes."""
        self._item.attrs.clear()
        self._item.attrs.update(self._updated.attributes)


def _by_index(change: tuple[Place, Any]) -> list[int]:
    """Elements behind the end of a list are appended in the order of their indices."""
    return [part for part in change[0] if isinstance(part, int)]


def _child(found: Any, part: str | int) -> Any:
    if found is None:
        return None
    if isinstance(part, str):
        return found.value.get(part) if found.type == "M" else None
    return found.value[part] if found.type == "L" and part < len(found.value) else None


def _element(of: Any, value: Any) -> Any:
    return plain({of.type[0]: value})


def _set(kind: str, elements: list[Any]) -> Any:
    """A set is never empty: without its last element the attribute is gone."""
    return DynamoType({kind: elements}) if elements else None


def _sum(sign: str, left: Any, right: Any) -> Any:
    if left.type != "N" or right.type != "N":
        raise IncorrectDataType
    one, other = Decimal(left.value), Decimal(right.value)
    found = _EXACT.add(one, other) if sign == "+" else _EXACT.subtract(one, other)
    problem = (
        OVERFLOW if len(found.normalize(_EXACT).as_tuple().digits) > _DIGITS_MAX else out_of_range(found)
    )
    if problem:
        raise MockValidationException(problem)
    return DynamoType({"N": f"{found:f}"})
