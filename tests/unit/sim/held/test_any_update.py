"""Updates made at random change an item as a plain evaluator of their actions does."""

from __future__ import annotations

import contextlib
import copy

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.dynamodb import models
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from harness.sim.services.held.items import quick_items
from harness.sim.services.held.updating import own_updates
from tests.unit.sim.held.test_any_condition import NAMES, PATHS, VALUES, at, path_text

NUMBERS = st.integers(-3, 3).map(lambda number: {"N": str(number)})
SETS = st.sets(st.sampled_from("abc"), min_size=1).map(lambda items: {"SS": sorted(items)})
ITEMS = st.dictionaries(NAMES, VALUES | NUMBERS | SETS, max_size=3)
OPERANDS = st.one_of(
    st.tuples(st.just("path"), PATHS),
    st.tuples(st.just("value"), VALUES | NUMBERS),
    st.tuples(st.just("if_not_exists"), PATHS, VALUES | NUMBERS),
    st.tuples(st.just("list_append"), PATHS, st.lists(NUMBERS, max_size=2)),
)
ACTIONS = st.one_of(
    st.tuples(st.just("SET"), PATHS, OPERANDS),
    st.tuples(st.just("SET"), PATHS, st.tuples(st.sampled_from("+-"), PATHS, NUMBERS)),
    st.tuples(st.just("REMOVE"), PATHS),
    st.tuples(st.just("ADD"), PATHS, NUMBERS | SETS),
    st.tuples(st.just("DELETE"), PATHS, SETS),
)


class Refused(Exception):
    """The reference refuses an update."""


def value_text(value, values):
    sign = f":v{len(values)}"
    values[sign] = value
    return sign


def operand_text(operand, values):
    kind, *rest = operand
    if kind == "value":
        return value_text(rest[0], values)
    path = path_text(rest[0])
    if kind == "path":
        return path
    given = {"L": rest[1]} if kind == "list_append" else rest[1]
    sign = value_text(given, values)
    return f"({path} {kind} {sign})" if kind in "+-" else f"{kind}({path}, {sign})"


def text_of(actions, values):
    sections = {}
    for section, path, *rest in actions:
        told = path_text(path)
        if section == "SET":
            told += f" = {operand_text(rest[0], values)}"
        elif rest:
            told += f" {value_text(rest[0], values)}"
        sections.setdefault(section, []).append(told)
    return "\n".join(f"{section} {', '.join(told)}" for section, told in sections.items())


def computed(operand, item):
    kind, *rest = operand
    if kind == "value":
        return rest[0]
    found = at(item, rest[0])
    if kind == "if_not_exists":
        return rest[1] if found is None else found
    if found is None or (kind == "list_append" and "L" not in found) or (kind in "+-" and "N" not in found):
        raise Refused
    if kind == "path":
        return found
    if kind == "list_append":
        return {"L": [*found["L"], *rest[1]]}
    amount = int(rest[1]["N"])
    return {"N": str(int(found["N"]) + (amount if kind == "+" else -amount))}


def result(action, item):
    """The new value of a place, or None."""
    section, path, *rest = action
    if section == "SET":
        return computed(rest[0], item)
    if section == "REMOVE":
        return None
    found = at(item, path)
    if found is None:
        return rest[0]
    ((kind, given),) = rest[0].items()
    if kind not in found:
        raise Refused
    if kind == "N":
        return {"N": str(int(found["N"]) + int(given))}
    if section == "ADD":
        return {"SS": [*found["SS"], *(each for each in given if each not in found["SS"])]}
    left = [each for each in found["SS"] if each not in given]
    return {"SS": left} if left else None


def updated(actions, item):
    """The reference. No two actions are about one attribute."""
    new = copy.deepcopy(item)
    actions = [action for action in actions if action[0] != "DELETE" or at(item, action[1]) is not None]
    for path, value in [(action[1], result(action, item)) for action in actions]:
        holder, last = new, path[-1]
        if len(path) > 1:
            holder = (at(new, path[:-1]) or {}).get("L" if isinstance(last, int) else "M")
        if holder is None:
            raise Refused
        if isinstance(holder, dict):
            holder.pop(last, None)
            if value is not None:
                holder[last] = value
        elif value is None:
            del holder[last : last + 1]
        else:
            holder[last : last + 1] = [value]
    return new


class Table:
    """A table as far as an update looks at it."""

    table_key_attrs = ("k",)
    attr = indexes = global_indexes = ()


def carried_out(expression, values, item):
    held = Item(DynamoType({"S": "1"}), None, item)
    asked = {"expression_attribute_names": {}, "expression_attribute_values": values}
    tree = models.UpdateExpressionParser.make(expression)
    found = models.UpdateExpressionValidator(tree, item=held, table=Table, **asked).validate()
    models.UpdateExpressionExecutor(found, held, {}).execute()
    return {name: value.to_regular_json() for name, value in held.attrs.items()}


@settings(max_examples=150, deadline=None)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=3, unique_by=lambda action: action[1][0]), item=ITEMS)
def test_an_update_changes_what_its_actions_say(actions, item):
    values = {}
    expression = text_of(actions, values)
    expected = None
    with contextlib.suppress(Refused):
        expected = updated(actions, item)
    found = None
    with quick_items(), own_updates(), contextlib.suppress(MockValidationException):
        found = carried_out(expression, values, item)
    assert found == expected, expression
