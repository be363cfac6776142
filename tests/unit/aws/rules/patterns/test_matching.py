"""Events and the patterns that want them, as EventBridge's user guide has them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.patterns import EVENTBRIDGE, LAMBDA, SNS, read


def wants(pattern, event, dialect=EVENTBRIDGE):
    return read(json.dumps(pattern), dialect).wants(event)


@pytest.mark.parametrize(
    ("rule", "wanted", "unwanted"),
    [
        ("Alice", ["Alice", ["Bob", "Alice"]], ["alice", None, 1, {"Alice": 1}]),
        ("", [""], [None, "x"]),
        (None, [None], ["", 0, False, "null"]),
        (True, [True], [1, "true", False]),
        (7, [7, 7.0], ["7", 8, True]),
        (123456789012, [123456789012], [123456789013]),
        ("10.0.0.1", ["10.0.0.1"], ["10.0.0.2"]),
        ("2001:db8::1", ["2001:0db8:0:0:0:0:0:1"], ["2001:db8::2"]),
        ({"exactly": "a"}, ["a"], ["A", 1]),
        ({"prefix": "us-"}, ["us-east-1"], ["eu-us-", 5, None]),
        ({"prefix": ""}, ["", "x"], [5]),
        ({"prefix": {"equals-ignore-case": "US-"}}, ["us-east-1", "Us-1"], ["eu"]),
        ({"suffix": ".png"}, ["a.png"], [".png.jpg", None]),
        ({"suffix": {"equals-ignore-case": ".PNG"}}, ["a.png"], ["a.jpg"]),
        ({"equals-ignore-case": "ALICE"}, ["alice", "Alice"], ["bob", 1]),
        ({"wildcard": "*/bin/*.jar"}, ["/x/bin/y.jar", "/bin/.jar"], ["/x/bin/y.jar2", 5]),
        ({"wildcard": r"a\*b\\"}, ["a*b\\"], ["axb\\"]),
        ({"anything-but": ["rain"]}, ["sun", 5, None, True], ["rain"]),
        ({"anything-but": 123}, ["123", 124], [123, 123.0]),
        ({"anything-but": {"prefix": "ra"}}, ["sun", 5], ["rain"]),
        ({"anything-but": {"prefix": ["ra", "su"]}}, ["snow"], ["rain", "sun"]),
        ({"anything-but": {"suffix": "n"}}, ["snow"], ["rain", "sun"]),
        ({"anything-but": {"equals-ignore-case": ["RAIN", "Sun"]}}, ["snow", None], ["rain", "SUN"]),
        ({"anything-but": {"wildcard": "*a*"}}, ["sun", 3], ["rain"]),
        ({"numeric": ["=", 3.018e2]}, [301.8], [301.81, "301.8", None]),
        ({"numeric": [">", 10, "<=", 20]}, [11, 20, 10.000001], [10, 21, "15", True]),
        ({"numeric": ["<", -5]}, [-6], [-5]),
        ({"numeric": [">=", 10]}, [10, 1e300], [9]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "10.0.0.256", "nowhere", 10, "::1"]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8:1::"], ["2001:db9::", "10.0.0.1"]),
        ({"exists": True}, [1, "", None, False], [{"a": 1}, [], {}]),
        ({"exists": False}, [{"a": 1}, [], {}], [1, "", None, [None]]),
    ],
    ids=str,
)
def test_a_rule_wants_what_the_guide_says(rule, wanted, unwanted):
    assert [value for value in wanted if not wants({"field": [rule]}, {"field": value})] == []
    assert [value for value in unwanted if wants({"field": [rule]}, {"field": value})] == []


def test_a_field_that_is_not_there_matches_only_exists_false():
    assert wants({"a": [{"exists": False}]}, {"b": 1})
    for rule in ("x", None, {"exists": True}, {"anything-but": ["x"]}, {"prefix": ""}):
        assert not wants({"a": [rule]}, {"b": 1})


def test_fields_are_joined_by_and_and_values_by_or():
    pattern = {"a": [1, 2], "b": {"c": ["x", {"prefix": "z"}]}}
    assert wants(pattern, {"a": 2, "b": {"c": "zzz"}})
    assert not wants(pattern, {"a": 2, "b": {"c": "y"}})
    assert not wants(pattern, {"a": 3, "b": {"c": "x"}})


def test_or_joins_several_fields_also_deeper_down():
    pattern = {
        "source": ["shop"],
        "$or": [{"a": [1]}, {"detail": {"x": [1], "$or": [{"y": [1]}, {"z": [{"exists": False}]}]}}],
    }
    assert wants(pattern, {"source": "shop", "a": 1, "detail": {"x": 9}})
    assert wants(pattern, {"source": "shop", "detail": {"x": 1, "y": 1, "z": 0}})
    assert wants(pattern, {"source": "shop", "detail": {"x": 1}})
    assert not wants(pattern, {"source": "shop", "detail": {"x": 1, "z": 0}})
    assert not wants(pattern, {"source": "other", "a": 1})


def test_a_name_with_dots_reaches_into_objects():
    """https://github.com/aws/event-ruler#json-text-matching"""
    for dialect in (EVENTBRIDGE, SNS, LAMBDA):
        assert wants({"a": {"b.c": ["x"]}}, {"a": {"b": {"c": "x"}}}, dialect)
        assert wants({"a": {"b": {"c": ["x"]}}}, {"a.b": {"c": "x"}}, dialect)
        assert not wants({"a.b": ["x"]}, {"a": {"c": "x"}}, dialect)


