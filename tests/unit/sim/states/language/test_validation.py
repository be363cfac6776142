"""Validation of definitions. Messages "as on AWS" were recorded there, 2023 to 2025; others are our own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sim.services.states.language.validation import (
    invalid_definition_message,
    problems,
    problems_of_state,
)

END = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
MAP = {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": END}}, "End": True}


def of_states(kind="STANDARD", **states):
    definition = {"StartAt": next(iter(states)), "States": states}
    return [str(problem) for problem in problems(json.dumps(definition), kind)]


def of_state(**state):
    return of_states(S=state)


def test_a_definition_may_have_no_problems():
    assert of_states(A={"Type": "Pass", "Next": "B"}, B=END) == []


def test_a_missing_field_is_named_as_on_aws():
    assert invalid_definition_message(json.dumps({"StartAt": "S"})) == (
        "Invalid State Machine Definition: "
        "'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
    )
    [problem] = problems(json.dumps({"States": {"S": END}}))
    assert (problem.severity, problem.code, problem.message, problem.location) == (
        "ERROR",
        "SCHEMA_VALIDATION_FAILED",
        "These fields are required: [StartAt]",
        "/",
    )


def test_a_definition_without_errors_has_no_message():
    assert invalid_definition_message(json.dumps({"StartAt": "S", "States": {"S": END}})) is None


def test_a_state_cannot_go_back_to_jsonpath_as_on_aws():
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "S",
        "States": {"S": {**END, "QueryLanguage": "JSONPath"}},
    }
    assert [str(problem) for problem in problems(json.dumps(definition))] == [
        "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' "
        "for whole state machine at /States/S"
    ]


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ("arn:aws:states:us-east-1:123456789012:activity:a", "Activity ARN"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "'.waitForTaskToken' service integration "),
    ],
)
def test_express_state_machines_do_not_wait_for_others_as_on_aws(resource, what):
    state = {**TASK, "Resource": resource}
    assert of_states(S=state) == []
    assert of_states("EXPRESS", S=state) == [
        f"SCHEMA_VALIDATION_FAILED: Express state machine does not support {what} at /States/S/Resource"
    ]


def test_the_items_of_a_distributed_map_have_their_own_kind():
    item = {"StartAt": "I", "States": {"I": {**TASK, "Resource": "arn:aws:states:::sqs:x.waitForTaskToken"}}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    state = {"Type": "Map", "ItemProcessor": {**item, "ProcessorConfig": config}, "End": True}
    [problem] = of_states(S=state)
    assert problem.endswith(" at /States/S/ItemProcessor/States/I/Resource")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not a definition", "Unrecognized token 'not'"),
        ("{'a': 1}", "was expecting double-quote to start field name"),
        ("", "Unexpected end-of-input"),
        ("{} {}", "Extra data"),
        ("[]", "Expected value of type Object"),
    ],
)
def test_a_text_that_is_no_object_is_refused(text, words):
    assert words in invalid_definition_message(text)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ({"A": {"Type": "Pass", "Next": "X"}}, "Missing 'Next' target: X at /States/A/Next"),
        ({"A": END, "B": END}, 'State "B" is not reachable. at /States/B'),
        ({"A": {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}}, "at /States/A/Catch[0]/Next"),
        ({"A": {"Type": "Nope"}}, "at /States/A/Type"),
        ({"A": {"End": True}}, "These fields are required: [Type] at /States/A"),
        ({"A": 1}, "Expected value of type Object at /States/A"),
        ({"A": {"Type": "Pass"}}, "[Next] or [End]"),
        ({"A": {**END, "Next": "A"}}, "Only one of [Next, End]"),
        ({"A": {**END, "Resource": "x"}}, "Field is not supported at /States/A/Resource"),
        (
            {"A": {**END, "QueryLanguage": "JSONata", "InputPath": "$"}},
            "not supported at /States/A/InputPath",
        ),
        (
            {"A": {**MAP, "ItemReader": {"ReaderConfig": {"InputType": "XML"}}}},
            "Value is not one of [CSV, JSON, JSONL, MANIFEST, PARQUET] at "
            "/States/A/ItemReader/ReaderConfig/InputType",
        ),
        (
            {"A": {**MAP, "ItemReader": {"ReaderConfig": {"CSVHeaderLocation": "GIVEN"}}}},
            "These fields are required: [CSVHeaders] at /States/A/ItemReader/ReaderConfig",
        ),
        ({"A": {**TASK, "Resource": "lambda"}}, "Value is not a valid resource ARN at /States/A/Resource"),
        ({"A": {"Type": "Task", "End": True}}, "These fields are required: [Resource] at /States/A"),
        ({"A": {**TASK, "TimeoutSeconds": 0}}, "outside of valid range at /States/A/TimeoutSeconds"),
        ({"A": {**TASK, "TimeoutSeconds": "1"}}, "Expected value of type Integer"),
        ({"A": {**END, "InputPath": "a"}}, "Value is not a valid JSONPath at /States/A/InputPath"),
        ({"A": {**END, "ResultPath": "$.a[*]"}}, "Value is not a Reference Path at /States/A/ResultPath"),
        ({"A": {**END, "ResultPath": "$$.a"}}, "Value is not a Reference Path"),
        ({"A": {**END, "Parameters": {"b": {"x.$": "no"}}}}, "The value for the field 'x.$' must be a valid"),
        ({"A": {**END, "Parameters": {"x.$": 5}}}, "must be a STRING that contains a JSONPath"),
        ({"A": {**END, "Parameters": {"x.$": "States.Nope()"}}}, "valid intrinsic function call"),
        ({"A": {"Type": "Wait", "End": True}}, "Exactly one of [Seconds"),
        ({"A": {"Type": "Wait", "Timestamp": "soon", "End": True}}, "at /States/A/Timestamp"),
        ({"A": {"Type": "Choice", "Choices": []}}, "at least 1 element at /States/A/Choices"),
        (
            {"A": {"Type": "Choice", "Choices": [{"IsNull": True, "Next": "A"}]}},
            "required: [Variable] at /States/A/Choices[0]",
        ),
        ({"A": {"Type": "Choice", "Choices": [{"Variable": "$", "Next": "A"}]}}, "comparison operator"),
        ({"A": {"Type": "Map", "End": True}}, "These fields are required: [ItemProcessor]"),
        ({"A": {**TASK, "Retry": [{}]}}, "These fields are required: [ErrorEquals] at /States/A/Retry[0]"),
        ({"A": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL", "E"]}]}}, "States.ALL must appear alone"),
        (
            {"A": {**END, "QueryLanguage": "JSONata", "Output": {"o": "{% 1 + %}"}}},
            "JSONata expression: S0207: Unexpected end of expression at /States/A/Output/o",
        ),
    ],
)
def test_every_problem_is_told_with_its_place(states, told):
    [problem] = of_states(**states)
    assert told in problem


@pytest.mark.parametrize("label", ["", "a" * 41, "a b", "a?", "a\x7f", "a:b"])
def test_a_label_is_short_and_of_plain_characters(label):
    item = {"StartAt": "I", "States": {"I": END}}
    [problem] = of_state(Type="Map", ItemProcessor=item, Label=label, End=True)
    assert problem.endswith(" at /States/S/Label")


def test_names_of_states_are_unique_within_a_state_machine():
    branch = {"StartAt": "S", "States": {"S": END}}
    [problem] = of_state(Type="Parallel", Branches=[branch], End=True)
    assert problem == "DUPLICATE_STATE_NAME: Duplicate State name: S at /States/S/Branches[0]/States/S"


def test_a_single_state_may_lead_anywhere():
    assert problems_of_state(json.dumps({"Type": "Pass", "Next": "Elsewhere"})) == []
    assert [problem.location for problem in problems_of_state('{"Type": "Wait", "End": true}')] == ["/"]


KEYS = [
    "StartAt",
    "States",
    "Type",
    "Next",
    "End",
    "Choices",
    "Retry",
    "ErrorEquals",
    "ItemProcessor",
    "Branches",
    "Parameters",
    "x.$",
    "Resource",
    "QueryLanguage",
    "InputPath",
    "Label",
    "And",
    "Variable",
    "A",
]
LEAVES = st.sampled_from(
    [None, True, 0, "A", "$", "$.a[", "Pass", "Map", "Choice", "Task", "JSONata", "{% 1+ %}"]
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(state=st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=5))
def test_any_object_is_judged(state):
    assert isinstance(of_states(A=state), list)
    assert isinstance(problems(json.dumps(state)), list)
