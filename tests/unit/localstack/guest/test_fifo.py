"""Deduplication and order of FIFO topics inside LocalStack."""

from __future__ import annotations

from harness.localstack.guest.fifo import LockedGroupOrder, TopicDeduplication

TOPIC, OTHER = "arn:aws:sns:eu-west-1:111111111111:a.fifo", "arn:aws:sns:eu-west-1:222222222222:a.fifo"


def test_a_duplicate_is_known_by_its_topic():
    seen = TopicDeduplication()
    assert seen.known_or_note(TOPIC, ("", "d"), ("m-1", "1"), 0.0) is None
    assert seen.known_or_note(TOPIC, ("", "d"), ("m-2", "2"), 299.0) == ("m-1", "1")
    assert seen.known_or_note(OTHER, ("", "d"), ("m-3", "3"), 299.0) is None
    assert seen.known_or_note(TOPIC, ("", "d"), ("m-4", "4"), 300.0) is None


def test_nothing_is_known_of_an_account_that_is_gone():
    seen = TopicDeduplication()
    for topic in (TOPIC, OTHER):
        seen.known_or_note(topic, ("", "d"), ("m-1", "1"), 0.0)
    seen.forget("111111111111")
    assert seen.known_or_note(TOPIC, ("", "d"), ("m-2", "2"), 1.0) is None
    assert seen.known_or_note(OTHER, ("", "d"), ("m-2", "2"), 1.0) == ("m-1", "1")


def test_a_delivery_that_ends_after_its_account_is_followed_by_nothing():
    order: LockedGroupOrder[str] = LockedGroupOrder()
    group = (f"{TOPIC}:subscription", "g")
    assert order.enter(group, "a")
    assert not order.enter(group, "b")
    order.forget("111111111111")
    assert order.finish(group) is None
    assert order.enter(group, "c")
