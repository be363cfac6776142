"""Notes whether a handler looks at its clock, in an invocation in which that is wrong.

The file that `HARNESS_SKEW` names is there as long as the clock is wrong; a second one beside it is the note.
"""

from __future__ import annotations

import datetime
import os
import re
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

SEEN = ".seen"
"""The end of the note's name, after the name of the file."""

_CLOCKS = (time.time, time.time_ns)
_CLOCKS_OF_CLASSES = frozenset(("now", "today", "utcnow"))
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_PACKAGES = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_NOBODYS = frozenset(
    ("awslambdaric", "boto3", "botocore", "faked_time", "logging", "python_loop", "s3transfer", "urllib3")
)
"""Packages whose looks at the clock don't count: what they make of it decides nothing."""


class ClockWatch:
    """Looks on while a handler runs."""

    def __init__(self, file: str | None) -> None:
        self._file = file

    def run(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, looked on."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            if self._file is None or not os.path.exists(self._file):
                return handle(*args, **kwargs)
            threading.setprofile(self._called)
            sys.setprofile(self._called)
            try:
                return handle(*args, **kwargs)
            finally:
                self._stop()

        return watched

    def _called(self, frame: FrameType, event: str, what: Any) -> None:
        if event == "c_call" and _is_clock(what) and asks_for_a_function(frame):
            self._stop()
            open(f"{self._file}{SEEN}", "w").close()

    def _stop(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)


def _is_clock(what: Any) -> bool:
    """Is it a function of Python that tells the time now?"""
    if what in _CLOCKS:
        return True
    of = getattr(what, "__self__", None)
    is_class = isinstance(of, type) and issubclass(of, datetime.date)
    return is_class and getattr(what, "__name__", "") in _CLOCKS_OF_CLASSES


def asks_for_a_function(frame: FrameType | None) -> bool:
    """Is the first code that wants the time for itself a function's?"""
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _NOBODYS:
            return False
        if not _is_standard(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def _is_standard(file: str) -> bool:
    """Does it belong to Python? That asks for whoever called it."""
    return file.startswith((_STANDARD_LIBRARY, "<frozen")) and not _PACKAGES.search(file)
