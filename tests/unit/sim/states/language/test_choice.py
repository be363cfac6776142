"""Rules of Choice states. Cases are as recorded on AWS, 2023 and 2024."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sim.services.states.language.choice import OPERATORS, first_match
from harness.sim.services.states.language.definition import JSONATA, parse_state
from harness.sim.services.states.language.errors import StateError
from tests.unit.sim.states.language.scopes import scope


def applies(rule, state_input=None, language="JSONPath", **more):
    state = parse_state("C", {"Type": "Choice", "Choices": [{**rule, "Next": "N"}]}, language)
    return first_match(state, scope(state_input, **more)) is not None


T = "2012-10-09T19:00:55Z"
LATER = "2012-10-09T19:00:56.5Z"


@pytest.mark.parametrize(
    ("operator", "value", "given_value", "true"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", 1, "1", False),
        ("StringLessThan", "A", "AB", True),
        ("StringLessThan", "", "", False),
        ("StringGreaterThan", "A", "A\t\n\r", False),
        ("StringGreaterThanEquals", "AB", "A", True),
        ("StringLessThanEquals", "AB", "A", False),
        ("NumericEquals", 1, 1.0, True),
        ("NumericEquals", "1", 1, False),
        ("NumericEquals", True, 1, False),
        ("NumericLessThan", 0, 1, True),
        ("NumericGreaterThan", 1, 1, False),
        ("NumericGreaterThanEquals", 1, 1, True),
        ("NumericLessThanEquals", 1, 0, False),
        ("BooleanEquals", False, False, True),
        ("BooleanEquals", 0, False, False),
        ("BooleanEquals", None, False, False),
        ("TimestampEquals", T, "2012-10-09T20:00:55+01:00", True),
        ("TimestampLessThan", T, LATER, True),
        ("TimestampGreaterThan", T, LATER, False),
        ("TimestampGreaterThanEquals", T, T, True),
        ("TimestampLessThanEquals", "2012-10-09", T, False),
        ("StringMatches", "log-1.txt", "log-*.txt", True),
        ("StringMatches", "log-1.txt", "log-*.tx", False),
        ("StringMatches", "a*b", r"a\*b", True),
        ("StringMatches", "axb", r"a\*b", False),
        ("StringMatches", 5, "*", False),
        ("IsNull", None, True, True),
        ("IsNull", 0, False, True),
        ("IsNumeric", 1.5, True, True),
        ("IsNumeric", True, True, False),
        ("IsString", "", True, True),
        ("IsBoolean", False, True, True),
        ("IsBoolean", 0, False, True),
        ("IsTimestamp", T, True, True),
        ("IsTimestamp", "2012-10-09T19:00:55", True, False),
    ],
)
def test_an_operator_compares(operator, value, given_value, true):
    assert applies({"Variable": "$.v", operator: given_value}, {"v": value}) is true


def test_an_operator_with_a_path_compares_with_the_value_there():
    rule = {"Variable": "$.v", "NumericGreaterThanPath": "$limit"}
    assert applies(rule, {"v": 2}, variables={"limit": 1})
    assert not applies(rule, {"v": 2}, variables={"limit": 3})


def test_a_variable_that_is_missing_fails_unless_its_presence_is_asked_for():
    assert applies({"Variable": "$.v", "IsPresent": False}, {})
    assert applies({"Variable": "$.v", "IsPresent": True}, {"v": None})
    with pytest.raises(StateError, match="condition path references an invalid value"):
        applies({"Variable": "$.v", "IsNull": True}, {})


def test_rules_are_joined_by_and_or_and_not():
    small, large = ({"Variable": "$", "NumericLessThan": 5}, {"Variable": "$", "NumericGreaterThan": 1})
    assert applies({"And": [small, large]}, 3)
    assert not applies({"And": [small, large]}, 7)
    assert applies({"Or": [small, {"Not": large}]}, 0)
    assert applies({"Not": small}, 7)


def test_the_first_rule_that_is_true_is_taken():
    rules = [{"Variable": "$", "NumericLessThan": limit, "Next": f"N{limit}"} for limit in (1, 5, 9)]
    state = parse_state("C", {"Type": "Choice", "Choices": rules})
    assert first_match(state, scope(3)).next == "N5"


@pytest.mark.parametrize(
    ("condition", "true"),
    [(True, True), (False, False), ("{% $states.input > 2 %}", True), ("{% false %}", False)],
)
def test_a_condition_of_jsonata_is_a_boolean(condition, true):
    assert applies({"Condition": condition}, 3, JSONATA) is true


def test_a_condition_that_is_no_boolean_fails():
    with pytest.raises(StateError, match="Expected 'boolean', but was 'number' for value: 3"):
        applies({"Condition": "{% $states.input %}"}, 3, JSONATA)


VALUES = st.sampled_from([None, True, 0, 1.5, "", "a", T, [], {}])


@settings(max_examples=50)
@given(operator=st.sampled_from(sorted(OPERATORS)), value=VALUES, other=VALUES)
def test_any_operator_takes_any_values(operator, value, other):
    literal = not operator.endswith("Path")
    compared = str(other) if operator == "StringMatches" else other
    rule = {"Variable": "$[0]", operator: compared if literal else "$[1]"}
    assert applies(rule, [value, other]) in (True, False)
