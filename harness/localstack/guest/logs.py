"""The log of an environment: what its process writes, and the lines that Lambda itself writes.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Iterator

LOG_BYTES_MAX = 1 << 20
"""Of one invocation: a handler that logs in a loop must not fill the memory."""

_CHUNK_BYTES = 1 << 16
_RECORD = re.compile("\x1e([^\x1f]*)\x1f")
"""A record of the logging module, or an error, as bootstraps/as_on_lambda.py writes it."""


class EnvironmentLog:
    """Collects; taken away after each invocation."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._size = 0
        self._lock = threading.RLock()

    def write(self, data: bytes) -> None:
        """Add bytes as they are."""
        with self._lock:
            self._size += len(data)
            self._kept += data[: max(LOG_BYTES_MAX - len(self._kept), 0)]

    def line(self, text: str) -> None:
        """Add a line, on a line of its own."""
        with self._lock:
            if self._kept and not self._kept.endswith((b"\n", b"\x1f")):
                self._kept += b"\n"
            self._kept += f"{text}\n".encode()

    def take(self) -> tuple[str, tuple[str, ...]]:
        """Everything since the last time: its text, and its entries as a log group gets them."""
        with self._lock:
            written = self._kept.decode("utf-8", "replace")
            if self._size > LOG_BYTES_MAX:
                written += f"[harness: the output was cut after {LOG_BYTES_MAX} bytes]\n"
            self._kept, self._size = bytearray(), 0
            return _text(written), tuple(_entries(written))


def _text(written: str) -> str:
    """On lines; each record ends one."""
    text = _RECORD.sub(lambda record: record[1].removesuffix("\n") + "\n", written)
    return text.replace("\x1e", "").replace("\r\n", "\n").replace("\r", "\n")


def _entries(written: str) -> Iterator[str]:
    """A record is one, other text one a line; empty lines are none."""
    for index, part in enumerate(_RECORD.split(written)):
        if index % 2:
            yield part
        else:
            *lines, rest = part.replace("\x1e", "").split("\n")
            yield from (f"{line}\n" for line in lines if line)
            if rest:
                yield rest


class Output:
    """The end of the pipe that a process writes to; a thread keeps it empty, so that nothing blocks."""

    def __init__(self, descriptor: int, log: EnvironmentLog) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._log = log
        self._lock = threading.Lock()
        self._open = True

    def follow(self) -> None:
        """Read until nobody holds the other end any more, then close. For a thread of its own."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        while self.drain():
            poll.poll()
        with self._lock:
            self._open = False
            os.close(self._descriptor)

    def drain(self) -> bool:
        """Move to the log what has been written so far. False: the end is reached.

        Never closes: the thread that follows may be waiting for this very descriptor.
        """
        with self._lock:
            while self._open:
                try:
                    data = os.read(self._descriptor, _CHUNK_BYTES)
                except BlockingIOError:
                    return True
                if not data:
                    return False
                self._log.write(data)
            return False


def report(
    request_id: str, seconds: float, memory_mb: int, used_mb: int, init_seconds: float | None, status: str
) -> str:
    """The line that closes an invocation. `init_seconds`: of a cold start; `status`: of a bad ending."""
    milliseconds = seconds * 1000
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {-(-round(milliseconds * 1000) // 1000)} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {used_mb} MB",
    ]
    if init_seconds is not None:
        parts.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    return "\t".join(parts) + "\t" + status


def init_report(seconds: float, status: str) -> str:
    """The line about an initialization that failed."""
    return f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\tStatus: {status}"
