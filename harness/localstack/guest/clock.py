"""The clock of each account: real time plus what was skipped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_offsets: dict[str, float] = {}
_moved = threading.Condition()
_listeners: list[Callable[[str], None]] = []

LOOK_EVERY_SECONDS = 0.05
"""Real time between two looks at an event that somebody else sets."""


def now(account: str) -> float:
    """Epoch seconds on the account's clock."""
    return time.time() + _offsets.get(account, 0.0)


def offset(account: str) -> float:
    """Seconds that were skipped so far."""
    return _offsets.get(account, 0.0)


def skip(account: str, seconds: float) -> None:
    """Move the account's clock on, wake who waits on it, and tell the listeners."""
    with _moved:
        _offsets[account] = _offsets.get(account, 0.0) + seconds
        _moved.notify_all()
    for listener in list(_listeners):
        listener(account)


def forget(account: str) -> None:
    """The account has ended."""
    with _moved:
        _offsets.pop(account, None)
        _moved.notify_all()


def on_skip(listener: Callable[[str], None]) -> None:
    """Call `listener(account)` after each skip."""
    _listeners.append(listener)


def wait(account: str, seconds: float, event: threading.Event) -> bool:
    """Wait until `event` is set (True), or `seconds` have passed on the account's clock (False)."""
    until = now(account) + seconds
    while not event.is_set():
        left = until - now(account)
        if left <= 0:
            return event.is_set()
        with _moved:
            if not event.is_set() and now(account) < until:
                _moved.wait(min(left, LOOK_EVERY_SECONDS))
    return True


def notify() -> None:
    """Wake who waits, after an event of theirs was set: they needn't find out by looking."""
    with _moved:
        _moved.notify_all()
