"""The times of schedules, in their zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from harness.aws.rules.schedules import read
from harness.sim.services.scheduler.model import ScheduleState

ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def schedule(expression, zone="UTC", created="2026-01-01T00:00", **given):
    state = ScheduleState(
        ARN,
        "s",
        "default",
        {"Target": {"Arn": "x"}, **given},
        read(expression, once=True, strict=False),
        ZoneInfo(zone),
        at(created),
        at(created),
    )
    return state


def runs(state, start, number):
    """The next times, in UTC."""
    found, now = [], at(start)
    for _ in range(number):
        following = state.next_time(now)
        if following is None:
            break
        found.append(datetime.fromtimestamp(following, UTC).isoformat(timespec="minutes")[:16])
        state.last_at = now = following
    return found


def test_a_local_time_that_the_clock_leaves_out_is_skipped():
    state = schedule("cron(30 2 * * ? *)", "Europe/Berlin")
    assert runs(state, "2026-03-28T00:00", 3) == ["2026-03-28T01:30", "2026-03-30T00:30", "2026-03-31T00:30"]


def test_a_local_time_that_comes_twice_runs_once():
    state = schedule("cron(30 2 * * ? *)", "Europe/Berlin")
    assert runs(state, "2026-10-24T12:00", 2) == ["2026-10-25T00:30", "2026-10-26T01:30"]


def test_a_day_of_a_rate_has_24_hours_whatever_the_clock_does():
    state = schedule("rate(1 day)", "Europe/Berlin", created="2026-03-28T12:00")
    assert runs(state, "2026-03-28T12:00", 3) == ["2026-03-28T12:00", "2026-03-29T12:00", "2026-03-30T12:00"]


def test_a_rate_begins_with_its_start_date():
    state = schedule("rate(1 hour)", StartDate=datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
    assert runs(state, "2026-01-01T00:00", 2) == ["2026-01-01T00:30", "2026-01-01T01:30"]


def test_a_start_date_in_the_past_keeps_its_rhythm():
    state = schedule("rate(1 hour)", StartDate=datetime(2025, 12, 31, 22, 30, tzinfo=UTC))
    assert runs(state, "2026-01-01T00:00", 2) == ["2026-01-01T00:30", "2026-01-01T01:30"]


@pytest.mark.parametrize("expression", ["rate(1 hour)", "cron(0 * * * ? *)"])
def test_nothing_runs_after_the_end_date(expression):
    state = schedule(expression, EndDate=datetime(2026, 1, 1, 2, 0, tzinfo=UTC))
    assert runs(state, "2026-01-01T00:00", 9)[-1] == "2026-01-01T02:00"


def test_one_time_runs_once_and_not_if_its_time_is_over():
    assert runs(schedule("at(2026-01-01T06:00:00)"), "2026-01-01T00:00", 5) == ["2026-01-01T06:00"]
    assert runs(schedule("at(2025-01-01T06:00:00)"), "2026-01-01T00:00", 5) == []
