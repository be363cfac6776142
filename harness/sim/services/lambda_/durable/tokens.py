"""Tokens of checkpoints and ids of callbacks: nobody reads them but Lambda."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode


def checkpoint_token(arn: str, invocation: str, number: int) -> str:
    """A token is good for one checkpoint of one invocation."""
    return _packed([arn, invocation, number])


def callback_id(arn: str, operation: str) -> str:
    """The id by which the world outside answers.

    >>> callback_of(callback_id("arn:x", "1"))
    ('arn:x', '1')
    """
    return _packed([arn, operation])


def callback_of(text: str) -> tuple[str, str] | None:
    """The execution and the operation of a callback's id; None for any other text."""
    try:
        arn, operation = json.loads(b64decode(text, validate=True))
    except ValueError:
        return None
    return str(arn), str(operation)


def _packed(parts: list[str | int]) -> str:
    return b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()
