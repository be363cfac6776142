"""Payload templates of JSONPath states."""

from __future__ import annotations

import pytest

from harness.sim.services.states.language.definition import JSONPATH
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.template import evaluate
from tests.unit.sim.states.language.scopes import scope


def test_fields_that_end_with_a_dollar_are_paths_and_all_others_stay():
    template = {"a.$": "$.n", "b": {"c.$": "$$.Id"}, "d": "$.n", "e": [{"f.$": "$v"}, "$.n"]}
    given = scope({"n": 1}, context={"Id": "arn"}, variables={"v": None})
    assert evaluate(template, given, JSONPATH, "Parameters") == {
        "a": 1,
        "b": {"c": "arn"},
        "d": "$.n",
        "e": [{"f": None}, "$.n"],
    }


def test_a_field_may_call_an_intrinsic_function():
    assert evaluate({"a.$": "States.Format('{}!', $.n)"}, scope({"n": 1}), JSONPATH, "Parameters") == {
        "a": "1!"
    }


def test_a_path_that_leads_nowhere_names_the_field():
    with pytest.raises(StateError, match=r"specified for the field 'deep\.\$' could not be found"):
        evaluate({"a": {"deep.$": "$.nope"}}, scope({}), JSONPATH, "Parameters")
