"""Intrinsic functions.

Values are as recorded on AWS, 2023 to 2025, or from AWS's page on them.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.functions import FUNCTIONS
from harness.sim.services.states.language.intrinsics import call, parse, paths_in
from tests.unit.sim.states.language.scopes import error_of, scope

INPUT = {"n": 3, "s": "a-b", "list": [1, True, {"k": []}, 1], "object": {"Arg1": 1, "Arg2": []}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Array()", []),
        ("States.Array(1, 'x', $.n, null, true, -1.5)", [1, "x", 3, None, True, -1.5]),
        ("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayContains($.list, 1)", True),
        ("States.ArrayContains($.list, false)", False),
        ("States.ArrayContains(States.Array(1), true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.list, 1)", True),
        ("States.ArrayLength($.list)", 4),
        ("States.ArrayUnique($.list)", [1, True, {"k": []}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"),
        ("States.JsonMerge($.object, States.StringToJson('{\"Arg1\": 2}'), false)", {"Arg1": 2, "Arg2": []}),
        ("States.StringToJson('[1, 2.5]')", [1, 2.5]),
        ("States.StringToJson(' ')", None),
        ("States.JsonToString($.object)", '{"Arg1":1,"Arg2":[]}'),
        ("States.StringSplit('1,2.3,,4', ',.')", ["1", "2", "3", "4"]),
        ("States.StringSplit('Hello\nWorld', '\n')", ["Hello", "World"]),
        ("States.Format('n={} and {}', $.n, $.s)", "n=3 and a-b"),
        ("States.Format('{}', $.object)", "{Arg1=1, Arg2=[]}"),
        ("States.Format('{} {}', null, 1.5)", "null 1.5"),
        (r"States.Format('\{{}\} isn\'t \\', 1)", r"{1} isn't \ ".strip()),
        ("  States.MathAdd( 1 , 2 )  ", 3),
    ],
)
def test_a_function_has_its_value(text, value):
    assert call(text, scope(INPUT)) == value


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [(1.49, 1.5, 3), (-1.49, -1.5, -2), (-1.5, -1.51, -3), (0.5, 0, 1), (-0.5, 0, 0), (2.5, 0, 3)],
)
def test_numbers_are_rounded_half_up_before_they_are_added(one, other, total):
    assert call(f"States.MathAdd({one}, {other})", scope()) == total


def test_a_backslash_in_a_quoted_text_escapes_the_next_character():
    assert call(r"States.Array('it\'s \{\}')", scope()) == ["it's {}"]


def test_a_path_of_an_argument_may_have_a_filter():
    assert call("States.ArrayLength($.list[?(@.k == 'a, b')])", scope(INPUT)) == 0


def test_random_values_come_from_the_scope():
    texts = ["States.UUID()", "States.MathRandom(1, 1000000)"]
    first, again, other = ([call(text, scope(seed=seed)) for text in texts] for seed in (1, 1, 2))
    assert first == again != other


def test_a_seed_gives_the_same_number_whatever_the_scope():
    text = "States.MathRandom(1, 1000000, 7)"
    assert call(text, scope(seed=1)) == call(text, scope(seed=2))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("States.ArrayGetItem($.list, 9)", "out of bounds"),
        ("States.ArrayPartition($.list, 0)", "positive integer"),
        ("States.ArrayRange(1, 5000, 1)", "more than 1000 numbers"),
        ("States.ArrayRange(1, 5, 0)", "must not be 0"),
        ("States.ArrayLength($.n)", "An array is required, but was: 3"),
        ("States.StringSplit($.n, ',')", "A string is required, but was: 3"),
        ("States.MathAdd('1', 2)", "A number is required"),
        ("States.MathAdd(1)", "Invalid number of arguments"),
        ("States.UUID(1)", "Invalid number of arguments"),
        ("States.Hash('a', 'SHA-3')", "is not one of MD5"),
        ("States.Base64Decode('%')", "is not Base64"),
        ("States.StringToJson('{')", "is not JSON"),
        ("States.JsonMerge($.object, $.object, true)", "only the shallow merge"),
        ("States.JsonMerge($.object, $.n, false)", "must be JSON objects"),
        ("States.Format('{} {}', 1)", "doesn't match the number"),
        ("States.Format('{}', 1, 2)", "doesn't match the number"),
        ("States.Format('{', 1)", "Matching braces"),
        ("States.MathRandom(5, 5)", "must be less than the end"),
    ],
)
def test_values_that_a_function_refuses_fail_as_an_intrinsic_failure(text, why):
    with pytest.raises(StateError, match=why) as failed:
        call(text, scope(INPUT))
    assert failed.value.error == "States.IntrinsicFailure"
    assert failed.value.cause.startswith(f"The function '{text}' had the following error: ")


def test_a_path_that_leads_nowhere_is_told_with_the_whole_call():
    with pytest.raises(StateError) as failed:
        call("States.Format('{}', $.nope)", scope({"a": 1}))
    assert failed.value.error == "States.Runtime"
    assert failed.value.cause == (
        "The function 'States.Format('{}', $.nope)' had the following error: The JsonPath argument for the "
        "field '$.nope' could not be found in the input '{\"a\":1}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"States.{rest}"
        for rest in ("Nope()", "Array", "Array(", "Array(1", "Array(1 2)", "Array()x", "Array(x)")
    ],
)
def test_a_text_that_is_no_call_fails(text):
    with pytest.raises(StateError) as failed:
        call(text, scope())
    assert failed.value.error == "States.Runtime"


def test_the_paths_of_a_call_include_those_of_calls_within():
    assert paths_in(parse("States.Array($.a, States.Format('{}', $b), $$.c)")) == ["$.a", "$b", "$$.c"]


VALUES = st.sampled_from([None, True, 0, -1, 1.5, 10**9, "", "a", "{}", "SHA-1", [], [1, [2]], {}, {"a": 1}])


@settings(max_examples=50)
@given(name=st.sampled_from(sorted(FUNCTIONS)), values=st.lists(VALUES, max_size=4))
def test_any_function_with_any_values_has_a_value_or_fails_as_a_state(name, values):
    arguments = ", ".join(f"$[{index}]" for index in range(len(values)))
    assert error_of(lambda: call(f"{name}({arguments})", scope(values))) in ("", "States.IntrinsicFailure")


@settings(max_examples=50)
@given(text=st.text(alphabet="Sta.esArrayFom(){}'\\,$1 ", max_size=20).map("States.".__add__))
def test_any_text_has_a_value_or_fails_as_a_state(text):
    failures = ("", "States.Runtime", "States.IntrinsicFailure")
    assert error_of(lambda: call(text, scope({}))) in failures
