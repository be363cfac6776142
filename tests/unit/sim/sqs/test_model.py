"""The state machine of a queue, by plain calls: time is an argument."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.sim.services.sqs import model as machine
from harness.sim.services.sqs.message import Message, State
from harness.sim.services.sqs.model import (
    BeyondLimit,
    Gone,
    HandleExpired,
    InvalidHandle,
    OtherQueue,
    QueueState,
    TooManyInFlight,
)
from harness.sim.services.sqs.settings import defaults, settings_of

STANDARD, FIFO = settings_of(defaults(False)), settings_of(defaults(True))
KEY = ("", "d")


def queue_of(settings=STANDARD, overtaken_by=None, **changes):
    settings = replace(settings, **changes)
    return QueueState(settings, "tag", overtaken_by) if overtaken_by else QueueState(settings, "tag")


def put(queue, id, *, now=0.0, group=None, delay=0.0, sent_at=None):
    message = Message(id, id, "", now if sent_at is None else sent_at, group=group)
    queue.add(message, now, delay)
    return message


def take(queue, *, now=0.0, limit=10, hidden_for=30.0, max_receives=None):
    return [m.id for m in queue.hand_out(limit, now, hidden_for, max_receives).out]


@pytest.fixture
def queue():
    return queue_of()


@pytest.fixture
def fifo():
    return queue_of(FIFO)


def test_a_message_that_was_handed_out_is_hidden_until_its_timeout_lapses(queue):
    message = put(queue, "a")
    assert take(queue) == ["a"]
    assert take(queue, now=29.9) == []
    assert queue.next_visible_at() == 30.0
    assert queue.lapse(29.9) == []
    assert queue.lapse(30.0) == [message]
    assert take(queue, now=30.0) == ["a"]
    assert (message.receive_count, message.first_received_at) == (2, 0.0)


def test_a_delayed_message_is_counted_apart_and_its_lapse_is_no_return(queue):
    put(queue, "a", delay=5.0)
    assert (queue.count(State.DELAYED), take(queue)) == (1, [])
    assert queue.lapse(5.0) == []
    assert (queue.count(State.DELAYED), queue.count(State.VISIBLE)) == (0, 1)


def test_visibility_of_zero_hands_out_and_leaves_visible(queue):
    message = put(queue, "a")
    assert take(queue, hidden_for=0.0) == take(queue, hidden_for=0.0) == ["a"]
    assert (message.state, message.receipt) == (State.VISIBLE, 2)


def test_no_message_is_handed_out_twice_in_one_receive_that_hides_nothing(queue):
    for name in "abc":
        put(queue, name)
    assert take(queue, hidden_for=0.0, limit=10) == ["a", "b", "c"]


def test_a_message_received_too_often_fails_and_the_receive_goes_on_with_the_next(queue):
    put(queue, "a")
    take(queue, hidden_for=0.0, max_receives=1)
    put(queue, "b")
    handed = queue.hand_out(10, 0.0, 30.0, 1)
    assert [m.id for m in handed.failed] == ["a"]
    assert [m.id for m in handed.out] == ["b"]
    assert len(queue) == 1


def test_an_earlier_handle_deletes_as_long_as_its_visibility_timeout_has_not_passed(queue):
    message = put(queue, "a")
    take(queue, hidden_for=0.0)
    early = message.handle()
    take(queue)
    done = queue.delete(early)
    assert (done.deleted, done.late, len(queue)) == (True, True, 0)
    assert queue.delete(message.handle()).deleted is False


def test_a_handle_that_lapsed_deletes_nothing_once_the_message_was_received_again(queue):
    message = put(queue, "a")
    take(queue)
    early = message.handle()
    queue.lapse(30.0)
    take(queue, now=30.0)
    stale = queue.delete(early)
    assert (stale.deleted, stale.late, len(queue)) == (False, True, 1)
    done = queue.delete(message.handle())
    assert (done.deleted, done.late, len(queue)) == (True, False, 0)


def test_a_standard_queue_deletes_a_message_that_is_visible_again_and_says_it_is_late(queue):
    message = put(queue, "a")
    take(queue)
    queue.lapse(30.0)
    done = queue.delete(message.handle())
    assert (done.deleted, done.late) == (True, True)
    assert take(queue, now=31.0) == []


def test_a_fifo_queue_refuses_a_handle_whose_time_has_lapsed(fifo):
    message = put(fifo, "a", group="g")
    take(fifo)
    fifo.lapse(30.0)
    with pytest.raises(HandleExpired, match="a"):
        fifo.delete(message.handle())
    with pytest.raises(HandleExpired):
        fifo.change_visibility(message.handle(), 10.0, 30.0)
    take(fifo, now=30.0)
    assert len(fifo) == 1


def test_a_fifo_queue_takes_an_earlier_handle_while_its_message_is_in_flight(fifo):
    message = put(fifo, "a", group="g")
    take(fifo, hidden_for=0.0)
    early = message.handle()
    with pytest.raises(HandleExpired, match="a"):
        fifo.delete(early)
    take(fifo)
    assert fifo.delete(early).deleted


def test_a_handle_of_another_queue_is_told_apart(queue):
    message = put(QueueState(STANDARD, "other"), "a")
    with pytest.raises(OtherQueue):
        queue.delete(message.handle())
    with pytest.raises(OtherQueue):
        queue.change_visibility(message.handle(), 1.0, 0.0)


@pytest.mark.parametrize("handle", ["", "x", "ééé", "dGFnIGEgeA=="])
def test_what_never_was_a_handle_is_invalid(queue, handle):
    put(queue, "a")
    take(queue)
    with pytest.raises(InvalidHandle):
        queue.delete(handle)
    with pytest.raises(InvalidHandle):
        queue.change_visibility(handle, 1.0, 0.0)


def test_a_change_of_visibility_counts_from_now(queue):
    message = put(queue, "a")
    take(queue)
    queue.change_visibility(message.handle(), 100.0, 20.0)
    assert (queue.lapse(119.0), len(queue.lapse(120.0))) == ([], 1)


def test_a_change_of_visibility_to_zero_makes_visible_at_once(queue):
    message = put(queue, "a")
    take(queue)
    queue.change_visibility(message.handle(), 0.0, 1.0)
    assert take(queue, now=1.0) == ["a"]


def test_an_earlier_handle_changes_the_visibility_of_a_message_in_flight(queue):
    message = put(queue, "a")
    take(queue, hidden_for=0.0)
    early = message.handle()
    take(queue)
    queue.change_visibility(early, 0.0, 1.0)
    assert take(queue, now=1.0) == ["a"]


def test_a_handle_that_lapsed_changes_no_visibility_and_that_of_a_deleted_message_is_an_error(queue):
    message = put(queue, "a")
    take(queue)
    early = message.handle()
    queue.lapse(30.0)
    queue.change_visibility(early, 10.0, 30.0)
    assert take(queue, now=30.0) == ["a"]
    queue.change_visibility(early, 0.0, 31.0)
    assert take(queue, now=31.0) == []
    queue.delete(message.handle())
    with pytest.raises(Gone):
        queue.change_visibility(message.handle(), 10.0, 30.0)


def test_a_message_is_hidden_for_twelve_hours_at_most_since_it_was_received(queue):
    message = put(queue, "a")
    take(queue)
    queue.change_visibility(message.handle(), 43_190.0, 10.0)
    with pytest.raises(BeyondLimit):
        queue.change_visibility(message.handle(), 43_190.5, 10.0)


def test_messages_expire_by_the_time_they_were_sent_whatever_their_state(queue):
    put(queue, "old", sent_at=-100.0)
    put(queue, "hidden")
    put(queue, "young", now=10.0)
    retention = queue.settings.retention_seconds
    assert queue.next_expiry() == retention - 100.0
    take(queue, now=retention - 101.0, limit=2)
    assert [m.id for m in queue.expire(retention)] == ["old", "hidden"]
    assert [m.id for m in queue] == ["young"]
    queue.settings = replace(queue.settings, retention_seconds=60.0)
    assert [m.id for m in queue.expire(70.0)] == ["young"]


def test_the_in_flight_limit_caps_a_receive_and_then_refuses(queue, monkeypatch):
    monkeypatch.setattr(machine, "IN_FLIGHT_MAX", 3)
    for number in range(5):
        put(queue, str(number))
    assert len(take(queue, limit=2)) == 2
    assert len(take(queue, limit=2)) == 1
    with pytest.raises(TooManyInFlight):
        take(queue)


def test_a_group_waits_while_one_of_its_messages_is_in_flight(fifo):
    for name in ("a1", "a2", "b1"):
        put(fifo, name, group=name[0])
    assert take(fifo, limit=1) == ["a1"]
    assert take(fifo) == ["b1"]
    fifo.lapse(30.0)
    assert take(fifo, now=30.0, limit=1) == ["a1"]


@pytest.mark.parametrize(("hidden", "given"), [(0, []), (1, ["a1"]), (2, ["a1", "a2"])])
def test_a_group_gives_what_comes_before_its_first_hidden_message(fifo, hidden, given):
    messages = [put(fifo, name, group="a") for name in ("a1", "a2", "a3")]
    take(fifo, hidden_for=1.0)
    fifo.change_visibility(messages[hidden].handle(), 4.0, 0.0)
    fifo.lapse(2.5)
    assert take(fifo, now=2.5) == given


def test_groups_take_turns(fifo):
    for name in ("a1", "b1", "b2", "c1", "a2"):
        put(fifo, name, group=name[0])
    assert take(fifo, limit=3, hidden_for=0.0) == ["a1", "a2", "b1"]
    assert take(fifo, hidden_for=0.0) == ["c1", "a1", "a2", "b1", "b2"]


def test_a_group_that_is_given_back_waits_for_its_turn(fifo):
    first, *_ = (put(fifo, name, group=name[0]) for name in ("a1", "a2", "b1"))
    assert take(fifo, limit=2) == ["a1", "a2"]
    fifo.change_visibility(first.handle(), 0.0, 0.0)
    assert take(fifo) == ["b1", "a1"]


def test_messages_that_are_moved_away_come_in_the_order_of_their_group(fifo):
    for name in ("a1", "b1", "a2"):
        put(fifo, name, group=name[0])
    assert [fifo.pop().id for _ in range(3)] == ["a1", "b1", "a2"]
    assert fifo.pop() is None


def test_one_receive_takes_several_messages_of_a_group_in_order(fifo):
    for name in ("a1", "b1", "a2", "a3", "b2"):
        put(fifo, name, group=name[0])
    assert take(fifo) == ["a1", "a2", "a3", "b1", "b2"]


def test_a_group_goes_on_once_all_of_its_messages_in_flight_are_done(fifo):
    first, second = put(fifo, "a1", group="a"), put(fifo, "a2", group="a")
    put(fifo, "a3", group="a")
    take(fifo, limit=2)
    fifo.delete(second.handle())
    assert take(fifo) == []
    fifo.news = False
    fifo.delete(first.handle())
    assert fifo.news
    assert take(fifo) == ["a3"]


def test_a_group_goes_on_when_its_head_is_dead_lettered_expired_or_purged(fifo):
    put(fifo, "a1", group="a")
    put(fifo, "a2", group="a", now=100.0)
    take(fifo, limit=1, hidden_for=1.0, max_receives=1)
    fifo.lapse(1.0)
    handed = fifo.hand_out(1, 1.0, 30.0, 1)
    assert ([m.id for m in handed.failed], [m.id for m in handed.out]) == (["a1"], ["a2"])
    fifo.clear()
    put(fifo, "a3", group="a")
    assert take(fifo) == ["a3"]


def test_a_fifo_delay_that_changes_counts_for_messages_that_wait_already(fifo):
    put(fifo, "a", group="g", delay=100.0)
    put(fifo, "b", group="g", now=50.0, delay=100.0)
    fifo.redelay(20.0, 60.0)
    assert take(fifo, now=60.0) == ["a"]
    assert fifo.next_visible_at() == 70.0


def test_a_repeated_attempt_gives_the_same_messages_and_handles_and_hides_them_anew(fifo):
    message = put(fifo, "a", group="g")
    out = fifo.hand_out(10, 0.0, 30.0).out
    fifo.remember("attempt", out, 0.0)
    handle = message.handle()
    assert fifo.repeat("attempt", 20.0, 30.0) == out
    assert (message.handle(), message.receive_count, fifo.next_visible_at()) == (handle, 1, 50.0)
    assert fifo.repeat("other", 20.0, 30.0) == ()
    fifo.change_visibility(handle, 5.0, 21.0)
    assert fifo.repeat("attempt", 22.0, 30.0) == ()


def test_an_attempt_is_remembered_for_five_minutes(fifo):
    put(fifo, "a", group="g")
    out = fifo.hand_out(10, 0.0, 1000.0).out
    fifo.remember("attempt", out, 0.0)
    assert fifo.repeat("attempt", 299.0, 1000.0) == out
    assert fifo.repeat("attempt", 300.0, 1000.0) == ()


def test_a_deduplication_key_is_known_for_five_minutes_after_the_message_also_when_it_is_gone(fifo):
    message = Message("a", "a", "", 0.0, group="g")
    fifo.add(message, 0.0, 0.0, KEY)
    fifo.remove(message)
    assert fifo.known(KEY, 299.9) is message
    assert fifo.known(KEY, 300.0) is None
    again = Message("b", "a", "", 0.0, group="g")
    fifo.add(again, 300.0, 0.0, KEY)
    assert fifo.known(KEY, 599.0) is again


def test_a_queue_that_is_cleared_forgets_what_was_sent(fifo):
    fifo.add(Message("a", "a", "", 0.0, group="g"), 0.0, 0.0, KEY)
    fifo.clear()
    assert fifo.known(KEY, 1.0) is None


def test_messages_of_a_standard_queue_may_be_overtaken():
    others = iter([2, 0, 0, 0])
    queue = queue_of(overtaken_by=lambda: next(others))
    for name in "abcd":
        put(queue, name)
    assert take(queue) == ["b", "c", "a", "d"]


def test_what_passes_leaves_nothing_behind(queue):
    put(queue, "stays", delay=900.0)
    for number in range(5000):
        message = put(queue, str(number))
        take(queue)
        queue.delete(message.handle())
    assert len(queue._ages) < 200
    assert len(queue._waiting) < 200
