"""Runs a Python handler: by AWS's own runtime interface client where it is installed, else by the loop below.

Started as a script, with the handler's name, in a process of its own. https://pypi.org/project/awslambdaric/
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time


def main(handler: str) -> None:
    """Take invocations for ever."""
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    if os.environ.pop("LD_PRELOAD", None):
        _hide_libfaketime()
    try:
        from awslambdaric.__main__ import main as run  # type: ignore[import-not-found]
    except ImportError:
        run_without_awslambdaric(handler)
    else:
        run(["", handler])


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


def run_without_awslambdaric(handler: str) -> None:
    """The same with the standard library alone; logs and errors look as AWS's runtime writes them."""
    import http.client
    import importlib
    import json
    import logging
    import traceback
    from types import SimpleNamespace
    from typing import Any

    host = os.environ["AWS_LAMBDA_RUNTIME_API"]
    connection = http.client.HTTPConnection(host)
    prefix = "/2018-06-01/runtime/"
    current = {"request_id": ""}

    def call(method: str, path: str, body: bytes | None = None) -> tuple[bytes, Any]:
        connection.request(method, prefix + path, body)
        response = connection.getresponse()
        return response.read(), response.headers

    def error_of(error: BaseException, kind: str | None = None, message: str | None = None) -> bytes:
        frames = traceback.extract_tb(error.__traceback__)
        while frames and frames[0].filename in (__file__, importlib.__file__):
            frames.pop(0)
        told = {
            "errorMessage": message or str(error),
            "errorType": kind or type(error).__name__,
            "requestId": current["request_id"],
            "stackTrace": [] if kind else traceback.format_list(frames),
        }
        lines = [f"[ERROR] {told['errorType']}: {told['errorMessage']}", "Traceback (most recent call last):"]
        print("\n".join([*lines, *map(str.rstrip, told["stackTrace"])]), flush=True)
        return json.dumps(told).encode()

    def fail(error: BaseException, kind: str | None = None, message: str | None = None) -> None:
        call("POST", "init/error", error_of(error, kind, message))
        sys.exit(1)

    def set_up_logging() -> None:
        def add_request_id(record: logging.LogRecord) -> bool:
            record.aws_request_id = current["request_id"]
            return True

        written = logging.StreamHandler(sys.stdout)
        written.setFormatter(
            logging.Formatter(
                "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                "%Y-%m-%dT%H:%M:%S",
            )
        )
        logging.Formatter.converter = time.gmtime
        written.addFilter(add_request_id)
        logging.getLogger().addHandler(written)

    def load() -> Any:
        module_name, dot, function_name = handler.rpartition(".")
        if not dot:
            message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
            fail(ValueError(handler), "Runtime.MalformedHandlerName", message)
        try:
            return getattr(importlib.import_module(module_name.replace("/", ".")), function_name)
        except ImportError as error:
            fail(error, "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
        except SyntaxError as error:
            fail(error, "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
        except AttributeError as error:
            if error.name != function_name:
                fail(error)
            message = f"Handler '{function_name}' missing on module '{module_name}'"
            fail(error, "Runtime.HandlerNotFound", message)
        except Exception as error:
            fail(error)

    def context_of(headers: Any) -> Any:
        deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        sent = json.loads(headers["Lambda-Runtime-Client-Context"] or "null")
        return SimpleNamespace(
            aws_request_id=headers["Lambda-Runtime-Aws-Request-Id"],
            invoked_function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"],
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
            log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
            log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
            client_context=None if sent is None else SimpleNamespace(**{"custom": None, "env": None, **sent}),
            identity=SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None),
            get_remaining_time_in_millis=lambda: max(deadline_ms - int(time.time() * 1000), 0),
        )

    def run_one(function: Any) -> None:
        body, headers = call("GET", "invocation/next")
        current["request_id"] = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
        try:
            payload, verb = json.dumps(function(json.loads(body), context_of(headers))).encode(), "response"
        except Exception as error:
            payload, verb = error_of(error), "error"
        sys.stdout.flush()
        call("POST", f"invocation/{current['request_id']}/{verb}", payload)

    set_up_logging()
    function = load()
    while True:
        run_one(function)


if __name__ == "__main__":
    main(sys.argv[1])
