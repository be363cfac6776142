"""The input that a pipe makes of a record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.pipe_input import bad_paths, decoded, transformed, value_at

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def record(body):
    return {"eventSource": "aws:sqs", "messageId": "m-1", "body": body}


@given(VALUES)
def test_a_value_stands_as_json_in_a_json_template(value):
    text = transformed('{"found": <$.body.it>}', record(json.dumps({"it": value})), {})
    assert json.loads(text) == {"found": value}


@given(st.text())
def test_a_text_stands_between_quotes_without_its_own(value):
    text = transformed('{"found": "is <$.body.it>"}', record(json.dumps({"it": value})), {})
    assert json.loads(text) == {"found": f"is {value}"}


@given(st.text())
def test_a_body_that_is_no_json_stays_a_text(body):
    template = '{"found": <$.body>}'
    found = json.loads(transformed(template, record(f"({body}"), {}))
    assert found == {"found": f"({body}"}


def test_a_path_without_a_value_is_an_empty_text():
    assert transformed("[<$.body.gone>]", record("{}"), {}) == '[""]'
    assert transformed("at <$.gone>", record("{}"), {}) == "at "


def test_what_is_no_variable_stays_as_it_stands():
    assert (
        transformed("<b>bold</b> <aws.pipes.unknown>", record("{}"), {}) == "<b>bold</b> <aws.pipes.unknown>"
    )


@pytest.mark.parametrize("item", ["text", 7, [1], {"body": "{}"}, {"eventSource": "aws:sqs"}])
def test_only_the_body_of_a_record_is_looked_into(item):
    assert decoded(item) == item


def test_a_parameter_can_be_a_path():
    assert value_at("$.body.lines", record('{"lines": [1, "a"]}')) == '[1,"a"]'
    assert value_at("$.messageId", record("")) == "m-1"


def test_paths_that_are_none_are_found_in_templates_and_parameters():
    texts = ["<$.body.a> <$.body[> <aws.pipes.event>", "$.b[*]", "$.fine[0]", "Order"]
    assert list(bad_paths(iter(texts))) == ["$.body[", "$.b[*]"]
