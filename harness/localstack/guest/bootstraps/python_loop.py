"""Takes invocations from the Runtime API with the standard library alone.

Logs and errors look as AWS's runtime writes them: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn

from as_on_lambda import folders, record  # type: ignore[import-not-found]

PREFIX = "/2018-06-01/runtime/"
LOG_LINE = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"

Handler = Callable[[Any, Any], Any]


class UserCodeError(Exception):
    """A failure of the runtime itself."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Runtime:
    """The loop, and what it knows of the invocation that is under way."""

    def __init__(self) -> None:
        self._connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        self._request_id = ""

    def set_up_logging(self) -> None:
        """As handlers find it: one handler on the root, which says of each line whose it is."""
        logging.Formatter.converter = time.gmtime
        written = logging.StreamHandler(sys.stdout)
        written.setFormatter(logging.Formatter(record(f"{LOG_LINE}\n"), "%Y-%m-%dT%H:%M:%S"))
        written.terminator = ""
        written.addFilter(self._add_request_id)
        logging.getLogger().addHandler(written)

    def load(self, handler: str) -> Handler:
        """Find the handler; tell why it can't be found, and end the process."""
        try:
            return find(handler)
        except Exception as error:
            self._call("POST", "init/error", self._told(error))
            sys.exit(1)

    def run(self, handler: Handler) -> NoReturn:
        """Take invocations for ever."""
        while True:
            body, headers = self._call("GET", "invocation/next")
            self._request_id = headers["Lambda-Runtime-Aws-Request-Id"]
            os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
            verb, answer = self.handle(handler, body, headers)
            self._call("POST", f"invocation/{self._request_id}/{verb}", answer)

    def handle(self, handler: Handler, body: bytes, headers: Any) -> tuple[str, bytes]:
        """Run the handler once: what is said of it, and its result or error."""
        try:
            return "response", marshal(handler(json.loads(body), context_of(headers)))
        except Exception as error:
            return "error", self._told(error)

    def _call(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, Any]:
        self._connection.request(method, PREFIX + path, body)
        response = self._connection.getresponse()
        return response.read(), response.headers

    def _told(self, error: Exception) -> bytes:
        frames = [] if isinstance(error, UserCodeError) else traceback.format_list(_frames_of(error))
        trace, message = [folders(frame) for frame in frames], folders(str(error))
        kind = error.kind if isinstance(error, UserCodeError) else type(error).__name__
        head = f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n"
        print(record(head + "".join(trace)), end="")
        told = {
            "errorMessage": message,
            "errorType": kind,
            "requestId": self._request_id,
            "stackTrace": trace,
        }
        return json.dumps(told).encode()

    def _add_request_id(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self._request_id
        return True


def find(handler: str) -> Handler:
    """The function that "module.function" names. Raises `UserCodeError`, and the module's own errors."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise UserCodeError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise UserCodeError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise UserCodeError("Runtime.UserCodeSyntaxError", message) from error
    found: Handler | None = getattr(module, function_name, None)
    if found is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise UserCodeError("Runtime.HandlerNotFound", message)
    return found


def marshal(result: Any) -> bytes:
    """A handler's result as JSON. Raises `UserCodeError` if it can't be."""
    try:
        return json.dumps(result, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UserCodeError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def context_of(headers: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
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


def _frames_of(error: Exception) -> list[traceback.FrameSummary]:
    """The stack trace, from the function's own code on."""
    frames = list(traceback.extract_tb(error.__traceback__))
    while frames and (frames[0].filename == __file__ or "importlib" in frames[0].filename):
        frames.pop(0)
    return frames


def main(arguments: list[str]) -> NoReturn:
    """Run the handler that is named second, as awslambdaric does."""
    runtime = Runtime()
    runtime.set_up_logging()
    runtime.run(runtime.load(arguments[1]))
