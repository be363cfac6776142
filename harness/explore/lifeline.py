"""A process that ends with the one that started it, whatever either of them is doing then."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from typing import Any

_set_signal: Any = getattr(fcntl, "F_SETSIG", None)


def end_with(pipe: int) -> None:
    """End this process as soon as nobody holds the other end of a pipe any more, to which nobody writes.

    The system does it, so a handler that never returns can't keep the process. Linux only: elsewhere nothing
    happens.

    https://man7.org/linux/man-pages/man2/F_SETSIG.2const.html
    """
    if _set_signal is None:
        return
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, _set_signal, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([pipe], [], [], 0)[0]:  # it was let go before
        os.kill(os.getpid(), signal.SIGKILL)
