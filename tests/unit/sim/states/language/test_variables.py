"""References to variables, as DescribeStateMachine lists them: recorded on AWS, November 2024."""

from __future__ import annotations

import pytest

from harness.sim.services.states.language.variables import variable_references


def of_state(**state):
    return variable_references({"StartAt": "S", "States": {"S": {"Type": "Pass", **state}}}).get("S", [])


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ({"Parameters": {"a": "$result"}}, []),
        ({"Parameters": {"a.$": "$result.x"}}, ["result"]),
        ({"Parameters": {"a.$": "$.result", "b.$": "$$.Execution.Id"}}, []),
        ({"Assign": {"b": {"a.$": "States.MathAdd(States.MathAdd($z, $a), 1)"}}}, ["a", "z"]),
        ({"InputPath": "$v", "OutputPath": "$w[0]"}, ["v", "w"]),
        ({"Choices": [{"Or": [{"Variable": "$g", "StringEqualsPath": "$a"}], "Next": "S"}]}, ["a", "g"]),
        ({"ItemReader": {"ReaderConfig": {"MaxItemsPath": "$m"}, "Parameters": {"K.$": "$k"}}}, ["k", "m"]),
        ({"ItemSelector": {"name": "$bucket"}}, []),
        ({"Result": {"Parameters": {"a.$": "$v"}}}, []),
        ({"CausePath": "$c", "ErrorPath": "States.Format('{}', $e)"}, ["c", "e"]),
    ],
)
def test_a_jsonpath_state_refers_to_the_variables_in_its_paths(state, names):
    assert of_state(**state) == names


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("$states.input.result.done", []),
        ("$not($states.input.done)", []),
        ("$a + $count($b.c)", ["a", "b"]),
        ("'$a' & \"$b\" & $c", ["c"]),
        ("($x := 1; $x + $y)", ["y"]),
        ("$map($list, function($v, $i) { $v + $i })", ["list"]),
        ("$$.a + $", []),
    ],
)
def test_a_jsonata_state_refers_to_the_variables_in_its_expressions(expression, names):
    assert of_state(QueryLanguage="JSONata", Output={"o": f"{{% {expression} %}}"}) == names


def test_states_within_others_have_their_own_references():
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"q.$": "$q"}, "End": True}}}
    definition = {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "ItemsPath": "$list", "ItemProcessor": inner, "End": True}},
    }
    assert variable_references(definition) == {"I": ["q"], "M": ["list"]}
