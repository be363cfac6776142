"""Filter patterns, as Lambda's developer guide has them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.filter_criteria import read_filter, wants_record
from harness.aws.rules.patterns import PatternError

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))


def pattern(**fields):
    return read_filter(json.dumps(fields))


@pytest.mark.parametrize(
    ("rule", "wanted", "unwanted"),
    [
        (None, [None], ["", 0, False, "null"]),
        ("", [""], [None, "x"]),
        ("Alice", ["Alice", ["Bob", "Alice"]], ["alice", None, 1]),
        (7, [7, 7.0], ["7", 8, True]),
        (True, [True], [1, "true", False]),
        ({"equals-ignore-case": "ALICE"}, ["alice", "Alice"], ["bob", 1]),
        ({"anything-but": ["rain"]}, ["sun", 5], ["rain"]),
        ({"anything-but": "rain"}, ["sun"], ["rain"]),
        ({"anything-but": {"prefix": "ra"}}, ["sun"], ["rain"]),
        ({"numeric": ["=", 100]}, [100, 100.0], [101, "100", None]),
        ({"numeric": [">", 10, "<=", 20]}, [11, 20], [10, 21, "15", True]),
        ({"exists": True}, [1, "", None, False], [{"a": 1}]),
        ({"prefix": "us-"}, ["us-east-1"], ["eu-us-", 5, None]),
        ({"suffix": ".png"}, ["a.png"], [".png.jpg", None]),
        ({"prefix": {"equals-ignore-case": "US-"}}, ["us-east-1", "Us-1"], ["eu"]),
    ],
)
def test_a_rule_wants_what_the_guide_says(rule, wanted, unwanted):
    made = pattern(field=[rule])
    assert [value for value in wanted if not made.pattern.wants({"field": value})] == []
    assert [value for value in unwanted if made.pattern.wants({"field": value})] == []


def test_an_absent_field_exists_only_for_exists_false():
    assert pattern(a=[{"exists": False}]).pattern.wants({"b": 1})
    assert not pattern(a=[{"exists": False}]).pattern.wants({"a": 1})
    for rule in ("x", None, {"exists": True}, {"anything-but": ["x"]}, {"prefix": ""}):
        assert not pattern(a=[rule]).pattern.wants({"b": 1})


def test_fields_are_joined_by_and_values_by_or():
    made = pattern(a=[1, 2], b={"c": ["x"]})
    assert made.pattern.wants({"a": 2, "b": {"c": "x"}})
    assert not made.pattern.wants({"a": 2, "b": {"c": "y"}})
    assert not made.pattern.wants({"a": 3, "b": {"c": "x"}})


def test_or_joins_several_fields():
    made = read_filter('{"$or": [{"a": [1]}, {"b": [1]}], "c": [1]}')
    assert made.pattern.wants({"a": 1, "c": 1})
    assert made.pattern.wants({"b": 1, "c": 1})
    assert not made.pattern.wants({"c": 1})
    assert not made.pattern.wants({"a": 1, "b": 1})


@pytest.mark.parametrize(
    "text",
    [
        "null",
        '"simple string"',
        "{}",
        "[]",
        '{"a": "x"}',
        '{"a": []}',
        '{"a": [[1]]}',
        '{"a": [{"unknown": 1}]}',
        '{"a": [{"prefix": "a", "suffix": "b"}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"anything-but": []}]}',
        '{"$or": [{"a": [1]}]}',
        '{"a": [{"prefix": 1}]}',
        "{",
        '{"a": ["' + "x" * 5000 + '"]}',
    ],
)
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(PatternError):
        read_filter(text)


@pytest.mark.parametrize(
    ("wanted", "body", "passes"),
    [
        ({"body": {"size": [5]}}, '{"size": 5}', True),
        ({"body": {"size": [5]}}, '{"size": 6}', False),
        ({"body": {"size": [5]}}, "plain", False),
        ({"body": {"size": [5]}}, "[5]", False),
        ({"body": ["plain"]}, "plain", True),
        ({"body": ["plain"]}, '{"size": 5}', False),
        ({"eventSource": ["aws:sqs"]}, "anything", True),
        ({"eventSource": ["aws:sns"]}, "anything", False),
    ],
)
def test_the_body_is_read_as_json_if_the_pattern_is(wanted, body, passes):
    record = {"body": body, "eventSource": "aws:sqs"}
    assert wants_record([read_filter(json.dumps(wanted))], record) is passes


def test_one_of_several_filters_is_enough_and_no_filter_wants_all():
    filters = [read_filter('{"body": {"a": [1]}}'), read_filter('{"body": {"b": [1]}}')]
    assert wants_record(filters, {"body": '{"b": 1}'})
    assert not wants_record(filters, {"body": '{"c": 1}'})
    assert wants_record([], {"body": "x"})


@given(VALUES)
def test_any_json_is_a_pattern_or_refused(value):
    try:
        made = read_filter(json.dumps(value))
    except PatternError:
        return
    assert isinstance(made.pattern.wants({}), bool)


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name != "$or"), SCALARS, min_size=1), VALUES)
def test_a_pattern_of_an_events_own_values_wants_it_and_no_event_breaks_one(event, other):
    made = read_filter(json.dumps({name: [value] for name, value in event.items()}))
    assert made.pattern.wants(event)
    assert isinstance(made.pattern.wants(other), bool)
