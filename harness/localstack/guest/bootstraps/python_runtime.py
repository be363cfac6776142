"""Runs a Python handler: by AWS's own runtime interface client where it is installed, else by our loop.

Started as a script, with the handler's name, in a process of its own. https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import faked_time  # type: ignore[import-not-found]
from as_on_lambda import RecordSink, folders  # type: ignore[import-not-found]
from clock_watch import ClockWatch  # type: ignore[import-not-found]


def main(handler: str) -> None:
    """Take invocations for ever."""
    watch = ClockWatch(os.environ.pop("HARNESS_SKEW", None))
    faked_time.hide()
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


if __name__ == "__main__":
    main(sys.argv[1])
