"""Moments in parameters, which a request holds as numbers or as dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.utils import parse_to_aware_datetime


def seconds_of(moment: Any) -> float:
    """In epoch seconds.

    >>> seconds_of("1970-01-01T00:01:00Z")
    60.0
    """
    return float(parse_to_aware_datetime(moment).timestamp())


def datetime_of(seconds: float) -> datetime:
    """Epoch seconds as answers hold them."""
    return datetime.fromtimestamp(seconds, UTC)
