"""rate(…), cron(…) and at(…): schedules by their expressions.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from .cron import Cron

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_EXPRESSION = re.compile(r"(rate|cron|at)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"([0-9]{1,10}) (minute|hour|day)(s?)")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class BadExpression(ValueError):
    """This is no schedule expression."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds."""

    seconds: int

    def after(self, moment: datetime) -> datetime | None:
        """One interval later; None where the calendar ends before."""
        try:
            return moment + timedelta(seconds=self.seconds)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    moment: datetime

    def after(self, moment: datetime) -> datetime | None:
        """Its time, unless that is over."""
        return self.moment if self.moment > moment else None


Schedule = Rate | Cron | At


def read(text: str, *, once: bool = False, strict: bool = True) -> Schedule:
    """The schedule of an expression. Raises `BadExpression`.

    `once`: at(…) is one, too. `strict`: a rate of 1 has a singular, others have a plural.

    >>> read("rate(5 minutes)").seconds
    300
    """
    match = _EXPRESSION.fullmatch(text)
    if match is None or (match[1] == "at" and not once):
        raise BadExpression(text)
    try:
        if match[1] == "rate":
            return _rate(match[2], strict)
        if match[1] == "cron":
            return Cron.read(match[2])
        if not _AT.fullmatch(match[2]):
            raise BadExpression(text)
        return At(datetime.fromisoformat(match[2]))
    except ValueError:
        raise BadExpression(text) from None


def _rate(text: str, strict: bool) -> Rate:
    match = _RATE.fullmatch(text)
    number = int(match[1]) if match is not None else 0
    if match is None or number < 1 or (strict and (number == 1) == bool(match[3])):
        raise BadExpression(text)
    return Rate(number * _UNITS[match[2]])
