"""Filter policies, with the examples of SNS's developer guide.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.filter_policy import attribute_values, read_policy
from harness.aws.rules.patterns.texts import object_of


def wants_attributes(policy, attributes):
    return read_policy(json.dumps(policy)).wants(attributes, lambda: None)


def wants_body(policy, body):
    return read_policy(json.dumps(policy), "MessageBody").wants({}, lambda: object_of(body))


GUIDE_ATTRIBUTES = {
    "customer_interests": {"DataType": "String.Array", "StringValue": '["soccer", "rugby", "hockey"]'},
    "store": {"DataType": "String", "StringValue": "example_corp"},
    "event": {"DataType": "String", "StringValue": "order_placed"},
    "price_usd": {"DataType": "Number", "StringValue": "210.75"},
}

GUIDE_BODY = {
    "store": "example_corp",
    "event": "order_placed",
    "customer_interests": ["soccer", "rugby", "hockey"],
    "price_usd": 210.75,
    "customer": {"name": "Jo", "address": {"zip": "10115"}},
    "encrypted": False,
    "items": [{"sku": "a", "count": 1}, {"sku": "b", "count": 5}],
    "coupon": None,
    "note": "",
    "tags": [],
}


def text(value: str) -> dict[str, dict[str, str]]:
    return {"key": {"DataType": "String", "StringValue": value}}


OTHER = {"other": {"DataType": "String", "StringValue": "x"}}
"""Attributes, but not the one that is asked for."""


def number(value: str) -> dict[str, dict[str, str]]:
    return {"key": {"DataType": "Number", "StringValue": value}}


def array(*values: object) -> dict[str, dict[str, str]]:
    return {"key": {"DataType": "String.Array", "StringValue": json.dumps(values)}}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({}, True),
        ({"store": ["example_corp"]}, True),
        ({"store": ["example_corp"], "event": [{"anything-but": "order_cancelled"}]}, True),
        (
            {
                "customer_interests": ["rugby", "football", "baseball"],
                "price_usd": [{"numeric": [">=", 100]}],
            },
            True,
        ),
        ({"store": ["example_corp"], "event": ["order_cancelled"]}, False),
        ({"customer_interests": ["tennis"]}, False),
        ({"encrypted": [False]}, False),
        ({"encrypted": [{"exists": False}]}, True),
        ({"encrypted": [None]}, True),
    ],
)
def test_the_guides_policies_over_attributes(policy, wanted):
    assert wants_attributes(policy, GUIDE_ATTRIBUTES) is wanted


@pytest.mark.parametrize(
    ("rules", "attributes", "wanted"),
    [
        (["rugby"], text("rugby"), True),
        (["rugby"], text("Rugby"), False),
        (["rugby", "tennis"], array("baseball", "tennis"), True),
        ([{"anything-but": ["rugby", "tennis"]}], text("baseball"), True),
        ([{"anything-but": ["rugby", "tennis"]}], text("rugby"), False),
        ([{"anything-but": ["rugby", "tennis"]}], array("football", "baseball"), True),
        ([{"anything-but": ["rugby", "tennis"]}], array("rugby", "baseball"), False),
        ([{"anything-but": ["rugby", "tennis"]}], array("rugby"), False),
        ([{"anything-but": ["rugby", "tennis"]}, "rugby"], array("rugby", "baseball"), True),
        ([{"anything-but": {"prefix": "rug"}}], array("rugby", "baseball"), False),
        ([{"anything-but": ["rugby", "tennis"]}], {}, False),
        ([{"anything-but": 100}], number("101"), True),
        ([{"anything-but": [100, 500]}], number("100.0"), False),
        ([{"anything-but": {"prefix": "order-"}}], text("data-entry"), True),
        ([{"anything-but": {"prefix": "order-"}}], text("order-number"), False),
        ([{"anything-but": {"prefix": ["order-", "return-"]}}], text("return-1"), False),
        ([{"anything-but": {"suffix": "ball"}}], text("baseball"), False),
        ([{"anything-but": {"suffix": "ball"}}], text("hockey"), True),
        ([{"anything-but": {"wildcard": "*ball*"}}], text("football team"), False),
        ([{"anything-but": {"wildcard": ["*ball", "r*y"]}}], text("rugby"), False),
        ([{"anything-but": {"wildcard": ["*ball", "r*y"]}}], text("tennis"), True),
        ([{"anything-but": {"equals-ignore-case": "tennis"}}], text("TENNIS"), False),
        ([{"equals-ignore-case": "tennis"}], text("TENNIS"), True),
        ([{"equals-ignore-case": "tennis"}], text("tennis!"), False),
        ([{"prefix": "bas"}], text("baseball"), True),
        ([{"prefix": "bas"}], text("rugby"), False),
        ([{"suffix": "ball"}], text("basketball"), True),
        ([{"suffix": "ball"}], text("balls"), False),
        ([{"wildcard": "*ball"}], text("baseball"), True),
        ([{"wildcard": "b*b*l"}], text("baseball"), True),
        ([{"wildcard": "b*x*l"}], text("baseball"), False),
        ([{"wildcard": r"\*ball"}], text("*ball"), True),
        ([{"wildcard": r"\*ball"}], text("baseball"), False),
        ([{"cidr": "10.0.0.0/24"}], text("10.0.0.255"), True),
        ([{"cidr": "10.0.0.0/24"}], text("10.1.1.0"), False),
        ([{"cidr": "2001:db8::/32"}], text("2001:db8::1"), True),
        ([{"cidr": "10.0.0.0/24"}], text("nowhere"), False),
        ([{"cidr": "10.0.0.0/24"}], number("10"), False),
        ([301.5], number("301.500"), True),
        ([301.5], text("301.5"), False),
        (["301.5"], number("301.5"), False),
        ([{"numeric": ["=", 301.5]}], number("3.015e2"), True),
        ([{"numeric": ["=", 301.5]}], number("301.51"), False),
        ([{"numeric": [">", 0, "<=", 150]}], number("150"), True),
        ([{"numeric": [">", 0, "<=", 150]}], number("0"), False),
        ([{"numeric": ["<", 10]}], text("5"), False),
        ([{"numeric": ["<", 10]}], array(5, "x"), True),
        ([{"exists": True}], text("any"), True),
        ([{"exists": True}], {}, False),
        ([{"exists": True}], array(), False),
        ([{"exists": True}], array(None), False),
        ([{"exists": False}], OTHER, True),
        ([{"exists": False}], {}, False),
        ([{"exists": False}], text("any"), False),
        ([True], array(True), True),
        ([True], text("true"), False),
        ([None], array(None), True),
        ([None, "x"], OTHER, True),
        ([None, "x"], {}, False),
    ],
)
def test_every_operator_over_attributes(rules, attributes, wanted):
    assert wants_attributes({"key": rules}, attributes) is wanted


def test_binary_attributes_can_not_be_matched():
    attributes = {"key": {"DataType": "Binary", "BinaryValue": b"x"}}
    assert not wants_attributes({"key": ["x"]}, attributes)
    assert not wants_attributes({"key": [{"exists": True}]}, attributes)


def test_an_array_that_is_no_json_is_a_text():
    attributes = {"key": {"DataType": "String.Array", "StringValue": "[oops"}}
    assert wants_attributes({"key": ["[oops"]}, attributes)


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"store": ["example_corp"], "event": ["order_placed"]}, True),
        ({"customer": {"name": ["Jo"]}}, True),
        ({"customer": {"name": ["Jo"], "address": {"zip": [{"prefix": "20"}]}}}, False),
        ({"customer": {"name": ["Jo"], "address": {"zip": [{"prefix": "10"}]}}}, True),
        ({"customer": {"phone": [{"exists": False}]}}, True),
        ({"customer": [{"exists": True}]}, False),
        ({"nobody": {"name": [{"exists": False}]}}, True),
        ({"nobody": {"name": ["Jo"]}}, False),
        ({"store": {"name": ["Jo"]}}, False),
        ({"encrypted": [False]}, True),
        ({"encrypted": [0]}, False),
        ({"coupon": [None]}, True),
        ({"missing": [None]}, False),
        ({"price_usd": [210.75]}, True),
        ({"price_usd": [{"anything-but": [210.75]}]}, False),
        ({"customer_interests": ["hockey"]}, True),
        ({"customer_interests": [{"anything-but": ["rugby"]}]}, True),
        ({"customer_interests": [{"anything-but": ["soccer", "rugby", "hockey"]}]}, False),
        ({"coupon": [{"exists": True}]}, False),
        ({"coupon": [{"exists": False}]}, False),
        ({"note": [{"exists": True}]}, False),
        ({"tags": [{"exists": True}]}, False),
        ({"items": {"sku": ["b"], "count": [5]}}, True),
        ({"items": {"sku": ["a"], "count": [5]}}, False),
        ({"$or": [{"store": ["other"]}, {"event": [{"prefix": "order"}]}]}, True),
        ({"$or": [{"store": ["other"]}, {"event": ["x"]}]}, False),
        ({"store": ["example_corp"], "$or": [{"price_usd": [1]}, {"customer": {"name": ["Jo"]}}]}, True),
        ({"customer": {"$or": [{"name": ["Al"]}, {"address": {"zip": ["10115"]}}]}}, True),
    ],
)
def test_policies_over_the_body(policy, wanted):
    assert wants_body(policy, json.dumps(GUIDE_BODY)) is wanted


@pytest.mark.parametrize("body", ["", "text", "[1]", "12", '"text"', "{", "[" * 100_000])
def test_a_policy_over_the_body_wants_nothing_that_is_no_json_object(body):
    assert not wants_body({"store": [{"exists": False}]}, body)


def test_an_or_without_objects_is_the_name_of_a_field():
    assert wants_body({"$or": ["a"]}, '{"$or": "a"}')
    assert wants_body({"$or": {"b": ["a"]}}, '{"$or": {"b": "a"}}')
    assert not wants_body({"$or": ["a"]}, '{"store": "a"}')


TEXT = st.text("ab*", max_size=8)


@given(TEXT.filter(lambda pattern: "**" not in pattern), st.text("ab", max_size=10))
def test_wildcards_match_as_in_a_shell(pattern, value):
    assert wants_attributes({"key": [{"wildcard": pattern}]}, text(value)) is fnmatchcase(value, pattern)


@given(st.lists(TEXT, min_size=1), TEXT)
def test_anything_but_is_the_opposite_of_a_list(options, value):
    assert wants_attributes({"key": options}, text(value)) is not wants_attributes(
        {"key": [{"anything-but": options}]}, text(value)
    )


@given(st.integers(-100, 100), st.integers(-100, 100), st.integers(1, 100))
def test_a_range_is_what_both_its_bounds_allow(value, low, width):
    inside = wants_attributes({"key": [{"numeric": [">=", low, "<", low + width]}]}, number(str(value)))
    assert inside is (low <= value < low + width)


@given(st.text(max_size=20))
def test_any_text_has_values(given_text):
    for kind in ("String", "Number", "String.Array", "Number.int"):
        attribute_values({"DataType": kind, "StringValue": given_text})
