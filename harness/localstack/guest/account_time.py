"""Account time for LocalStack's own modules: what stands in for the module `time` there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from . import clock

_account: ContextVar[str] = ContextVar("harness_account", default="")


def set_account(account: str) -> None:
    """This thread acts for that account until it is set anew."""
    _account.set(account)


def account() -> str:
    """The account for which this thread acts, empty for none."""
    return _account.get()


@contextmanager
def acting_for(account: str) -> Iterator[None]:
    """While the block runs, this thread acts for that account."""
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)


def now() -> float:
    """Epoch seconds on the clock of the account for which this thread acts."""
    return clock.now(_account.get())


def whole_seconds(millis: bool = False, tz: Any = None) -> int:
    """Stands in for `localstack.utils.time.now`."""
    return int(now() * 1000) if millis else int(now())


def timestamp_millis(time: Any = None) -> str:
    """Stands in for `localstack.utils.time.timestamp_millis`."""
    moment = time if time else datetime.fromtimestamp(now(), UTC)
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class AccountTime:
    """Like the module `time`, but `time()` goes by the account."""

    time = staticmethod(now)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
