"""Step Functions: the expressions of the states language.

Values are as recorded on AWS, 2023 to 2025, or AWS's page is named.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.states_helpers import ROLE, events, machine, ran, start

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")


def shaped(cloud, template, given=None):
    """What a JSONPath state makes of its input."""
    found = ran(cloud, {"S": {"Type": "Pass", "Parameters": template}}, given)
    return found.get("output", found.get("cause"))


def asked(cloud, expression, given=None):
    """The value of a JSONata expression, or why it has none."""
    found = ran(cloud, {"S": {"Type": "Pass", "Output": expression}}, given, QueryLanguage="JSONata")
    return found.get("output", found.get("cause"))


def test_paths_name_one_value_or_several(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"""
    template = {"one.$": "$.a[0].n", "all.$": "$.a[*].n", "some.$": "$.a[?(@.n > 1)].n", "part.$": "$.a[0:1]"}
    assert shaped(cloud, template, {"a": [{"n": 1}, {"n": 2}]}) == {
        "one": 1,
        "all": [1, 2],
        "some": [2],
        "part": [{"n": 1}],
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a[?(@.n in [2, 3])].n", [2, 3]),
        ("$.a[?(@.s =~ /o.*/)].n", [1]),
        ("$.a[?(@.s contains 'w')].n", [2]),
        ("$.a[?(@.n >= $.least)].n", [3]),
        ("$.a[?(@.s == 'one' || @.n == 3)].n", [1, 3]),
        ("$.a[0]['n','s']", {"n": 1, "s": "one"}),
        ("$.a.length()", 3),
        ("$.nothing[*].n", []),
        ("$.nothing.here[1:]", []),
    ],
)
def test_filters_and_unions_are_those_of_jayway(cloud, path, value):
    """https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html

    A beginning that isn't there leads to nothing: recorded on AWS, April 2025. The operators are in
    https://github.com/json-path/JsonPath#operators.
    """
    given = {"least": 3, "a": [{"n": 1, "s": "one"}, {"n": 2, "s": "two"}, {"n": 3}]}
    assert shaped(cloud, {"v.$": path}, given) == {"v": value}


def test_a_path_that_leads_nowhere_ends_the_execution(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    assert shaped(cloud, {"v.$": "$.nope"}, {"a": 1}).startswith(
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONPath '$.nope' "
        "specified for the field 'v.$' could not be found in the input '"
    )


def test_two_dollars_are_the_context_object(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    template = {
        "machine.$": "$$.StateMachine.Name",
        "state.$": "$$.State.Name",
        "input.$": "$$.Execution.Input",
    }
    assert shaped(cloud, template, {"n": 1}) == {"machine": "machine", "state": "S", "input": {"n": 1}}


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.ArrayPartition($.list, 2)", [[1, 2], [3]]),
        ("States.ArrayPartition($.list, 1.5)", [[1, 2], [3]]),
        ("States.ArrayRange(0.6, 5.4, 2.2)", [1, 3, 5]),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayRange(1, 9, 4)", [1, 5, 9]),
        ("States.ArrayGetItem($.list, 0)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique(States.Array(1, 1, 2))", [1, 2]),
        ("States.Base64Decode(States.Base64Encode('Data'))", "Data"),
        ("States.Hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"),
        ("States.JsonMerge($.object, States.StringToJson('{\"b\": 2}'), false)", {"a": 1, "b": 2}),
        ("States.JsonToString($.object)", '{"a":1}'),
        ("States.MathAdd(1.49, 1.5)", 3),
        ("States.StringSplit('1,2', ',')", ["1", "2"]),
        ("States.Format('{} and {}', $.object, 'b')", "{a=1} and b"),
    ],
)
def test_intrinsic_functions_compute(cloud, call, value):
    """https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"""
    assert shaped(cloud, {"v.$": call}, {"list": [1, 2, 3], "object": {"a": 1}}) == {"v": value}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{% $states.input.list[$ > 1] %}", [2, 3]),
        ("{% $sum($states.input.list) %}", 6),
        ({"a": ["{% $states.context.State.Name %}", "plain"]}, {"a": ["S", "plain"]}),
        ("{% $partition($states.input.list, 2) %}", [[1, 2], [3]]),
        ("{% $range(1, 9, 4) %}", [1, 5, 9]),
        ("{% $hash('input data', 'MD5') %}", "812f45842bc6d66ee14572ce20db8e86"),
        ("{% $parse('{\"a\": null}') %}", {"a": None}),
    ],
    ids=str,
)
def test_jsonata_has_the_functions_of_step_functions(cloud, expression, value):
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    assert asked(cloud, expression, {"list": [1, 2, 3]}) == value


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("$nope", "returned nothing (undefined)."),
        (
            "$eval('1')",
            "threw an error during evaluation. T1006: Attempted to invoke a non-function",
        ),
    ],
)
def test_an_expression_that_fails_names_its_field(cloud, expression, why):
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    states = {"S": {"Type": "Pass", "Output": {"v": f"{{% {expression} %}}"}}}
    execution = start(cloud, machine(cloud, states, QueryLanguage="JSONata"))
    cloud.settle()
    [failed] = events(cloud, execution, "EvaluationFailed")
    details = failed["evaluationFailedEventDetails"]
    assert (details["error"], details["location"]) == ("States.QueryEvaluationError", "Output/v")
    assert details["cause"].endswith(
        f"The JSONata expression '{expression}' specified for the field 'Output/v' {why}"
    )


