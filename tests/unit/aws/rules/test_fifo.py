"""Deduplication, and order within groups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.fifo import Deduplication, GroupOrder, content_based_id, deduplication_key


def test_a_message_is_known_for_five_minutes():
    seen: Deduplication[str] = Deduplication()
    seen.note("d", "m-1", 0.0)
    assert seen.known("d", 299.9) == "m-1"
    assert seen.known("other", 299.9) is None
    assert seen.known("d", 300.0) is None


def test_the_window_begins_anew_with_each_message_that_was_accepted():
    seen: Deduplication[str] = Deduplication()
    seen.note("d", "m-1", 0.0)
    seen.note("e", "m-2", 200.0)
    seen.note("d", "m-3", 300.0)
    assert [seen.known(key, 499.9) for key in "de"] == ["m-3", "m-2"]
    assert [seen.known(key, 599.9) for key in "de"] == ["m-3", None]


def test_messages_are_duplicates_in_their_group_only_where_the_scope_is_the_group():
    assert deduplication_key("d", "a", per_group=False) == deduplication_key("d", "b", per_group=False)
    assert deduplication_key("d", "a", per_group=True) != deduplication_key("d", "b", per_group=True)


def test_equal_bodies_have_equal_deduplication_ids():
    assert content_based_id("a") == content_based_id("a") != content_based_id("b")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_of_each_group_one_at_a_time_and_in_order(steps):
    order: GroupOrder[str, int] = GroupOrder()
    running: dict[str, int] = {}
    started: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    entered: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    for number, (group, finishes) in enumerate(steps):
        if finishes and group in running:
            following = order.finish(group)
            del running[group]
            if following is not None:
                running[group] = following
                started[group].append(following)
        elif not finishes:
            entered[group].append(number)
            if order.enter(group, number):
                assert group not in running
                running[group] = number
                started[group].append(number)
    for group in "abc":
        assert started[group] == entered[group][: len(started[group])]
