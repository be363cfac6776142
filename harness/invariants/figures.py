"""Figures of evidence, with digits enough to see why it is evidence."""

from __future__ import annotations

DIGITS_MAX = 6
"""Microseconds: times are no finer."""


def above(value: float, limit: float, digits: int = 1) -> str:
    """A value over a limit, with as few digits as show that it is, and at least these.

    >>> above(60.021, 60), above(75.3, 60)
    ('60.02', '75.3')
    """
    while digits < DIGITS_MAX and round(value, digits) <= limit:
        digits += 1
    return f"{value:.{digits}f}"