@pytest.mark.parametrize(
    ("rule", "given", "matches"),
    [
        ({"StringMatches": "log-*.txt"}, "log-1.txt", True),
        ({"NumericEquals": 1}, 1.0, True),
        ({"NumericEquals": 1}, "1", False),
        ({"BooleanEquals": False}, 0, False),
        ({"TimestampLessThan": "2012-10-09T19:00:56Z"}, "2012-10-09T20:00:55+01:00", True),
        ({"IsTimestamp": True}, "2012-10-09T19:00:55", False),
        ({"IsNull": True}, None, True),
    ],
    ids=str,
)
def test_choices_compare_values_of_one_kind(cloud, rule, given, matches):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.v", **rule, "Next": "Yes"}],
            "Default": "No",
        },
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False},
    }
    assert ran(cloud, states, {"v": given})["output"] is matches


def test_a_description_lists_the_variables_that_states_refer_to(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html"""
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 2}},
        "Use": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($b, $a)", "text": "$a"}},
    }
    found = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine(cloud, states))
    assert found["variableReferences"] == {"Use": ["a", "b"]}


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"StartAt": "S"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
        (
            {"StartAt": "X", "States": {"S": {"Type": "Pass", "End": True}}},
            "MISSING_TRANSITION_TARGET: Missing 'StartAt' target: X at /StartAt",
        ),
    ],
    ids=["without states", "without a start"],
)
def test_a_definition_with_a_problem_is_refused(cloud, definition, told):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    with pytest.raises(ClientError) as refused:
        cloud.client("stepfunctions").create_state_machine(
            name="m", roleArn=ROLE, definition=json.dumps(definition)
        )
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidDefinition"
    assert error["Message"] == f"Invalid State Machine Definition: '{told}'"


DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
ITEMS = {"Type": "Map", "Items": [1], "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}


@pytest.mark.parametrize(
    ("state", "member", "kind"),
    [
        ({"Type": "Fail"}, "Error", "string"),
        ({"Type": "Fail"}, "Cause", "string"),
        (ITEMS, "MaxConcurrency", "integer"),
        (ITEMS, "Items", "array"),
        (
            {**ITEMS, "ItemProcessor": {**ITEMS["ItemProcessor"], **DISTRIBUTED}},
            "ToleratedFailureCount",
            "integer",
        ),
        (
            {**ITEMS, "ItemProcessor": {**ITEMS["ItemProcessor"], **DISTRIBUTED}},
            "ToleratedFailurePercentage",
            "number",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_expression_gives_a_value_of_the_type_of_its_field(cloud, state, member, kind):
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    states = {"S": {**state, member: "{% true %}"}}
    execution = start(cloud, machine(cloud, states, QueryLanguage="JSONata"))
    cloud.settle()
    [failed] = events(cloud, execution, "EvaluationFailed")
    assert failed["evaluationFailedEventDetails"]["cause"].endswith(
        f"The JSONata expression 'true' specified for the field '{member}' returned an unexpected result "
        f"type. Expected '{kind}', but was 'boolean' for value: true"
    )


@pytest.mark.parametrize("member", ["Error", "Cause"])
def test_the_error_and_the_cause_of_a_fail_state_are_texts(cloud, member):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
    ended = ran(cloud, {"S": {"Type": "Fail", f"{member}Path": "$.n"}}, {"n": 1})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
