"""AWS's cron expressions, by the examples of its documentation and by looking at every minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.schedules.cron import Cron, NotCron


@pytest.mark.parametrize(
    ("expression", "first_three"),
    [
        ("0 10 * * ? *", ["2026-01-01T10:00", "2026-01-02T10:00", "2026-01-03T10:00"]),
        ("0 18 ? * MON-FRI *", ["2026-01-01T18:00", "2026-01-02T18:00", "2026-01-05T18:00"]),
        ("0 8 1 * ? *", ["2026-01-01T08:00", "2026-02-01T08:00", "2026-03-01T08:00"]),
        ("0/15 * * * ? *", ["2026-01-01T00:00", "2026-01-01T00:15", "2026-01-01T00:30"]),
        ("5,35 14 * * ? *", ["2026-01-01T14:05", "2026-01-01T14:35", "2026-01-02T14:05"]),
        ("15 10 ? * 6L 2026-2027", ["2026-01-30T10:15", "2026-02-27T10:15", "2026-03-27T10:15"]),
        ("0 2 ? * SAT#3 *", ["2026-01-17T02:00", "2026-02-21T02:00", "2026-03-21T02:00"]),
        ("0 0 L * ? *", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]),
        ("0 0 1W * ? *", ["2026-01-01T00:00", "2026-02-02T00:00", "2026-03-02T00:00"]),
        ("0 0 15W * ? *", ["2026-01-15T00:00", "2026-02-16T00:00", "2026-03-16T00:00"]),
        ("0 12 29 2 ? *", ["2028-02-29T12:00", "2032-02-29T12:00", "2036-02-29T12:00"]),
        ("0 0 ? * L *", ["2026-01-03T00:00", "2026-01-10T00:00", "2026-01-17T00:00"]),
        ("0 0 ? FEB SUN#5 *", ["2032-02-29T00:00", "2060-02-29T00:00", "2088-02-29T00:00"]),
    ],
)
def test_an_expression_runs_at_these_times(expression, first_three):
    found, moment = [], datetime(2025, 12, 31, 23, 59)
    for _ in first_three:
        moment = Cron.read(expression).after(moment)
        found.append(moment.isoformat(timespec="minutes"))
    assert found == first_three


def test_years_that_are_over_leave_nothing():
    assert Cron.read("0/5 5 ? JAN 1-5 2022").after(datetime(2026, 1, 1)) is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "INVALID",
        "0 1 * * * *",
        "0 1 ? * ? *",
        "7 20 * * NOT *",
        "0 dummy ? * MON-FRI *",
        "71 8 1 * ? *",
        "0 24 * * ? *",
        "0 8 32 * ? *",
        "0 8 0 * ? *",
        "0 8 * 13 ? *",
        "0 8 ? * 8 *",
        "0 8 ? * 2#6 *",
        "0 8 * * ? 1969",
        "0 8 * * ? 2200",
        "0/0 8 * * ? *",
        "*-5 8 * * ? *",
        "0 8 W * ? *",
        "0 8 * * ?",
        "0 8 * * ? * *",
        "0, 8 * * ? *",
        "² 8 * * ? *",
    ],
)
def test_anything_else_is_refused(expression):
    with pytest.raises(NotCron):
        Cron.read(expression)


def _list(low: int, high: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    """A field's text, and the values that it stands for."""
    number = st.integers(low, high)
    single = number.map(lambda n: (f"{n}", {n}))
    span = st.tuples(number, number).map(sorted).map(lambda p: (f"{p[0]}-{p[1]}", {*range(p[0], p[1] + 1)}))
    steps = st.tuples(number, st.integers(1, high)).map(
        lambda p: (f"{p[0]}/{p[1]}", {*range(p[0], high + 1, p[1])})
    )
    every = st.just(("*", {*range(low, high + 1)}))
    return st.one_of(
        every,
        steps,
        st.lists(st.one_of(single, span), min_size=1, max_size=3).map(
            lambda parts: (",".join(text for text, _ in parts), set().union(*(found for _, found in parts)))
        ),
    )


@given(
    _list(0, 59),
    _list(0, 23),
    st.one_of(st.tuples(_list(1, 31), st.none()), st.tuples(st.none(), _list(1, 7))),
    _list(1, 12),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
)
def test_the_next_time_is_the_first_minute_that_all_fields_allow(minutes, hours, days, months, moment):
    by_date, by_weekday = days
    expression = (
        f"{minutes[0]} {hours[0]} {by_date[0] if by_date else '?'} {months[0]} "
        f"{by_weekday[0] if by_weekday else '?'} *"
    )
    found = Cron.read(expression).after(moment)
    on_day = [
        day
        for day in (moment.date() + timedelta(days=n) for n in range(366 * 9))
        if day.month in months[1]
        and (by_date is None or day.day in by_date[1])
        and (by_weekday is None or day.isoweekday() % 7 + 1 in by_weekday[1])
    ]
    expected = next(
        (
            at
            for day in on_day
            for hour in sorted(hours[1])
            for minute in sorted(minutes[1])
            if (at := datetime(day.year, day.month, day.day, hour, minute)) > moment
        ),
        None,
    )
    assert found == expected or (expected is None and found is not None and found.year > 2032)
