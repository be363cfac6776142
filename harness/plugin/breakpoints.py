"""`breakpoint()` in a run of an exploration, which has no terminal: it is told instead of obeyed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from harness.cloud import Unsupported

_PACKAGE = str(Path(__file__).parents[1])


class Breakpoints:
    """Takes the place of the debugger in this process. `first` is the first one that a run came to."""

    def __init__(self) -> None:
        self.first: Unsupported | None = None
        if os.environ.get("PYTHONBREAKPOINT") != "0":
            sys.breakpointhook = self._came

    def _came(self, *args: Any, **kwargs: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        where = "" if frame is None else f" in {Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        problem = Unsupported(
            f"breakpoint(){where}: an exploration has no terminal; run the test without --explore, or remove "
            "it, or set PYTHONBREAKPOINT=0"
        )
        self.first = self.first or problem
        raise problem
