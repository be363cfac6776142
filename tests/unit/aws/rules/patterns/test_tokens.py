"""JSON as tokens, with the places that a reader of tokens has come to."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.patterns.tokens import Malformed, place_of, tokens


def columns(text):
    return [(token.kind, token.at + 1) for token in tokens(text)]


def test_a_bracket_a_number_and_a_word_are_read_to_their_end():
    assert columns("[12, true]") == [("[", 2), ("number", 4), ("word", 10), ("]", 11)]


def test_a_text_is_only_begun_until_it_is_asked_for():
    (token,) = tokens('"abc"')
    assert (token.at, token.end, token.text) == (1, 5, "abc")


def test_a_name_comes_with_the_beginning_of_its_value():
    assert columns('{"key": "v"}') == [("{", 2), ("name", 10), ("string", 10), ("}", 13)]
    assert columns('{"key": 12}')[1] == ("name", 11)


def test_a_place_is_a_line_and_a_column_behind_the_source():
    text = '{\n "a": 1\n}'
    assert place_of(text, text.index("1")) == f'[Source: (String)"{text}"; line: 2, column: 7]'


def test_a_long_source_is_cut_off():
    assert place_of("x" * 537, 3).endswith('x"[truncated 37 chars]; line: 1, column: 4]')


def test_a_complaint_about_a_text_comes_only_when_it_is_reached():
    read = tokens('{"a": 1, oops')
    assert [next(read).kind for _ in range(3)] == ["{", "name", "number"]
    with pytest.raises(Malformed, match="was expecting double-quote to start field name"):
        next(read)


TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUES, st.sampled_from([None, 1]))
def test_any_json_is_read_to_its_end(value, indent):
    text = json.dumps(value, indent=indent)
    found = list(tokens(text))
    assert found[-1].end == len(text)
    assert "".join(t.kind for t in found if len(t.kind) == 1) == "".join(
        letter for letter in TEXT.sub("", text) if letter in "{}[]"
    )


@given(st.text(alphabet='{}[]",:\\ 01e-.truefalsn', max_size=12))
def test_what_python_refuses_is_refused(text):
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError:
        with pytest.raises(Malformed):
            list(tokens(text))
    else:
        assert list(tokens(text))
