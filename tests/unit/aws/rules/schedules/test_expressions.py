"""rate(…), cron(…) and at(…)."""

from __future__ import annotations

from datetime import datetime

import pytest

from harness.aws.rules.schedules import At, BadExpression, Cron, Rate, read

NOW = datetime(2026, 1, 1, 12, 0, 30)


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("rate(5 days)", 432_000)]
)
def test_a_rate_is_a_number_and_a_unit(expression, seconds):
    assert read(expression) == Rate(seconds)


def test_a_rate_comes_again_after_its_interval():
    assert read("rate(5 minutes)").after(NOW) == datetime(2026, 1, 1, 12, 5, 30)


def test_a_rate_beyond_the_end_of_the_calendar_never_comes():
    assert read("rate(9999999999 days)").after(NOW) is None


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "rate(1 hours)", "rate(10 day)"])
def test_the_unit_of_a_rule_is_singular_for_one_only_and_the_scheduler_does_not_mind(expression):
    with pytest.raises(BadExpression):
        read(expression)
    assert isinstance(read(expression, strict=False), Rate)


@pytest.mark.parametrize(
    "expression",
    [
        "rate()",
        "rate(10)",
        "rate(0 minutes)",
        "rate(-10 minutes)",
        "rate(10 seconds)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "rate(10 minutess)",
        "rate(10 MINUTES)",
        "rate(foo minutes)",
        "cron()",
        "cron(INVALID)",
        "at(2021-12-31)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-13-31T23:59:59)",
        "every monday",
    ],
)
def test_anything_else_is_refused(expression):
    with pytest.raises(BadExpression):
        read(expression, once=True, strict=False)


def test_at_is_once_and_only_where_that_is_allowed():
    schedule = read("at(2026-01-02T03:04:05)", once=True)
    assert schedule == At(datetime(2026, 1, 2, 3, 4, 5))
    assert schedule.after(NOW) == datetime(2026, 1, 2, 3, 4, 5)
    assert schedule.after(schedule.moment) is None
    with pytest.raises(BadExpression):
        read("at(2026-01-02T03:04:05)")


def test_cron_is_read_as_aws_writes_it():
    assert isinstance(read("cron(0 12 * * ? *)"), Cron)
