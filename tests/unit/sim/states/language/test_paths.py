"""Paths into documents."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sim.services.states.language import jsonpath
from harness.sim.services.states.language.errors import StateError
from tests.unit.sim.states.language.scopes import error_of, scope

DOCUMENT = {"items": [{"n": 1}, {"n": 2, "tag": "b"}], "none": None, "with-dash": {"a b": 3}}

REFUSED = [
    "$.a[0:3:2]",
    "$.a[(@.length-1)]",
    "$.a.sum()",
    "$.a[?(@ =~ /(/)]",
    "$.a[?(@ =~ /a/q)]",
    "$.a[?(@ in)]",
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("$.items[0].n", 1),
        ("$.items[-1].n", 2),
        ("$['items'][1]['tag']", "b"),
        ('$["none"]', None),
        ("$.with-dash['a b']", 3),
        ("$.items[*].n", [1, 2]),
        ("$.items[0,1].n", [1, 2]),
        ("$.items[0:1]", [{"n": 1}]),
        ("$.items[?(@.n > 1)].tag", ["b"]),
        ("$..n", [1, 2]),
        ("$.items.length()", 2),
        ("$.items[?(@.n > 5)]", []),
        ("$.items[*]['n','tag']", [{"n": 1}, {"n": 2, "tag": "b"}]),
        ("$.items[1]['n','tag']", {"n": 2, "tag": "b"}),
        ("$..items.length()", 2),
        ("$.items[*].length()", [1, 2]),
        ("$.none.length()", None),
        ("$.items[-1:].tag", ["b"]),
        ("$.with-dash.*", [3]),
    ],
)
def test_a_path_names_one_value_or_a_list_of_several(path, value):
    assert jsonpath.get(path, scope(DOCUMENT), "InputPath") == value


PEOPLE = {
    "least": 2,
    "people": [
        {"name": "Ann", "age": 1, "tags": ["a", "b"], "boss": None, "is_new": True},
        {"name": "Bob", "age": 2, "tags": [], "code": "2"},
        {"name": "Cid", "age": 3, "tags": ["c"]},
    ],
}


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("@.age >= $.least", ["Bob", "Cid"]),
        ("@.name in ['Ann', \"Cid\"]", ["Ann", "Cid"]),
        ("@.name nin ['Ann']", ["Bob", "Cid"]),
        ("@.name =~ /a.*/i", ["Ann"]),
        ("@.name =~ /A/", []),
        ("@.tags =~ /[ab]/", ["Ann"]),
        ("@.name contains 'b'", ["Bob"]),
        ("@.tags contains 'c'", ["Cid"]),
        ("@.tags size 2", ["Ann"]),
        ("@.tags empty true", ["Bob"]),
        ("@.tags anyof ['b', 'c']", ["Ann", "Cid"]),
        ("@.tags noneof ['b', 'c']", ["Bob"]),
        ("@.tags subsetof ['b', 'c']", ["Bob", "Cid"]),
        ("@.tags all ['a']", ["Ann"]),
        ("@.boss", ["Ann"]),
        ("!@.boss", ["Bob", "Cid"]),
        ("@.boss == null", ["Ann"]),
        ("@.is_new == true", ["Ann"]),
        ("@.code == 2", ["Bob"]),
        ("@.code != 2", ["Ann", "Cid"]),
        ("'Bob' == @['name']", ["Bob"]),
        ("@.tags[0] == 'c'", ["Cid"]),
        ("@.tags == ['c']", ["Cid"]),
        ("@.age < 2 || @.age > 2 && @.name != 'Cid'", ["Ann"]),
        ("(@.age < 2 || @.age > 2) && !(@.name == 'Ann')", ["Cid"]),
        ("@.name > 1", []),
    ],
)
def test_a_filter_takes_the_items_that_pass(test, names):
    assert jsonpath.get(f"$.people[?({test})].name", scope(PEOPLE), "InputPath") == names


def test_a_filter_takes_an_object_that_passes_itself():
    path = "$.a[?(@.n == 1)]"
    assert jsonpath.get(path, scope({"a": {"n": 1}}), "InputPath") == [{"n": 1}]


@pytest.mark.parametrize("path", ["$.nope[*].n", "$.nope.nope[1:]", "$.nope[?(@.n)]", "$.nope['a','b'].n"])
def test_a_path_to_several_places_that_leads_nowhere_names_none(path):
    assert jsonpath.get(path, scope(DOCUMENT), "InputPath") == []


def test_only_an_array_has_slices():
    with pytest.raises(
        StateError, match=r"Filter: \[1:\] can only be applied to arrays. Current context is: {}"
    ):
        jsonpath.get("$[1:]", scope({}), "InputPath")


def test_a_dot_before_a_bracket_is_passed_over():
    assert jsonpath.get("$.[0].a", scope([{"a": 1}]), "InputPath") == 1


def test_two_dollars_lead_into_the_context_object():
    context = {"Execution": {"Id": "arn"}}
    assert jsonpath.get("$$.Execution.Id", scope(context=context), "InputPath") == "arn"


def test_a_name_after_the_dollar_leads_into_a_variable():
    assert jsonpath.get("$order.lines[0]", scope(variables={"order": {"lines": [7]}}), "InputPath") == 7


@pytest.mark.parametrize(
    ("field", "cause"),
    [
        ("InputPath", "Invalid path '$.a.b' : Missing property in path $['a']"),
        (
            "x.$",
            "The JSONPath '$.a.b' specified for the field 'x.$' could not be found in the input '{\"c\":1}'",
        ),
        (
            "ErrorPath",
            "The JSONPath '$.a.b' specified for the field 'ErrorPath' "
            "could not be found in the input '{\"c\":1}'",
        ),
        (
            "Variable",
            "Invalid path '$.a.b': The choice state's condition path references an invalid value.",
        ),
    ],
)
def test_a_path_that_leads_nowhere_fails_in_the_words_of_its_field(field, cause):
    with pytest.raises(StateError) as failed:
        jsonpath.get("$.a.b", scope({"c": 1}), field)
    assert (failed.value.error, failed.value.cause) == ("States.Runtime", cause)


def test_a_missing_last_step_has_no_results():
    with pytest.raises(StateError, match=r"No results for path: \$\['items'\]\[7\]"):
        jsonpath.get("$.items[7]", scope(DOCUMENT), "InputPath")


@pytest.mark.parametrize(
    "path", ["", "items", "$.", "$[", "$.items[", "$.items[?(@.n >]", "$ items", "$$$", *REFUSED]
)
def test_a_text_that_is_no_path_fails_as_one(path):
    with pytest.raises(StateError, match="Invalid path"):
        jsonpath.get(path, scope(DOCUMENT), "InputPath")


@settings(max_examples=50)
@given(path=st.text(alphabet="$.[]'\"*?@()ab01,: -=!<>&|~/in{}", max_size=14).map("$".__add__), document=JSON)
def test_any_path_has_a_value_or_fails_as_a_state(path, document):
    assert error_of(lambda: jsonpath.get(path, scope(document), "InputPath")) in ("", "States.Runtime")


@pytest.mark.parametrize(
    ("document", "path", "result"),
    [
        ({"a": 1}, "$", 9),
        ({"a": 1}, "$.a", {"a": 9}),
        ({"a": 1}, "$.b.c", {"a": 1, "b": {"c": 9}}),
        ({"a": [1, 2]}, "$.a[1]", {"a": [1, 9]}),
        ({}, "$['x y'].z", {"x y": {"z": 9}}),
    ],
)
def test_a_result_is_put_where_its_path_leads(document, path, result):
    assert jsonpath.put(document, path, 9) == result


@pytest.mark.parametrize(("document", "path"), [("text", "$.a"), ([1], "$[5]"), ({"a": 1}, "$.a.b")])
def test_a_result_that_has_no_place_fails(document, path):
    with pytest.raises(StateError) as failed:
        jsonpath.put(document, path, 9)
    assert failed.value.error == "States.ResultPathMatchFailure"
    assert failed.value.cause.startswith(f"Unable to apply ReferencePath {path} to input ")


def test_a_result_cannot_be_put_in_several_places():
    with pytest.raises(StateError, match="must be a reference path"):
        jsonpath.put({"a": [1]}, "$.a[*]", 9)


@settings(max_examples=40)
@given(document=JSON, path=st.sampled_from(["$.a", "$.a.b", "$[0]", "$.a[0].b"]))
def test_a_result_is_found_where_it_was_put_and_the_document_stays(document, path):
    before = copy.deepcopy(document)
    failure = error_of(lambda: jsonpath.put(document, path, 9))
    assert document == before
    assert failure in ("", "States.ResultPathMatchFailure")
    if not failure:
        assert jsonpath.get(path, scope(jsonpath.put(document, path, 9)), "InputPath") == 9
