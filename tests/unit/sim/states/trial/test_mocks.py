"""Mocked results, held against the answers that an API has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import wire
from harness.sim.services.states.language.definition import parse_state
from harness.sim.services.states.trial.mocks import answer_problem, mock_problem

BRANCH = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}

MAP = {"Type": "Map", "ItemProcessor": BRANCH}


def shape(service, operation):
    return wire.service_model(service).operation_model(operation).output_shape


@pytest.mark.parametrize(
    ("service", "operation", "result", "told"),
    [
        ("lambda", "Invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
        ("lambda", "Invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("lambda", "Invoke", {"Payload": {"any": 1}}, "Field 'Payload' must be a string"),
        ("s3", "GetObject", {"StorageClass": "NOPE"}, "Field 'StorageClass' is not an expected value"),
        ("s3", "GetObject", {"DeleteMarker": 1}, "Field 'DeleteMarker' must be a boolean"),
        ("events", "PutEvents", {"Entries": {}}, "Field 'Entries' must be an array"),
        ("events", "PutEvents", {"Entries": [{"EventId": 5}]}, "Field 'EventId' must be a string"),
        ("stepfunctions", "StartExecution", {"StartDate": "now"}, "Required field 'ExecutionArn' is missing"),
    ],
)
def test_a_result_that_the_api_would_not_give_is_refused(service, operation, result, told):
    assert answer_problem(result, shape(service, operation)) == f"Mock result schema validation error: {told}"


@pytest.mark.parametrize("mode", ["STRICT", "PRESENT", "NONE"])
def test_members_that_the_api_does_not_know_are_passed_over(mode):
    assert answer_problem({"random": "json"}, shape("events", "PutEvents"), mode) is None


def test_what_is_missing_is_asked_for_in_the_strict_mode_only():
    assert answer_problem({}, shape("stepfunctions", "StartExecution"), "PRESENT") is None


def test_an_api_without_an_answer_takes_any_result():
    assert answer_problem([1], None) is None


@pytest.mark.parametrize(
    ("raw", "result", "told"),
    [
        ({"Type": "Map", "ItemProcessor": BRANCH}, "{", "Mocked result must be valid JSON"),
        (
            {"Type": "Map", "ItemProcessor": BRANCH, "ResultWriter": {}},
            "[]",
            "Mocked result must be a JSON object.",
        ),
        ({"Type": "Parallel", "Branches": [BRANCH]}, "{}", "Mocked result must be an array."),
        (
            {"Type": "Parallel", "Branches": [BRANCH]},
            "[]",
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
        ({"Type": "Parallel", "Branches": [BRANCH]}, "[1]", None),
    ],
    ids=["no JSON", "written result", "no list", "too few", "whole"],
)
def test_the_result_of_a_state_with_others_in_it_has_their_shape(raw, result, told):
    assert mock_problem({"result": result}, parse_state("S", raw)) == told


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["Entries", "Item", "StatusCode", "Attributes", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(result=VALUES, name=st.sampled_from(["dynamodb GetItem", "lambda Invoke", "events PutEvents"]))
def test_any_result_is_judged(result, name):
    told = answer_problem(result, shape(*name.split()))
    assert told is None or told.startswith("Mock")
    assert json.dumps(result)
