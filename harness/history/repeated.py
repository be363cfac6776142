"""Messages that functions send on as they are: a new message that says what an earlier one said.

Read while the run goes on, so it goes by the last events and needs no fold.
"""

from __future__ import annotations

from typing import Any

from harness.history.event import Event
from harness.history.log import Log


def repeated(log: Log, message: str) -> set[str]:
    """The earlier messages that this one says again, and those that it is at other places.

    A function that takes a message from a dead-letter queue, or parks it until later, sends it with the same
    body. O(n) for each of them.
    """
    found, waiting = {message}, [message]
    while waiting:
        new = [each for each in _before(log, waiting.pop()) if each not in found]
        found.update(new)
        waiting += new
    return found - {message}


def _before(log: Log, message: str) -> list[str]:
    """The messages of which this one was made: by a delivery, or by a function that held them."""
    origin = _origin(log, message)
    if origin is None:
        return []
    if origin.kind == "arrived":
        return [_parent(origin, message)]
    body = origin.data["body"]
    return [held for held in _held(log, origin) if _body(log, held) == body]


def _origin(log: Log, message: str) -> Event | None:
    """The event that brought such a message about: it was sent, or a delivery gave it a new name."""
    for seq in range(len(log) - 1, -1, -1):
        event = log.event(seq)
        if message not in event.messages:
            continue
        if event.kind == "accepted" or (event.kind == "arrived" and _is_new(event, message)):
            return event
    return None


def _is_new(arrived: Event, message: str) -> bool:
    """Did the delivery give it this name?"""
    return _parent(arrived, message) not in ("", message)


def _parent(arrived: Event, message: str) -> str:
    """The message as it was at the place from which it came; "" if nobody knows."""
    pairs = zip(arrived.data["parents"], arrived.messages, strict=False)
    return next((old for old, new in pairs if new == message), "")


def _held(log: Log, event: Event) -> tuple[str, ...]:
    """The messages of the run of a function that brought this event about."""
    while event.cause is not None:
        event = log.event(event.cause)
        if event.kind == "invocation":
            return event.messages
    return ()


def _body(log: Log, message: str) -> Any:
    """The body with which it was sent; None if nobody knows."""
    origin = _origin(log, message)
    while origin is not None and origin.kind == "arrived":
        message = _parent(origin, message)
        origin = _origin(log, message)
    return None if origin is None else origin.data["body"]
