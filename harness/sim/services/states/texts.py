"""Texts in the form that Step Functions writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(moment: float) -> str:
    """A moment with milliseconds, as in the context object.

    >>> timestamp(1767225600.25)
    '2026-01-01T00:00:00.250Z'
    """
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
