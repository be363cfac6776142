"""Definitions as data."""

from __future__ import annotations

import json

import pytest

from harness.sim.services.states.language.definition import Catcher, Retrier, parse
from harness.sim.services.states.language.errors import matches

PASS = {"Type": "Pass", "End": True}


def test_query_languages_are_inherited_and_can_be_set_for_a_state():
    branch = {"StartAt": "B", "States": {"B": PASS}}
    states = {
        "A": {"Type": "Parallel", "Branches": [branch], "Next": "C"},
        "C": {**PASS, "QueryLanguage": "JSONata"},
    }
    machine = parse(json.dumps({"StartAt": "A", "States": states}))
    assert machine.query_language == "JSONPath"
    assert machine.states["C"].query_language == "JSONata"
    assert machine.states["A"].branches[0].states["B"].query_language == "JSONPath"
    upper = parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
    assert upper.states["A"].branches[0].states["B"].query_language == "JSONata"


def test_retriers_and_catchers_have_their_defaults():
    state = {
        **PASS,
        "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 0}],
        "Catch": [{"ErrorEquals": ["E"], "Next": "A"}],
    }
    machine = parse({"StartAt": "A", "States": {"A": state}})
    assert machine.states["A"].retriers == (Retrier(("E",), 1, 0, 2.0, None, "NONE"),)
    assert machine.states["A"].catchers == (Catcher(("E",), "A", "$", state["Catch"][0]),)


def test_a_null_result_path_of_a_catcher_is_kept():
    state = {**PASS, "Catch": [{"ErrorEquals": ["E"], "Next": "A", "ResultPath": None}]}
    assert parse({"StartAt": "A", "States": {"A": state}}).states["A"].catchers[0].result_path is None


@pytest.mark.parametrize("field", ["ItemProcessor", "Iterator"])
def test_a_map_has_its_processor_whichever_way_it_is_written(field):
    items = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I", "States": {"I": PASS}}
    state = parse({"StartAt": "M", "States": {"M": {"Type": "Map", field: items, "End": True}}}).states["M"]
    assert state.distributed
    assert list(state.processor.states) == ["I"]


@pytest.mark.parametrize(
    ("names", "error", "taken"),
    [
        (["E"], "E", True),
        (["E"], "F", False),
        (["States.ALL"], "F", True),
        (["States.TaskFailed"], "F", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["States.HeartbeatTimeout"], "States.Timeout", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
    ],
)
def test_names_of_errors_take_the_errors_that_aws_says(names, error, taken):
    assert matches(names, error) is taken
