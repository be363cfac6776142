"""`breakpoint()` in a handler: the debugger talks to the terminal, not to the function's log."""

from __future__ import annotations

import os
import pdb
import sys
from collections.abc import Callable
from typing import Any

from harness.sim.sandbox.surroundings import Surroundings


def hook_of(test: Surroundings) -> Callable[..., Any]:
    """`sys.breakpointhook` of a function, which gives the debugger what the test has for input and output."""

    def hook(*args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        usual = test.bound.value("breakpointhook")
        streams = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = test.bound.value("stdin"), test.stdout
        try:
            owner: Any = getattr(usual, "__self__", None)
            if hasattr(owner, "_init_pdb"):
                debugger = owner._init_pdb("set_trace", *args, **kwargs)
            elif usual is sys.__breakpointhook__ and "PYTHONBREAKPOINT" not in os.environ:
                debugger = pdb.Pdb()
            else:
                return usual(*args, **kwargs)
            debugger.stdin, debugger.stdout, debugger.use_rawinput = sys.stdin, sys.stdout, False
        finally:
            sys.stdin, sys.stdout = streams
        return debugger.set_trace(frame)

    return hook
