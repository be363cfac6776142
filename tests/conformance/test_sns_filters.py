"""SNS: filter policies of subscriptions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.sns_helpers import (
    create_topic,
    listen,
    number,
    open_queue,
    publish,
    subscribe,
    text,
    texts,
)

ORDERS = {
    "placed": {"store": text("example_corp"), "event": text("order_placed"), "price": number(210)},
    "cancelled": {"store": text("example_corp"), "event": text("order_cancelled"), "price": number(100)},
    "elsewhere": {"store": text("other_corp"), "event": text("order_placed"), "price": number(50)},
    "unpriced": {"event": text("refund"), "address": text("10.0.0.17")},
    "bare": {},
}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"store": ["example_corp"]}, {"placed", "cancelled"}),
        ({"event": [{"anything-but": "order_cancelled"}]}, {"placed", "elsewhere", "unpriced"}),
        ({"event": [{"prefix": "order_c"}]}, {"cancelled"}),
        ({"event": [{"suffix": "placed"}]}, {"placed", "elsewhere"}),
        ({"store": [{"equals-ignore-case": "EXAMPLE_corp"}]}, {"placed", "cancelled"}),
        ({"store": [{"wildcard": "*x*_corp"}]}, {"placed", "cancelled"}),
        ({"price": [{"numeric": [">=", 100, "<", 200]}]}, {"cancelled"}),
        ({"price": [{"exists": True}]}, {"placed", "cancelled", "elsewhere"}),
        ({"price": [{"exists": False}]}, {"unpriced"}),
        ({"event": [{"anything-but": ["order_placed", "refund"]}]}, {"cancelled"}),
        ({"event": [{"anything-but": {"prefix": "order_c"}}]}, {"placed", "elsewhere", "unpriced"}),
        ({"event": [{"anything-but": {"suffix": "placed"}}]}, {"cancelled", "unpriced"}),
        ({"event": [{"anything-but": {"wildcard": "*_placed"}}]}, {"cancelled", "unpriced"}),
        ({"price": [{"anything-but": [100, 50]}]}, {"placed"}),
        ({"price": [210]}, {"placed"}),
        ({"address": [{"cidr": "10.0.0.0/24"}]}, {"unpriced"}),
        ({"store": ["example_corp"], "price": [{"numeric": [">", 100]}]}, {"placed"}),
        (
            {"$or": [{"store": ["other_corp"]}, {"price": [{"numeric": ["=", 100]}]}]},
            {"cancelled", "elsewhere"},
        ),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_a_filter_over_attributes_lets_through_what_matches_every_key(cloud, policy, wanted):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic, FilterPolicy=json.dumps(policy))
    for name, attributes in ORDERS.items():
        publish(cloud, topic, name, MessageAttributes=attributes)
    assert set(texts(cloud, url)) == wanted


def test_a_filter_on_an_array_matches_any_of_its_values(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic, FilterPolicy='{"interests": ["rugby", "tennis"]}')
    for message, interests in (("yes", ["soccer", "rugby"]), ("no", ["soccer"])):
        attribute = {"DataType": "String.Array", "StringValue": json.dumps(interests)}
        publish(cloud, topic, message, MessageAttributes={"interests": attribute})
    assert texts(cloud, url) == ["yes"]


def test_of_an_array_anything_but_excludes_every_value(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html"""
    topic = create_topic(cloud)
    policy = {"interests": [{"anything-but": ["rugby", "tennis"]}]}
    url = listen(cloud, topic, FilterPolicy=json.dumps(policy))
    for value in (["rugby", "baseball"], ["football", "baseball"]):
        interests = {"DataType": "String.Array", "StringValue": json.dumps(value)}
        publish(cloud, topic, value[0], MessageAttributes={"interests": interests})
    assert texts(cloud, url) == ["football"]


def test_a_message_without_attributes_passes_no_filter_over_attributes(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic, FilterPolicy='{"store": [{"exists": false}]}')
    publish(cloud, topic, "bare")
    publish(cloud, topic, "with another", MessageAttributes={"event": text("x")})
    assert texts(cloud, url) == ["with another"]


