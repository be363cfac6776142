"""Runs a Python handler: by AWS's own runtime interface client where it is installed, else by our loop.

Started as a script, with the handler's name, in a process of its own. https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from collections.abc import Callable
from typing import Any

from as_on_lambda import RecordSink, folders  # type: ignore[import-not-found]
from clock_watch import ClockWatch  # type: ignore[import-not-found]


def main(handler: str) -> None:
    """Take invocations for ever."""
    watch = ClockWatch(os.environ.pop("HARNESS_SKEW", None))
    if os.environ.pop("LD_PRELOAD", None):
        _hide_libfaketime()
    try:
        from awslambdaric import bootstrap  # type: ignore[import-not-found]
        from awslambdaric.__main__ import main as run  # type: ignore[import-not-found]

        bootstrap.handle_event_request = watch.run(bootstrap.handle_event_request)
        bootstrap.create_log_sink = RecordSink
        bootstrap.make_error = _with_lambdas_folders(bootstrap.make_error)
    except ImportError:
        from python_loop import Runtime  # type: ignore[import-not-found]
        from python_loop import main as run

        Runtime.handle = watch.run(Runtime.handle)
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    run(["", handler])


def _with_lambdas_folders(make_error: Callable[..., Any]) -> Callable[..., Any]:
    def make(message: Any, kind: Any, trace: Any, *args: Any) -> Any:
        return make_error(folders(str(message or "")), kind, [folders(line) for line in trace or ()], *args)

    return make


def _hide_libfaketime() -> None:
    """The handler and what it starts aren't to see the variables; libfaketime has read them by now.

    Its shared memory would outlive a process that is killed, and break a later one with the same number.
    """
    time.sleep = _sleep  # type: ignore[assignment]
    for name in ("FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"):
        os.environ.pop(name, None)
    for shared in os.environ.pop("FAKETIME_SHARED", "").split():
        for prefix in ("", "sem."):
            with contextlib.suppress(OSError):
                os.unlink(f"/dev/shm/{prefix}{shared.lstrip('/')}")


def _sleep(seconds: float, /) -> None:
    """libfaketime 0.9.10 refuses what Python's own `time.sleep` asks of it."""
    until = time.monotonic() + seconds
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    while (left := until - time.monotonic()) > 0:
        select.select([], [], [], left)


if __name__ == "__main__":
    main(sys.argv[1])