def test_fields_of_objects_in_a_list_must_be_of_the_same_element():
    """https://github.com/aws/event-ruler#json-array-matching"""
    event = {"items": [{"sku": "a", "n": 1, "tags": ["x", "y"]}, {"sku": "b", "n": 2, "tags": []}]}
    assert wants({"items": {"sku": ["a"], "n": [1]}}, event)
    assert not wants({"items": {"sku": ["a"], "n": [2]}}, event)
    assert wants({"items": {"sku": ["a"], "tags": ["y"]}}, event)
    assert not wants({"items": {"sku": ["b"], "tags": ["y"]}}, event)
    assert wants({"items": {"sku": ["b"], "tags": [{"exists": False}]}}, event)
    assert not wants({"items": {"sku": ["a"], "tags": [{"exists": False}]}}, event)


def test_two_lists_may_match_in_different_elements():
    event = {"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}]}
    assert wants({"a": {"x": [1]}, "b": {"y": [2]}}, event)


def test_lists_inside_lists_are_looked_into():
    event = {"rows": [[{"x": 1, "y": 1}], [{"x": 2, "y": 2}]]}
    assert wants({"rows": {"x": [2], "y": [2]}}, event)
    assert not wants({"rows": {"x": [1], "y": [2]}}, event)


def test_an_event_nested_beyond_reason_is_not_wanted():
    value: object = "x"
    for _ in range(5000):
        value = [value]
    assert not wants({"a": ["y"]}, {"a": value})


def test_sns_compares_numbers_to_five_decimals_within_a_billion():
    """https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"""
    assert wants({"n": [{"numeric": ["=", 1.000001]}]}, {"n": 1.000002}, SNS)
    assert not wants({"n": [{"numeric": ["=", 1.000001]}]}, {"n": 1.000002}, EVENTBRIDGE)
    assert not wants({"n": [{"numeric": [">", 1]}]}, {"n": 2e9}, SNS)
    assert wants({"n": [2e9]}, {"n": 2_000_000_000}, SNS)


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
EVENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


@given(EVENTS)
def test_an_event_is_wanted_for_each_of_its_values(event):
    for path, value in leaves(event):
        pattern: object = [value]
        for name in reversed(path):
            pattern = {name: pattern}
        assert wants(pattern, event)
        assert wants({".".join(path): [value]}, event)


@given(EVENTS, st.sampled_from(["a", "b.x", "c.y.z"]), SCALARS)
def test_a_field_exists_or_it_does_not(event, path, value):
    there, absent = (wants({path: [{"exists": flag}]}, event) for flag in (True, False))
    assert there is not absent
    if wants({path: [value]}, event):
        assert there
