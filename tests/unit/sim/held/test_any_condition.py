"""Conditions made at random say about an item what a plain evaluator of their parts says."""

from __future__ import annotations

import contextlib

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness.sim.services.held.conditions.checks import check
from harness.sim.services.held.conditions.nodes import LookedAt
from harness.sim.services.held.conditions.projection import picked, places
from harness.sim.services.held.conditions.projection import read as read_projection
from harness.sim.services.held.conditions.reading import read
from harness.sim.services.held.conditions.words import Wrong

SCALARS = st.one_of(
    st.sampled_from(["", "a", "ab", "b"]).map(lambda text: {"S": text}),
    st.integers(-2, 2).map(lambda number: {"N": str(number)}),
    st.sampled_from([b"a", b"ab"]).map(lambda data: {"B": data}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.sets(st.sampled_from(["a", "ab", "b"]), min_size=1).map(lambda items: {"SS": sorted(items)}),
    st.sets(st.integers(-1, 1), min_size=1).map(lambda items: {"NS": [str(item) for item in sorted(items)]}),
)
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: {"L": items}),
        st.dictionaries(NAMES, inner, max_size=3).map(lambda items: {"M": items}),
    ),
    max_leaves=6,
)
ITEMS = st.none() | st.dictionaries(NAMES, VALUES, max_size=3)
PATHS = st.tuples(NAMES, st.lists(NAMES | st.integers(0, 2), max_size=2)).map(
    lambda parts: (parts[0], *parts[1])
)

OPERANDS = st.one_of(
    PATHS.map(lambda path: ("path", path)),
    SCALARS.map(lambda value: ("value", value)),
    PATHS.map(lambda path: ("size", path)),
)
COMPARATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
SIMPLE = st.one_of(
    st.tuples(COMPARATORS, OPERANDS, OPERANDS),
    st.tuples(st.just("BETWEEN"), OPERANDS, OPERANDS, OPERANDS),
    st.tuples(st.just("IN"), OPERANDS, st.lists(OPERANDS, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["attribute_exists", "attribute_not_exists"]), PATHS),
    st.tuples(st.sampled_from(["begins_with", "contains"]), PATHS, SCALARS),
    st.tuples(st.just("attribute_type"), PATHS, st.sampled_from(["S", "N", "L", "M", "SS"])),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
    ),
    max_leaves=5,
)


class Text:
    """A condition as text, and its values."""

    def __init__(self):
        self.values = {}

    def value(self, value):
        sign = f":v{len(self.values)}"
        self.values[sign] = value
        return sign

    def operand(self, operand):
        kind, held = operand
        if kind == "value":
            return self.value(held)
        return path_text(held) if kind == "path" else f"size ({path_text(held)})"

    def condition(self, made):
        kind, *rest = made
        if kind in ("AND", "OR"):
            return f"({self.condition(rest[0])})\n{kind.lower()} ({self.condition(rest[1])})"
        if kind == "NOT":
            return f"NOT ({self.condition(rest[0])})"
        if kind == "BETWEEN":
            one, lower, upper = map(self.operand, rest)
            return f"{one} BETWEEN {lower} AND ({upper})"
        if kind == "IN":
            return f"{self.operand(rest[0])} IN({', '.join(map(self.operand, rest[1]))})"
        if kind.startswith("attribute_") and kind != "attribute_type":
            return f"{kind}({path_text(rest[0])})"
        if kind in ("begins_with", "contains", "attribute_type"):
            value = rest[1] if isinstance(rest[1], dict) else {"S": rest[1]}
            return f"{kind}({path_text(rest[0])},{self.value(value)})"
        return f"({self.operand(rest[0])}){kind}{self.operand(rest[1])}"


