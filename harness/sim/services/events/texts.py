"""JSON in requests: details of events, inputs of targets, policies."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class NotJson(ValueError):
    """This is no JSON."""


def read_json(text: str) -> Any:
    """The value of a text. Raises `NotJson`, for Python's NaN and Infinity, too.

    >>> read_json('{"order": 7}')
    {'order': 7}
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJson(text) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
