"""How topics and subscriptions change; what AWS says of it is in `tests/conformance/test_sns*.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.aws.rules.outside import address_of
from harness.sim.services.sns.model import (
    TOKEN_SECONDS,
    PublishedMessage,
    Subscription,
    TopicState,
    TopicStore,
)

PREFIX = "arn:aws:sns:eu-west-1:123456789012:"
HELLO = PublishedMessage("one", f"{PREFIX}orders.fifo", "hello", 0.0, group="a", dedup="d")


def topic(name="orders", **attributes):
    return TopicState(PREFIX + name, name, "123456789012", attributes, {})


def subscription(of, name="s", endpoint="https://example.com/hook", **more):
    return Subscription(
        f"{of.arn}:{name}", of.arn, "https", endpoint, address_of("https", endpoint), of.owner, **more
    )


@pytest.fixture
def orders():
    return topic()


@pytest.fixture
def store(orders):
    made = TopicStore()
    made.add(orders)
    return made


def test_standard_topics_neither_number_nor_compare():
    orders = topic()
    assert orders.accept(HELLO, "hello", 0.0) == (HELLO, None)
    assert orders.accept(HELLO, "hello", 1.0) == (HELLO, None)


def test_fifo_topics_number_messages_and_know_duplicates_for_five_minutes():
    orders = topic("orders.fifo")
    first, earlier = orders.accept(HELLO, "hello", 0.0)
    assert (first.sequence, earlier) == ("10000000000000001000", None)
    again = replace(HELLO, id="two", group="b")
    assert orders.accept(again, "hello", 299.0) == (again, first)
    third, earlier = orders.accept(again, "hello", 300.0)
    assert (third.sequence, earlier) == ("10000000000000002000", None)


def test_the_same_deduplication_id_counts_within_the_scope_of_a_topic():
    orders = topic("orders.fifo", FifoThroughputScope="MessageGroup")
    orders.accept(HELLO, "hello", 0.0)
    assert orders.accept(replace(HELLO, group="b"), "hello", 1.0)[1] is None
    assert orders.accept(HELLO, "hello", 1.0)[1] is not None


def test_without_an_id_the_whole_body_decides():
    orders = topic("orders.fifo")
    bare = replace(HELLO, dedup="")
    first, _ = orders.accept(bare, '{"default": "hello", "sqs": "a"}', 0.0)
    assert len(first.dedup) == 64
    assert orders.accept(bare, '{"default": "hello", "sqs": "b"}', 1.0)[1] is None
    assert orders.accept(bare, '{"default": "hello", "sqs": "a"}', 1.0)[1] is not None


def test_deliveries_keep_the_pace_of_a_throttle_policy(orders):
    paced = subscription(orders, pace_seconds=2.0)
    assert [paced.start_of_next(now) for now in (10.0, 10.0, 11.0, 20.0)] == [10.0, 12.0, 14.0, 20.0]
    free = subscription(orders)
    assert [free.start_of_next(now) for now in (10.0, 10.0)] == [10.0, 10.0]


def test_a_token_confirms_for_two_days(store, orders):
    made = subscription(orders, pending=True, authenticated=False)
    made.give_token("t", 0.0)
    store.subscribe(orders, made)
    assert store.confirm(orders, "u", 1.0) is None
    assert store.confirm(orders, "t", TOKEN_SECONDS + 1) is None
    assert made.pending
    assert store.confirm(orders, "t", TOKEN_SECONDS) is made
    assert (made.pending, made.authenticated) == (False, True)


def test_only_those_who_wait_are_forgotten(store, orders):
    waits, confirmed = subscription(orders, "waits", pending=True), subscription(orders, "confirmed")
    for made in (waits, confirmed):
        store.subscribe(orders, made)
        store.forget_unconfirmed(made)
    store.forget_unconfirmed(waits)
    assert list(store.subscriptions()) == [confirmed]
    assert waits.gone


def test_an_ended_subscription_is_restored_with_its_token_once(store, orders):
    made = subscription(orders)
    store.subscribe(orders, made)
    store.deactivate(made, "t", 0.0)
    assert (made.gone, orders.subscriptions, orders.subscriptions_deleted) == (True, {}, 1)
    assert store.confirm(orders, "t", 1.0) is made
    assert (made.gone, store.find_subscription(made.arn)) == (False, made)


def test_an_ended_subscription_stays_so_where_another_took_its_place(store, orders):
    ended = subscription(orders, "ended")
    store.subscribe(orders, ended)
    store.deactivate(ended, "t", 0.0)
    store.subscribe(orders, subscription(orders, "new"))
    assert store.confirm(orders, "t", 1.0) is None
    assert ended.gone


def test_a_topic_takes_its_subscriptions_along(store, orders):
    made = subscription(orders)
    store.subscribe(orders, made)
    store.delete(orders)
    assert made.gone
    assert store.find(orders.arn) is None
    assert store.find_subscription(made.arn) is None


def test_topics_of_a_region_are_listed_by_name(store, orders):
    first = topic("billing")
    store.add(first)
    store.add(TopicState(orders.arn.replace("eu-west-1", "us-east-1"), "orders", orders.owner, {}, {}))
    assert store.topics_below(PREFIX) == [first, orders]
