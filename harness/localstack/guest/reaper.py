"""A process that outlives LocalStack for a moment, to kill the functions' processes that it left behind.

Run as a script. It reads "+<process group>" and "-<process group>" lines; at the end of its input, which
comes however LocalStack ends, it kills the groups that are left. (PR_SET_PDEATHSIG spares what a handler
started, and fires when the thread ends that started the process.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def watch(group: int) -> None:
    """Kill this process group when LocalStack ends."""
    _tell(f"+{group}\n")


def forget(group: int) -> None:
    """This group is gone."""
    _tell(f"-{group}\n")


def _tell(line: str) -> None:
    global _process
    with _lock:
        if _process is None or _process.poll() is not None:
            _process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        assert _process.stdin is not None
        _process.stdin.write(line.encode())
        _process.stdin.flush()


def _main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    _main()
