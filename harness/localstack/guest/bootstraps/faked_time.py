"""Hides libfaketime from a process that it was loaded into, and lets it sleep by the clock that it sees."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Iterator

SLEEPS = ".sleeps"
"""The end of the name of a file beside the clock's own: until when the process sleeps, and nothing else."""
NOTED_SECONDS_MIN = 0.1
LOOK_EVERY_SECONDS = 0.02


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
    """libfaketime 0.9.10 refuses what Python's own `time.sleep` asks of it.

    Where nothing else goes on in the process, a sleep also ends when the clock is moved on to its end.
    """
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    until, wakes = time.monotonic() + seconds, time.time() + seconds
    alone = seconds >= NOTED_SECONDS_MIN and threading.active_count() == 1
    with _noted(wakes) if alone else contextlib.nullcontext():
        while (left := until - time.monotonic()) > 0:
            if alone:
                left = min(left, wakes - time.time(), LOOK_EVERY_SECONDS)
            if left <= 0:
                return
            select.select([], [], [], left)


@contextlib.contextmanager
def _noted(wakes: float) -> Iterator[None]:
    """In this block it is known that the process sleeps, and until when."""
    note = f"{os.environ['FAKETIME_TIMESTAMP_FILE']}{SLEEPS}"
    with open(f"{note}.new", "w") as file:
        file.write(str(wakes))
    os.replace(f"{note}.new", note)
    try:
        yield
    finally:
        os.unlink(note)
