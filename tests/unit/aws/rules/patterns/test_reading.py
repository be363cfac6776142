"""Patterns that AWS refuses, and its words for why. Places as recorded on AWS, October 2025."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.patterns import EVENTBRIDGE, LAMBDA, PIPES, SNS, PatternError, read


def complaint(pattern, dialect=EVENTBRIDGE):
    with pytest.raises(PatternError) as caught:
        read(pattern if isinstance(pattern, str) else json.dumps(pattern), dialect)
    return caught.value


NOT_AN_OPERAND = "Value of anything-but must be an array or single string/number value."


@pytest.mark.parametrize(
    ("pattern", "reason", "column"),
    [
        ({"n": 42}, '"n" must be an object or an array', 9),
        ({"a": []}, "Empty arrays are not allowed", 9),
        ({"a": {}}, "Empty objects are not allowed", 9),
        ({"a": [["x"]]}, "Match value must be String, number, true, false, or null", 9),
        ({"a": [{}]}, "Match expression name not found", 10),
        ({"a": [{"EXISTS": True}]}, "Unrecognized match type EXISTS", 23),
        ({"a": [{"suffix": "x", "prefix": "y"}]}, "Only one key allowed in match expression", 35),
        ({"a": [{"prefix": 123}]}, "prefix match pattern must be a string", 22),
        ({"a": [{"suffix": ["x"]}]}, "suffix match pattern must be a string", 20),
        ({"a": [{"prefix": {"suffix": "x"}}]}, "Unsupported prefix pattern: suffix", 31),
        ({"a": [{"exists": 1}]}, "exists match pattern must be either true or false.", 20),
        ({"a": [{"cidr": ["x"]}]}, "prefix match pattern must be a string", 18),
        ({"a": [{"wildcard": "x**"}]}, "Consecutive wildcard characters at pos 2", 26),
        ({"a": [{"anything-but": True}]}, NOT_AN_OPERAND, 29),
        ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "Unsupported anything-but pattern: numeric", 38),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed", 38),
        ({"a": [{"anything-but": {"wildcard": 1}}]}, "wildcard match pattern must be a string", 39),
        ({"a": [{"numeric": 1}]}, "Value of numeric must be an array.", 21),
        ({"a": [{"numeric": []}]}, "Invalid member in numeric match: ]", 22),
        ({"a": [{"numeric": [[1]]}]}, "Invalid member in numeric match: [", 22),
        ({"a": [{"numeric": [">", 3, "<", 1]}]}, "Bottom must be less than top", 36),
        ({"$or": [{"a": ["x"]}]}, "There must have at least 2 Objects in $or relationship.", 23),
        ({"$or": [1, 2]}, "Only JSON object is allowed in array of $or relationship.", 11),
        ({"$or": {"a": ["x"]}}, "It must be an Array followed with $or.", 10),
    ],
)
def test_a_complaint_names_what_is_wrong_and_the_place(pattern, reason, column):
    problem = complaint(pattern)
    assert problem.reason == reason
    text = json.dumps(pattern)
    assert str(problem).endswith(f'\n at [Source: (String)"{text}"; line: 1, column: {column}]')


@pytest.mark.parametrize("name", ["prefix", "regex", "<"])
def test_an_option_of_an_or_can_not_have_a_field_named_like_an_operator(name):
    assert "reserved fieldName" in complaint({"$or": [{"a": ["x"]}, {name: ["x"]}]}).reason


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("10.0.0.0", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/8/8", "Malformed CIDR, one '/' required"),
        ("10.0.0.256/8", "Invalid IP address: 10.0.0.256"),
        ("10.0.0.0/xx", "Malformed CIDR, mask bits must be an integer"),
        ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
        ("10.0.0.0/32", "IPv4 mask bits must be < 32"),
        ("2001:db8::/128", "IPv6 mask bits must be < 128"),
        ("xxxx:db8::/32", "Nonstandard IP address: xxxx:db8::"),
    ],
)
def test_a_block_of_addresses_that_is_none_is_told_without_a_place(block, reason):
    assert str(complaint({"a": [{"cidr": block}]})) == reason


def test_the_place_of_something_wrong_in_a_list_is_told_twice():
    told = str(complaint({"a": [{"anything-but": [None]}]}))
    assert told.count("line: 1, column: 30]") == 2


def test_the_first_thing_wrong_is_told():
    assert complaint('{"a": 1, "b": oops').reason == '"a" must be an object or an array'
    assert complaint("oops").reason.startswith("Unrecognized token 'oops'")
    assert complaint('["a"]').reason == "Filter is not an object"


@pytest.mark.parametrize(
    ("rule", "dialects"),
    [
        ({"wildcard": "a*"}, ("eventbridge", "sns")),
        ({"cidr": "10.0.0.0/8"}, ("eventbridge", "sns")),
        ({"exactly": "a"}, ("eventbridge",)),
        ({"prefix": {"equals-ignore-case": "a"}}, ("eventbridge", "lambda", "pipes")),
        ({"anything-but": {"prefix": "a"}}, ("eventbridge", "lambda", "sns")),
        ({"anything-but": {"wildcard": "a*"}}, ("eventbridge", "sns")),
        ({"anything-but": ["a"]}, ("eventbridge", "lambda", "pipes", "sns")),
        ({"numeric": ["<", 2e9]}, ("eventbridge", "lambda", "pipes")),
    ],
    ids=str,
)
def test_each_service_takes_its_own_operators(rule, dialects):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"""
    known = {"eventbridge": EVENTBRIDGE, "lambda": LAMBDA, "pipes": PIPES, "sns": SNS}
    for name, dialect in known.items():
        if name in dialects:
            assert read(json.dumps({"a": [rule]}), dialect)
        else:
            complaint({"a": [rule]}, dialect)


def test_an_or_that_is_none_is_a_name_to_sns():
    """https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html"""
    assert read('{"$or": ["x"]}', SNS).wants({"$or": "x"})
    complaint({"$or": ["x"]}, EVENTBRIDGE)


def test_too_many_ways_through_its_ors_are_refused():
    options = [{name: ["x"]} for name in "ab"]
    pattern = {str(n): {"$or": options} for n in range(10)}
    assert complaint(pattern).reason == "Rule is too complex"
    assert read(json.dumps({str(n): {"$or": options} for n in range(9)}), EVENTBRIDGE)


def test_a_pattern_nested_beyond_reason_is_refused():
    complaint('{"a":' * 2000 + "[1]" + "}" * 2000)


WORDS = st.sampled_from(
    ["a", "b", "$or", "anything-but", "cidr", "exists", "numeric", "prefix", "suffix", "wildcard", ">", "="]
)
LEAF = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text("a*\\/1.", max_size=5) | WORDS
ANYTHING = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=12
)


@given(ANYTHING, ANYTHING, st.sampled_from([EVENTBRIDGE, LAMBDA, PIPES, SNS]))
def test_any_json_is_a_pattern_that_judges_any_event_or_is_refused(pattern, event, dialect):
    try:
        made = read(json.dumps(pattern), dialect)
    except PatternError:
        return
    assert isinstance(made.wants({"a": event}), bool)