def test_a_filter_over_the_body_looks_into_objects_and_lists(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/example-filter-policies.html"""
    topic = create_topic(cloud)
    policy = {"order": {"items": {"sku": [{"prefix": "book-"}]}, "total": [{"numeric": [">", 10]}]}}
    url = listen(cloud, topic, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
    wanted = json.dumps({"order": {"items": [{"sku": "pen-1"}, {"sku": "book-2"}], "total": 12}})
    for message in (wanted, json.dumps({"order": {"items": [], "total": 12}}), "book-1", "[]"):
        publish(cloud, topic, message)
    assert texts(cloud, url) == [wanted]


def test_a_changed_filter_holds_for_what_is_published_afterwards(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/message-filtering-apply.html"""
    topic = create_topic(cloud)
    url, arn = open_queue(cloud, "work")
    subscription = subscribe(cloud, topic, arn, FilterPolicy='{"store": ["a"]}')
    sns = cloud.client("sns")
    publish(cloud, topic, "left out", MessageAttributes={"store": text("b")})
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"store": ["b"]}'
    )
    publish(cloud, topic, "let through", MessageAttributes={"store": text("b")})
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue="{}"
    )
    publish(cloud, topic, "without a filter")
    assert sorted(texts(cloud, url)) == ["let through", "without a filter"]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({str(n): ["x"] for n in range(6)}, "Filter policy can not have more than 5 keys"),
        ({"a": [str(n) for n in range(151)]}, "Filter policy is too complex"),
        ({"a": [{"numeric": [">", 3, "<", 1]}]}, "Bottom must be less than top"),
        ({"a": [{"like": "x"}]}, "Unrecognized match type like"),
    ],
)
def test_a_filter_beyond_the_limits_is_refused(cloud, policy, message):
    """https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"""
    topic = create_topic(cloud)
    _, arn = open_queue(cloud, "work")
    with pytest.raises(ClientError) as caught:
        subscribe(cloud, topic, arn, FilterPolicy=json.dumps(policy))
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameter"
    assert error["Message"].startswith(f"Invalid parameter: Attributes Reason: FilterPolicy: {message}")


@pytest.mark.parametrize("policy", [{"a": {"b.c": ["x"]}}, {"a.b": {"c": ["x"]}}, {"a.b.c": ["x"]}], ids=str)
def test_a_name_with_dots_reaches_into_objects_of_the_body(cloud, policy):
    """Recorded on AWS, March 2025."""
    topic = create_topic(cloud)
    url = listen(cloud, topic, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
    wanted = json.dumps({"a": {"b": {"c": "x"}}})
    for message in (json.dumps({"a": {"b": {"c": "y"}}}), wanted, json.dumps({"a": {"c": "x"}})):
        publish(cloud, topic, message)
    assert texts(cloud, url) == [wanted]


@pytest.mark.parametrize(
    ("rule", "reason", "column"),
    [
        ({"numeric": [">=", 1, ">", 2]}, "Bad numeric range operator: >", 31),
        ({"numeric": ["=", "000"]}, "Value of equals must be numeric", 26),
        ({"numeric": [">", 20, "<", 30, "<", 50]}, "Too many terms in numeric range expression", 36),
    ],
    ids=["operator", "type", "terms"],
)
def test_a_refusal_names_the_place_in_the_filter(cloud, rule, reason, column):
    """Recorded on AWS, May 2024."""
    topic, policy = create_topic(cloud), json.dumps({"key": [rule]}, separators=(",", ":"))
    _, arn = open_queue(cloud, "work")
    with pytest.raises(ClientError) as caught:
        subscribe(cloud, topic, arn, FilterPolicy=json.dumps({"key": [rule]}))
    assert caught.value.response["Error"]["Message"] == (
        f'Invalid parameter: Attributes Reason: FilterPolicy: {reason}\n at [Source: (String)"{policy}"; '
        f"line: 1, column: {column}]"
    )


def test_a_filter_that_is_no_json_is_refused_at_the_place_where_that_shows(cloud):
    """Recorded on AWS, January 2026."""
    topic = create_topic(cloud)
    _, arn = open_queue(cloud, "work")
    with pytest.raises(ClientError) as caught:
        subscribe(cloud, topic, arn, FilterPolicy="nonsense, not JSON")
    assert caught.value.response["Error"]["Message"] == (
        "Invalid parameter: Attributes Reason: FilterPolicy: failed to parse JSON. Unrecognized token "
        "'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n "
        "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 9]"
    )
