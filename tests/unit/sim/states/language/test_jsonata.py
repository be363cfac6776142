"""JSONata, with the functions of Step Functions.

Texts of errors are as recorded on AWS, November 2024 to January 2025.
"""

from __future__ import annotations

import random
import sys

import jsonata as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sim.services.states.language import jsonata
from harness.sim.services.states.language.definition import JSONATA
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.template import evaluate
from tests.unit.sim.states.language.scopes import error_of, scope


def value(expression, state_input=None, **more):
    return jsonata.evaluate(expression, scope(state_input, **more), "Output")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input.n + 1", 4),
        ("$states.input.list[k > 1].k", [2, 3]),
        ("$states.input.none", None),
        ("[$states.input.none]", [None]),
        ('{"a": null}', {"a": None}),
        ("[1..3]", [1, 2, 3]),
        ("[]", []),
        ("4 / 2", 2),
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$range(1, 9, 2)", [1, 3, 5, 7, 9]),
        ('$hash("input data", "MD5")', "812f45842bc6d66ee14572ce20db8e86"),
        ('$parse("{\\"a\\": [1, null]}")', {"a": [1, None]}),
        ("$now()", "2001-09-09T01:46:40.000Z"),
        ("$millis()", 1_000_000_000_000),
        ("$exists($states.result)", False),
    ],
)
def test_an_expression_has_its_value(expression, expected):
    state_input = {"n": 3, "list": [{"k": 1}, {"k": 2}, {"k": 3}], "none": None}
    assert value(expression, state_input) == expected


def test_states_has_the_input_the_context_and_where_they_exist_result_and_error():
    given_scope = scope(1, context={"Execution": {"Id": "arn"}}, result=2, error_output={"Error": "E"})
    text = "[$states.input, $states.context.Execution.Id, $states.result, $states.errorOutput.Error]"
    assert jsonata.evaluate(text, given_scope, "Output") == [1, "arn", 2, "E"]


class Untouchable(dict):
    """A part of a large context object that nobody asks for."""

    def items(self):
        raise AssertionError("was copied")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.context.Map.Item.Value", 5),
        ("$states . context . Map.Item.Index + $states.input", 8),
        ("$merge([$states.context.Map, {'a': $states.context.Map.Item.Index}]).a", 7),
        ("($s := $states.context.Map; $s.Item.Value)", 5),
    ],
)
def test_only_what_an_expression_mentions_is_copied(expression, expected):
    context = {"Execution": Untouchable(Input=1), "Map": {"Item": {"Index": 7, "Value": 5}}}
    assert value(expression, 1, context=context) == expected


def test_an_expression_may_take_all_of_states():
    assert value("$keys($states)") == ["input", "context"]
    assert value("($s := $states; $s.context.a)", context={"a": 1}) == 1
    assert value("[$states.context.a.b, $states.context.a]", context={"a": {"b": 1}}) == [1, {"b": 1}]
    assert value("$states.input.a.b.%.%.c", {"a": {"b": 1}, "c": 2}) == 2


def test_a_variable_may_be_null():
    assert value("[$v]", variables={"v": None}) == [None]


def test_a_variable_goes_before_a_function_of_that_name():
    assert value("$range", variables={"range": 5}) == 5


def test_random_values_come_from_the_scope():
    expression = "[$random(), $uuid(), $shuffle([1..9])]"
    assert value(expression, seed=1) == value(expression, seed=1) != value(expression, seed=2)


def test_a_seed_gives_the_same_number_whatever_the_scope():
    assert value("$random(7)", seed=1) == value("$random(7)", seed=2)


def test_evaluation_draws_nothing_from_the_process_and_changes_none_of_its_limits():
    value("1")  # the library is imported
    before = random.getstate(), sys.getrecursionlimit(), sys.stdout, library.Jsonata.CURRENT
    value("[$random(), $uuid(), $shuffle([1..9])]")
    assert (random.getstate(), sys.getrecursionlimit(), sys.stdout, library.Jsonata.CURRENT) == before


def test_the_input_stays_as_it_is():
    state_input = {"a": None, "b": [None]}
    value("$states.input ~> | $ | {'c': 1} |", state_input)
    assert state_input == {"a": None, "b": [None]}


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("$nope", "returned nothing (undefined)."),
        ("$states.result", "returned nothing (undefined)."),
        (
            "$randomSeeded(1)",
            "threw an error during evaluation. T1006: Attempted to invoke a non-function",
        ),
        ('$eval("1")', "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            '1 + "a"',
            "threw an error during evaluation. "
            "T2002: The right side of the + operator must evaluate to a number",
        ),
        ("1 / 0", "threw an error during evaluation. D1001: Number out of range"),
        ("function($x){$x}", "returned an unsupported result type."),
        ("$sum", "returned an unsupported result type."),
    ],
)
def test_an_expression_without_a_value_fails_with_its_text_and_field(expression, what):
    with pytest.raises(StateError) as failed:
        value(expression)
    assert failed.value.error == "States.QueryEvaluationError"
    assert failed.value.location == "Output"
    assert failed.value.cause == (
        f"The JSONata expression '{expression}' specified for the field 'Output' {what}"
    )


def test_an_expression_that_calls_itself_for_ever_fails():
    with pytest.raises(StateError, match="D1011: Stack overflow"):
        value("($f := function($x){$f($x + 1) + 1}; $f(1))")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (1, "'number' for value: 1"),
        ("string", "'string' for value: \"string\""),
        (True, "'boolean' for value: true"),
        (None, "'null' for value: null"),
        ({"foo": "bar"}, '\'object\' for value: {"foo":"bar"}'),
    ],
)
def test_a_value_of_another_type_than_expected_fails(wrong, told):
    with pytest.raises(StateError) as failed:
        jsonata.evaluate("$v", scope(variables={"v": wrong}), "Items", expected=("array",))
    assert failed.value.cause == (
        "The JSONata expression '$v' specified for the field 'Items' returned an unexpected result type. "
        f"Expected 'array', but was {told}"
    )


def test_expressions_stand_anywhere_in_a_template():
    template = {"a": ["{% $states.input %}", "plain"], "b": {"c": "{%1 + 1%}"}, "d": 5}
    assert evaluate(template, scope("x"), JSONATA, "Output") == {"a": ["x", "plain"], "b": {"c": 2}, "d": 5}


@pytest.mark.parametrize(
    ("template", "location"),
    [
        ("{% $nope %}", "Output"),
        ({"a": {"b": "{% $nope %}"}}, "Output/a/b"),
        (["{% $nope %}"], "Output[0]"),
    ],
)
def test_a_failed_expression_is_located_in_its_template(template, location):
    with pytest.raises(StateError) as failed:
        evaluate(template, scope(), JSONATA, "Output")
    assert failed.value.location == location


@settings(max_examples=50)
@given(st.text(alphabet="$states.input()[]{}\"'+-*/%&|=<>?:;,@#~^ 01ab", max_size=16))
def test_any_text_has_a_value_or_fails_as_a_state(text):
    assert error_of(lambda: value(text, [1, {"a": "b"}])) in ("", "States.QueryEvaluationError")
