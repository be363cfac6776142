"""Lists in pages, and the tokens between them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from harness.sim.services.service import Params, ServiceError


def page(
    member: str, items: list[Any], token: str | None, limit: int, refusal: Callable[[], ServiceError]
) -> Params:
    """The page that begins at a token, with a NextToken if it isn't the last.

    Raises what `refusal` makes for a token that none of these is.
    """
    start = _start(token, refusal)
    result: Params = {member: items[start : start + limit]}
    if start + limit < len(items):
        result["NextToken"] = b64encode(f"from {start + limit}".encode()).decode()
    return result


def _start(token: str | None, refusal: Callable[[], ServiceError]) -> int:
    if not token:
        return 0
    try:
        word, number = b64decode(token, validate=True).decode().split(" ")
        if word == "from" and number.isascii() and number.isdigit():
            return int(number)
    except ValueError:
        pass
    raise refusal()
