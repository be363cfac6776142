"""AWS's cron expressions: minutes, hours, day of month, month, day of week, year.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIRST_YEAR, LAST_YEAR = 1970, 2199
_ANY = "?"
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")


class NotCron(ValueError):
    """This is no cron expression of AWS."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field's range of values, and the names that stand for them from the lowest on."""

    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> tuple[int, ...]:
        """All that a list like "0/15,40-50" stands for. A range whose end comes first wraps around."""
        found: set[int] = set()
        for part in text.split(","):
            found.update(self._of_part(part))
        return tuple(sorted(found))

    def value(self, text: str) -> int:
        """One value, by its number or its name. Raises `NotCron`."""
        if text in self.names:
            return self.low + self.names.index(text)
        if not (text.isascii() and text.isdigit()) or not self.low <= int(text) <= self.high:
            raise NotCron(text)
        return int(text)

    def _of_part(self, part: str) -> Iterator[int]:
        match = _PART.fullmatch(part)
        if match is None or (match["first"] == "*" and match["last"]):
            raise NotCron(part)
        step = int(match["step"]) if match["step"] else 1
        if not 1 <= step <= self.high:
            raise NotCron(part)
        if match["first"] == "*":
            first, last = self.low, self.high
        else:
            first = self.value(match["first"])
            last = self.high if match["step"] else first
            last = self.value(match["last"]) if match["last"] else last
        if last < first:
            last += self.high - self.low + 1
        for number in range(first, last + 1, step):
            yield self.low + (number - self.low) % (self.high - self.low + 1)


_MINUTES, _HOURS, _YEARS = _Field(0, 59), _Field(0, 23), _Field(FIRST_YEAR, LAST_YEAR)
_DAYS_OF_MONTH, _MONTHS, _DAYS_OF_WEEK = _Field(1, 31), _Field(1, 12, MONTHS), _Field(1, 7, DAYS)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read. Of `day_of_month` and `day_of_week`, texts as written, one is "?"."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day_of_month: str
    months: tuple[int, ...]
    day_of_week: str
    years: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> Cron:
        """The six fields. Raises `NotCron`.

        >>> Cron.read("0/30 8-9 ? * MON-FRI *").hours
        (8, 9)
        """
        fields = text.split()
        if len(fields) != 6:
            raise NotCron(text)
        minutes, hours, day_of_month, month, day_of_week, year = fields
        if (day_of_month == _ANY) == (day_of_week == _ANY):
            raise NotCron(text)
        found = cls(
            _MINUTES.values(minutes),
            _HOURS.values(hours),
            day_of_month,
            _MONTHS.values(month),
            day_of_week,
            _YEARS.values(year),
        )
        found._days(2024, 1)
        return found

    def after(self, moment: datetime) -> datetime | None:
        """The first time that comes later, without a zone; None if there is none any more.

        >>> Cron.read("15 10 ? * 6L 2026").after(datetime(2026, 2, 1))
        datetime.datetime(2026, 2, 27, 10, 15)
        """
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year, month, day in self._dates_from(start):
            on_first_day = (year, month, day) == (start.year, start.month, start.day)
            for hour in self.hours:
                for minute in self.minutes:
                    if not on_first_day or (hour, minute) >= (start.hour, start.minute):
                        return datetime(year, month, day, hour, minute)
        return None

    def _dates_from(self, start: datetime) -> Iterator[tuple[int, int, int]]:
        for year in self.years:
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self._days(year, month):
                    if (year, month, day) >= (start.year, start.month, start.day):
                        yield year, month, day

    def _days(self, year: int, month: int) -> Sequence[int]:
        """The days of a month on which it runs."""
        first, number = monthrange(year, month)
        if self.day_of_week == _ANY:
            return _by_date(self.day_of_month, (first + 1) % 7, number)
        return _by_weekday(self.day_of_week, (first + 1) % 7, number)


def _by_date(text: str, first: int, number: int) -> Sequence[int]:
    """Days by their date. `first`: the weekday of the month's first day, 0 for Sunday; `number`: its days."""
    if text == "L":
        return (number,)
    if text.endswith("W") and text != "W":
        return (_nearest_weekday(_DAYS_OF_MONTH.value(text[:-1]), first, number),)
    return [day for day in _DAYS_OF_MONTH.values(text) if day <= number]


def _nearest_weekday(day: int, first: int, number: int) -> int:
    """The day from Monday to Friday that is nearest to a date, in the same month."""
    day = min(day, number)
    weekday = (first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < number else day - 2
    return day


def _by_weekday(text: str, first: int, number: int) -> Sequence[int]:
    """Days by their weekday: plain, the last one of the month ("6L"), or the n-th ("SAT#3")."""
    weekday, mark, nth = text.partition("#")
    if mark:
        if nth not in ("1", "2", "3", "4", "5"):
            raise NotCron(text)
        return _days_on(_DAYS_OF_WEEK.value(weekday), first, number)[int(nth) - 1 : int(nth)]
    if text != "L" and text.endswith("L"):
        return _days_on(_DAYS_OF_WEEK.value(text[:-1]), first, number)[-1:]
    wanted = (7,) if text == "L" else _DAYS_OF_WEEK.values(text)
    return sorted(day for weekday in wanted for day in _days_on(weekday, first, number))


def _days_on(weekday: int, first: int, number: int) -> list[int]:
    """The dates of a weekday, from 1 for Sunday."""
    return list(range(1 + (weekday - 1 - first) % 7, number + 1, 7))
