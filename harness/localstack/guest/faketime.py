"""Lets a process see another time: libfaketime, loaded before everything else, reads an offset from a file.

Only the calendar's clock is moved. The monotonic one isn't: libfaketime would let waiting threads hang.
https://github.com/wolfcw/libfaketime
"""

from __future__ import annotations

import contextlib
import glob
import os
from functools import cache
from pathlib import Path

_WHERE = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


SKEWED = ".skewed"
SEEN = ".seen"
SLEEPS = ".sleeps"
"""Beside the file of the offset: one is there while a fault makes the clock wrong, another one is made
by a handler's process that looks at it then, the third one by one that sleeps."""


@cache
def library() -> str | None:
    """The library's path, None where it isn't installed."""
    found = [path for pattern in _WHERE for path in sorted(glob.glob(pattern))]
    return found[0] if found else None


def variables(file: Path) -> dict[str, str]:
    """Variables that a process needs so that it obeys `file` at each look at the clock."""
    path = library()
    if path is None:
        return {}
    return {
        "LD_PRELOAD": path,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "HARNESS_SKEW": f"{file}{SKEWED}",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def clean_up(pid: int) -> None:
    """Remove what a process left in shared memory that was killed before it could hide it."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        with contextlib.suppress(OSError):
            os.unlink(f"/dev/shm/{name}")


def write(file: Path, seconds: float) -> None:
    """Let the processes that obey `file` see the time `seconds` later than it is (earlier: negative)."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(f"{seconds:+.6f}\n")
    os.replace(beside, file)


def mark(file: Path, skewed: bool) -> None:
    """Let the process that obeys `file` know whether its clock is wrong, from now on."""
    skew = file.with_name(f"{file.name}{SKEWED}")
    skew.with_name(f"{skew.name}{SEEN}").unlink(missing_ok=True)
    if skewed:
        skew.touch()
    else:
        skew.unlink(missing_ok=True)


def sleeps_until(file: Path) -> float | None:
    """The time at which the process that obeys `file` goes on; None: it doesn't sleep."""
    try:
        return float(file.with_name(f"{file.name}{SLEEPS}").read_text())
    except OSError:
        return None


def was_seen(file: Path) -> bool:
    """Has its handler looked at the clock while that was wrong?"""
    return file.with_name(f"{file.name}{SKEWED}{SEEN}").exists()
