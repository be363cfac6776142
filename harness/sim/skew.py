"""A function's clock that is wrong, and whether its code looks at it.

SDK, logging and harness itself read the clock, too. What they make of it never decides what a handler does,
so they don't count.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_PACKAGES = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_ON_THE_WAY = frozenset(("harness.sim.clock", "harness.sim.skew", "time_machine"))
"""Modules through which a question for the time passes."""

_NOBODYS = frozenset(("boto3", "botocore", "harness", "logging", "moto", "s3transfer", "urllib3"))
"""Packages whose looks at the clock don't count."""


@dataclass(frozen=True, slots=True)
class Skew:
    """A clock that is off by so many seconds. `seen` is called when a function's code looks at it."""

    seconds: float
    seen: Callable[[], object]

    def look(self) -> float:
        """The seconds, for whoever asks for the time now."""
        if _asks_for_a_function(sys._getframe(1)):
            self.seen()
        return self.seconds


def _asks_for_a_function(frame: FrameType | None) -> bool:
    """Is the first code that wants the time for itself a function's?"""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module not in _ON_THE_WAY:
            if module.partition(".")[0] in _NOBODYS:
                return False
            if not _is_standard(frame.f_code.co_filename):
                return True
        frame = frame.f_back
    return False


def _is_standard(file: str) -> bool:
    """Does it belong to Python? That asks for whoever called it."""
    return file.startswith((_STANDARD_LIBRARY, "<frozen")) and not _PACKAGES.search(file)
