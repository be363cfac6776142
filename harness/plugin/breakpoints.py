"""`breakpoint()` in a run of an exploration that has no terminal: it is told instead of obeyed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from harness.cloud import Unsupported

_PACKAGE = str(Path(__file__).parents[1])


class Breakpoints:
    """Takes the place of a debugger that nobody could talk to. `first` is the first breakpoint of a run.

    With `--engine=serial` runs are made in the process of the test run, where somebody may.
    """

    def __init__(self) -> None:
        self.first: Unsupported | None = None
        answered = sys.__stdin__ is not None and sys.__stdin__.isatty()
        chosen = "PYTHONBREAKPOINT" in os.environ or sys.breakpointhook is not sys.__breakpointhook__
        if not (answered or chosen):
            sys.breakpointhook = self._came

    def close(self) -> None:
        """Give the place back."""
        if sys.breakpointhook == self._came:
            sys.breakpointhook = sys.__breakpointhook__

    def _came(self, *args: Any, **kwargs: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        where = "" if frame is None else f" in {Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        problem = Unsupported(
            f"breakpoint(){where}: an exploration has no terminal; remove it, or run the test without "
            "--explore, or set PYTHONBREAKPOINT=0"
        )
        self.first = self.first or problem
        raise problem
