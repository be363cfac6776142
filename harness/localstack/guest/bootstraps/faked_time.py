"""Hides libfaketime from a process that it was loaded into."""

from __future__ import annotations

import contextlib
import os
import select
import time


def hide() -> None:
    """The handler and what it starts aren't to see the variables; libfaketime has read them by now.

    Its shared memory would outlive a process that is killed, and break a later one with the same number.
    """
    if not os.environ.pop("LD_PRELOAD", None):
        return
    time.sleep = _sleep  # type: ignore[assignment]
    for name in ("FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"):
        os.environ.pop(name, None)
    for shared in os.environ.pop("FAKETIME_SHARED", "").split():
        for prefix in ("", "sem."):
            with contextlib.suppress(OSError):
                os.unlink(f"/dev/shm/{prefix}{shared.lstrip('/')}")


def _sleep(seconds: float, /) -> None:
    """libfaketime 0.9.10 refuses what Python's own `time.sleep` asks of it."""
    until = time.monotonic() + seconds
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    while (left := until - time.monotonic()) > 0:
        select.select([], [], [], left)
