"""Batches of a stream: what goes into one, and what follows from an attempt."""

from __future__ import annotations

import pytest

from harness.aws.rules.stream_batches import BatchLimits
from harness.aws.rules.stream_pieces import (
    NOT_READ,
    REPORTED,
    BatchTry,
    Consumed,
    Following,
    Gathered,
    Piece,
    PieceAnswer,
    following,
    still_due,
    tried,
)
from harness.aws.rules.streams import StreamRecord

STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/rides"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:bill"


def record(position, at=0.0, group="r"):
    shown = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"id": {"S": str(position)}}}}
    return StreamRecord(position, str(position), group, at, shown)


def piece(count, **state):
    return Piece(tuple(record(position) for position in range(count)), **state)


def gathered(**settings):
    return Gathered(Consumed(STREAM, FUNCTION, 10, "TRIM_HORIZON", **settings), 0, 0)


def answer(**what):
    return PieceAnswer(**{"payload": None, "error": None, "failed": frozenset(), "version": "1"} | what)


def test_a_batch_ends_where_the_next_tumbling_window_begins():
    made = gathered(tumbling_seconds=60)
    assert made.take([record(0, at=10.0), record(1, at=59.0), record(2, at=61.0)]) == []
    assert [each.position for each in made.records] == [0, 1]
    assert (made.full, made.position) == (True, 2)


def test_a_window_without_records_ends_with_its_time():
    made = gathered(tumbling_seconds=60)
    made.take([record(0, at=10.0)])
    made.records.clear()
    assert not made.window_ends(59.0)
    assert made.window_ends(60.0)


def test_records_of_other_lanes_are_passed_over():
    made = gathered(lanes=10)
    groups = [f"g-{number}" for number in range(40)]
    made.take([record(position, group=group) for position, group in enumerate(groups)])
    assert 0 < len(made.records) < len(groups)
    assert made.position == len(groups)


def test_records_behind_those_that_are_done_are_a_batch_of_their_own():
    then = following(piece(3), BatchTry(True, done=1, why=REPORTED), BatchLimits())
    assert [each.ids for each in then.pieces] == [("1", "2")]


def test_a_target_that_was_not_reached_costs_no_retry():
    limits = BatchLimits(retries_max=0)
    assert following(piece(1), BatchTry(False), limits) == Following(again=piece(1))


@pytest.mark.parametrize(("count", "halves"), [(4, [("0", "1"), ("2", "3")]), (1, [])])
def test_a_batch_of_several_is_cut_in_two_and_one_record_is_tried_again(count, halves):
    then = following(piece(count), BatchTry(True, why="ValueError"), BatchLimits(bisects=True))
    assert [each.ids for each in then.pieces] == halves
    assert (then.again is None) == bool(halves)


def test_a_batch_is_given_up_after_its_last_retry():
    limits = BatchLimits(retries_max=1)
    first = following(piece(1), BatchTry(True, why="ValueError"), limits)
    assert (first.given_up, first.again and first.again.failures) == (False, 1)
    last = following(first.again, BatchTry(True, why="ValueError"), limits)
    assert (last.given_up, last.again and last.again.invoked) == (True, 2)


def test_an_answer_in_a_window_needs_a_state_unless_it_is_the_last():
    made = gathered(tumbling_seconds=60)
    made.take([record(0)])
    assert tried(made.piece, "r", answer(payload={})).why == NOT_READ
    final = Piece((), window=made.window, final=True)
    assert tried(final, "r", answer(payload={})).why == ""


def test_an_error_leaves_nothing_done_and_a_report_what_comes_before():
    error = tried(piece(3), "r", answer(error={"errorType": "ValueError"}))
    assert (error.done, error.why) == (0, "ValueError")
    report = tried(piece(3), "r", answer(failed=frozenset({"2"})))
    assert (report.done, report.why) == (2, REPORTED)


def test_expired_records_and_old_ones_leave_a_batch_before_its_next_attempt():
    batch = Piece(tuple(record(position, at=10.0 * position) for position in range(4)), failures=1)
    due = still_due(batch, [record(0)], 75.0, BatchLimits(age_seconds_max=60))
    assert [each.position for each in due.expired] == [0]
    assert [each.position for each in due.too_old.records] == [1]
    assert [each.position for each in due.rest.records] == [2, 3]
    assert due.rest.failures == 1
