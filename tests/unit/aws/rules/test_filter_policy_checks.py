"""What is a filter policy, and within the limits.

https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.filter_policy import check_scope, combinations, read_policy
from harness.aws.rules.patterns import PatternError


def complaint(policy: object, scope: str = "MessageBody") -> str:
    with pytest.raises(PatternError) as caught:
        read_policy(policy if isinstance(policy, str) else json.dumps(policy), scope)
    return caught.value.reason


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (["value"], "Match value must be String, number, true, false, or null"),
        ({"wrong-operator": True}, "Unrecognized match type wrong-operator"),
        ({"suffix": "value", "prefix": "value2"}, "Only one key allowed in match expression"),
        ({}, "Match expression name not found"),
        ({"suffix": 100}, "suffix match pattern must be a string"),
        ({"suffix": None}, "suffix match pattern must be a string"),
        ({"suffix": ["test", "test2"]}, "suffix match pattern must be a string"),
        ({"prefix": []}, "prefix match pattern must be a string"),
        ({"equals-ignore-case": 1}, "equals-ignore-case match pattern must be a string"),
        ({"exists": None}, "exists match pattern must be either true or false."),
        ({"exists": "no"}, "exists match pattern must be either true or false."),
        ({"numeric": []}, "Invalid member in numeric match: ]"),
        ({"numeric": ["operator"]}, "Unrecognized numeric range operator: operator"),
        ({"numeric": [1, "<="]}, "Invalid member in numeric match: 1"),
        ({"numeric": ["=", "000"]}, "Value of equals must be numeric"),
        ({"numeric": [">="]}, "Value of >= must be numeric"),
        ({"numeric": ["<", 100, ">", 10]}, "Too many elements in numeric expression"),
        ({"numeric": [">=", 1, ">", 2]}, "Bad numeric range operator: >"),
        ({"numeric": [">", 3, "<", 1]}, "Bottom must be less than top"),
        ({"numeric": [">", 20, "<="]}, "Value of <= must be numeric"),
        ({"numeric": [">", 20, 30]}, "Bad value in numeric range: 30"),
        ({"numeric": [">", 20, "test"]}, "Bad numeric range operator: test"),
        ({"numeric": [">", "20", "<", "30"]}, "Value of > must be numeric"),
        ({"numeric": [">", 20, "<", "30"]}, "Value of < must be numeric"),
        ({"numeric": [">", 20, "<", 30, "<", 50]}, "Too many terms in numeric range expression"),
        ({"wildcard": "a**b"}, "Consecutive wildcard characters at pos 2"),
        ({"wildcard": "a\\b"}, "Invalid escape character at pos 2"),
        ({"wildcard": "é\\"}, "Invalid escape character at pos 3"),
        ({"cidr": "10.0.0.0"}, "Malformed CIDR, one '/' required"),
        ({"anything-but": {"numeric": ["=", 1]}}, "Unsupported anything-but pattern: numeric"),
        ({"anything-but": {"prefix": 1}}, "prefix/suffix match pattern must be a string"),
    ],
)
def test_a_rule_that_is_none_is_told_in_the_words_of_sns(rule, message):
    assert complaint({"key": [rule]}) == message


@pytest.mark.parametrize("operand", [[], [None], [True], ["a", 1], None, True])
def test_anything_but_takes_texts_or_numbers(operand):
    complaint({"key": [{"anything-but": operand}]})


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ([], "Filter policy must be a JSON object"),
        ({"key_a": "value_one"}, '"key_a" must be an object or an array'),
        ({"key": {"suffix": "value"}}, '"suffix" must be an object or an array'),
        ({"$or": [{"store": ["a"]}]}, "Unrecognized match type store"),
        ({"$or": [{"store": ["a"]}, {"prefix": ["b"]}]}, "Unrecognized match type store"),
        ({"key": []}, "Empty arrays are not allowed"),
        ({"key": {}}, "Empty objects are not allowed"),
        ({"key": [{"anything-but": 1e10}]}, "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ({"key": [{"numeric": ["<", -1e10]}]}, "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ({"key": ["x" * 262_144]}, "Filter policy is too large"),
        ({str(n): ["x"] for n in range(6)}, "Filter policy can not have more than 5 keys"),
        ({"key": [{"wildcard": f"{n}*"} for n in range(11)]}, "Filter policy is too complex"),
    ],
)
def test_a_policy_that_is_none_is_told_in_the_words_of_sns(policy, message):
    assert complaint(policy) == message


HIDDEN = " at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: "
VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
NAME = "was expecting double-quote to start field name"


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("never mind", f"Unrecognized token 'never': was expecting {VALUES}", 6),
        ("{no", f"Unexpected character ('n' (code 110)): {NAME}", 2),
    ],
)
def test_what_is_no_json_is_told_without_its_text(text, reason, column):
    """Recorded on AWS, January 2026."""
    with pytest.raises(PatternError) as caught:
        read_policy(text)
    assert str(caught.value) == f"failed to parse JSON. {reason}\n{HIDDEN}{column}]"


@pytest.mark.parametrize(
    "text", ["NaN", "[" * 100_000, '{"a": [1]', '{"a": ["\\x"]}', '{"a" [1]}', '{"a": [1 2]}', ""]
)
def test_these_are_no_json(text):
    assert complaint(text).startswith("failed to parse JSON. ")


def test_a_complaint_names_the_place_in_the_policy_without_its_spaces():
    with pytest.raises(PatternError) as caught:
        read_policy('{"key": [{"numeric": ["<", "7"]}]}')
    place = """\n at [Source: (String)"{"key":[{"numeric":["<","7"]}]}"; line: 1, column: 26]"""
    assert str(caught.value) == f"Value of < must be numeric{place}"


def test_up_to_150_combinations_are_taken():
    numbers = [str(n) for n in range(150)]
    assert read_policy(json.dumps({"a": numbers}))
    assert read_policy(json.dumps({"a": numbers[:15], "b": numbers[:10]}))
    assert complaint({"a": [*numbers, "x"]}) == "Filter policy is too complex"
    assert complaint({"a": numbers[:16], "b": numbers[:10]}) == "Filter policy is too complex"


@pytest.mark.parametrize(
    ("policy", "number"),
    [
        ({"key_a": ["1", "2", "3"], "key_b": ["1"], "key_c": ["1", "2"]}, 6),
        (
            {
                "key_a": {"key_b": {"key_c": ["1", "2", "3", "4"]}},
                "key_d": {"key_e": ["1", "2", "3"]},
                "key_f": ["1", "2", "3"],
            },
            216,
        ),
        ({"$or": [{"a": ["1", "2"]}, {"b": ["1", "2", "3"]}], "c": ["1", "2"]}, 10),
    ],
)
def test_combinations_over_bodies_count_the_depth(policy, number):
    assert combinations(policy, nested=True) == number


def test_the_depth_counts_over_bodies_only():
    policy = {"a": {"b": [str(n) for n in range(100)]}}
    assert complaint(policy, "MessageBody") == "Filter policy is too complex"
    assert read_policy(json.dumps(policy), "MessageAttributes").pattern


def test_only_keys_at_the_top_count():
    nested = {"key": {str(n): [{"exists": True}] for n in range(6)}}
    assert read_policy(json.dumps(nested), "MessageBody").nested


def test_an_or_counts_the_keys_of_its_largest_option():
    options = [{"a": ["1"]}, {"b": ["1"], "c": ["1"]}]
    four = {str(n): ["x"] for n in range(4)}
    assert complaint({"$or": options, **four}) == "Filter policy can not have more than 5 keys"
    assert read_policy(json.dumps({"$or": options, "d": ["x"]}))


def test_nested_policies_are_seen_inside_an_or():
    assert read_policy('{"$or": [{"a": ["1"]}, {"b": {"c": ["1"]}}]}').nested
    assert not read_policy('{"$or": [{"a": ["1"]}, {"b": ["1"]}]}').nested


def test_a_scope_is_one_of_two():
    check_scope("MessageBody")
    with pytest.raises(PatternError, match=r"Invalid value \[RandomValue\]"):
        check_scope("RandomValue")


LEAF = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text("a*\\/1.", max_size=5)
WORDS = st.sampled_from(
    ["a", "b", "$or", "anything-but", "cidr", "exists", "numeric", "prefix", "suffix", "wildcard", ">", "="]
)
ANYTHING = st.recursive(
    LEAF | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, ANYTHING, max_size=3), ANYTHING)
def test_what_is_taken_as_a_policy_can_judge_any_body(policy, body):
    try:
        parsed = read_policy(json.dumps(policy), "MessageBody")
    except PatternError:
        return
    assert parsed.wants({}, lambda: {"a": body}) in (True, False)
