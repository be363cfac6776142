"""`breakpoint()` and `pdb.set_trace()` in a handler: the debugger talks to the terminal, not to its log."""

from __future__ import annotations

import os
import pdb
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.patching import Attributes
from harness.sim.sandbox.surroundings import Surroundings

_SetTrace = Callable[..., Any]
_usual: list[_SetTrace] = [pdb.set_trace]
"""`pdb.set_trace` as it is without a simulator: Python's or pytest's, which ends the capture of output."""


class Terminal:
    """Where a function meets its debugger: what the test has for input and output."""

    def __init__(self, test: Surroundings) -> None:
        self._test = test

    def breakpoint(self, *args: Any, **kwargs: Any) -> Any:
        """`sys.breakpointhook` of a function."""
        usual = self._test.bound.value("breakpointhook")
        if usual is sys.__breakpointhook__ and "PYTHONBREAKPOINT" not in os.environ:
            return self.set_trace(*args, **kwargs)
        with self._connected():
            return usual(*args, **kwargs)

    def set_trace(self, *args: Any, header: str | None = None, **kwargs: Any) -> None:
        """`pdb.set_trace` of a function."""
        of_pytest: Any = getattr(_usual[0], "__self__", None)
        with self._connected():
            if hasattr(of_pytest, "_init_pdb"):
                debugger = of_pytest._init_pdb("set_trace", *args, header=header, **kwargs)
            else:
                debugger = pdb.Pdb(*args, **kwargs)
                if header is not None:
                    debugger.message(header)
            debugger.stdin, debugger.stdout, debugger.use_rawinput = sys.stdin, sys.stdout, False
        debugger.set_trace(_caller())

    @contextmanager
    def _connected(self) -> Iterator[None]:
        streams = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = self._test.bound.value("stdin"), self._test.stdout
        try:
            yield
        finally:
            sys.stdin, sys.stdout = streams


def _caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_globals is globals() and frame.f_back is not None:
        frame = frame.f_back
    return frame


def replace(attributes: Attributes) -> None:
    """Register `pdb.set_trace`."""
    original = _usual[0] = pdb.set_trace

    @wraps(original)
    def set_trace(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        return (original if process is None else process.terminal.set_trace)(*args, **kwargs)

    attributes.add(pdb, "set_trace", set_trace)