def path_text(path):
    return path[0] + "".join(f" [{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])


def comparable(value):
    """A type and what is compared of a value."""
    ((kind, held),) = value.items()
    if kind == "N":
        return kind, int(held)
    if kind in ("SS", "NS"):
        return kind, sorted(map(int, held)) if kind == "NS" else sorted(held)
    if kind == "L":
        return kind, [comparable(each) for each in held]
    if kind == "M":
        return kind, sorted((name, comparable(each)) for name, each in held.items())
    return kind, held


def at(item, path):
    found = (item or {}).get(path[0])
    for part in path[1:]:
        inner = (found or {}).get("L" if isinstance(part, int) else "M")
        if inner is None:
            return None
        held = inner if isinstance(part, str) else dict(enumerate(inner))
        found = held.get(part)
    return found


def looked_up(operand, item):
    kind, held = operand
    if kind == "value":
        return comparable(held)
    found = at(item, held)
    if found is None:
        return None
    if kind == "path":
        return comparable(found)
    ((of, inside),) = found.items()
    return None if of in ("N", "BOOL", "NULL") else ("N", len(inside))


def ordered(how, left, right):
    if left is None or right is None or left[0] != right[0] or left[0] not in "SNB":
        return False
    order = (left[1] > right[1]) - (left[1] < right[1])
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[how]


def said(made, item):
    """The reference: the documentation's sentences, one by one."""
    kind, *rest = made
    if kind == "AND":
        return said(rest[0], item) and said(rest[1], item)
    if kind == "OR":
        return said(rest[0], item) or said(rest[1], item)
    if kind == "NOT":
        return not said(rest[0], item)
    if kind == "BETWEEN":
        one, lower, upper = (looked_up(each, item) for each in rest)
        return ordered(">=", one, lower) and ordered("<=", one, upper)
    if kind == "IN":
        one = looked_up(rest[0], item)
        return one is not None and one in [looked_up(each, item) for each in rest[1]]
    if kind in ("attribute_exists", "attribute_not_exists"):
        return (at(item, rest[0]) is None) == (kind == "attribute_not_exists")
    if kind in ("=", "<>"):
        one, other = looked_up(rest[0], item), looked_up(rest[1], item)
        return (one is not None and one == other) == (kind == "=")
    if kind not in ("begins_with", "contains", "attribute_type"):
        return ordered(kind, looked_up(rest[0], item), looked_up(rest[1], item))
    found = at(item, rest[0])
    if found is None:
        return False
    ((of, held),) = found.items()
    if kind == "attribute_type":
        return of == rest[1]
    ((other, part),) = rest[1].items()
    if kind == "begins_with":
        return of == other and of in "SB" and held[: len(part)] == part
    if of in "SB":
        return of == other and part in held
    if of == "L":
        return comparable(rest[1]) in map(comparable, held)
    return of == f"{other}S" and part in held


def outcome(made, text, item):
    scope = LookedAt({}, text.values)
    scope.attributes = None if item is None else stored(item)
    return read(made).condition.holds(scope)


def stored(item):
    """Attributes as moto keeps them."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    return {name: DynamoType(value) for name, value in item.items()}


@settings(max_examples=150, deadline=None)
@given(made=CONDITIONS, item=ITEMS)
def test_a_condition_holds_where_its_parts_do(made, item):
    text = Text()
    expression = text.condition(made)
    with contextlib.suppress(Wrong):  # of a type that is refused at once; it has a meaning all the same
        check(read(expression), {}, text.values)
    assert outcome(expression, text, item) is said(made, item), expression


@settings(max_examples=60, deadline=None)
@given(item=st.dictionaries(NAMES, VALUES, max_size=3), wanted=st.lists(PATHS, min_size=1, max_size=3))
def test_a_projection_holds_what_is_there_of_each_path(item, wanted):
    expression = " , ".join(map(path_text, wanted))
    try:
        found = picked(stored(item), places(read_projection(expression), {}))
    except Wrong:
        assert any(
            (one != other and set(one[:1]) == set(other[:1])) or wanted.count(one) > 1
            for one in wanted
            for other in wanted
        )
        return
    assert bool(found) == any(at(item, path) is not None for path in wanted)
    for name in found:
        assert any(path[0] == name and at(item, path) is not None for path in wanted)
    for path in wanted:
        if len(path) == 1 and path[0] in item:
            assert found[path[0]].to_regular_json() == item[path[0]]


def refused(call, **asked):
    """The code and the message of a refusal, or nothing."""
    try:
        call(**asked)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


WORDS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "#n",
            ":v",
            ":w",
            "(",
            ")",
            "[",
            "]",
            ",",
            ".",
            "=",
            "<>",
            "<",
            "<=",
            ">",
            ">=",
            "-",
            "é",
        ),
        *(
            "AND",
            "or",
            "NOT",
            "IN",
            "between",
            "size",
            "contains",
            "begins_with",
            "0",
            "1",
            "'x'",
            "name",
            "!",
        ),
        *("SET a = :v", "REMOVE b", "ADD b :v", "DELETE", "+", "list_append(a, :v)", "if_not_exists(b, :w)"),
        *("attribute_exists(a)", "a = :v", "b <> :w", "size(a) < :v", "attribute_type(b, :v)"),
    ]
)
FIELDS = st.sampled_from(
    ["ConditionExpression", "FilterExpression", "ProjectionExpression", "UpdateExpression"]
)


@pytest.fixture(scope="module")
def table():
    with harness.Simulator(seed=1):
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=FIELDS, words=st.lists(WORDS, max_size=9), held=VALUES, values=st.tuples(VALUES, VALUES))
def test_any_expression_is_answered_or_refused_in_aws_s_words(table, field, words, held, values):
    expression = " ".join(words)
    item = {"k": {"S": "1"}, "a": held}
    table.put_item(TableName="items", Item=item)
    asked = {"TableName": "items", field: expression}
    signs = dict(zip((":v", ":w"), values, strict=True))
    if used := {sign: value for sign, value in signs.items() if sign in words}:
        asked["ExpressionAttributeValues"] = used
    if "#n" in words:
        asked["ExpressionAttributeNames"] = {"#n": "a"}
    if field == "ConditionExpression":
        code, *_ = refused(table.put_item, Item=item, **asked)
    elif field == "UpdateExpression":
        code, *_ = refused(table.update_item, Key={"k": {"S": "1"}}, **asked)
    else:
        code, *_ = refused(table.scan, **asked)
    assert code in ("", "ValidationException", "ConditionalCheckFailedException")
