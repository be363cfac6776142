"""Finds a function's handler, and turns what it does into what Lambda answers.

Messages and types are those of Lambda's Python runtime:
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

Handler = Callable[[Any, Any], Any]


class HandlerError(Exception):
    """A failure of the runtime itself."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


def find(handler: str, name: str) -> Handler:
    """Import the module of "module.function" and return the function. Raises `HandlerError`.

    Errors that the module itself raises pass through. `name`: the function's, for messages.
    """
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise HandlerError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    dotted = module_name.replace("/", ".")
    try:
        module = importlib.import_module(dotted)
    except ImportError as error:
        raise HandlerError(
            "Runtime.ImportModuleError",
            f"Unable to import module '{module_name}': {error}{_hint(error, dotted, name)}",
        ) from error
    except SyntaxError as error:
        place = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise HandlerError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", place
        ) from error
    try:
        return cast(Handler, getattr(module, function_name))
    except AttributeError as error:
        raise HandlerError(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        ) from error


def _hint(error: ImportError, wanted: str, name: str) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing is None or missing.partition(".")[0] == wanted.partition(".")[0]:
        return ""
    return (
        f" (harness: {name} runs in the Python environment of the tests; install what its requirements.txt "
        "names there)"
    )


def marshal(result: Any) -> Any:
    """A handler's result as JSON values. Raises `HandlerError` if it has none.

    The runtime takes bytes for a payload that is ready.
    """
    try:
        if isinstance(result, bytes):
            return json.loads(result)
        return json.loads(json.dumps(result, default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise HandlerError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def error_of(
    error: BaseException, request_id: str, hidden: str, shown: Callable[[str], str]
) -> dict[str, Any]:
    """The payload of a failed invocation. `hidden`: the folder of code that the function would not see;
    `shown` gives texts with the paths of Lambda."""
    if isinstance(error, HandlerError):
        kind, trace = error.kind, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        kind = type(error).__name__
        trace = [_entry(frame) for frame in frames if not frame.filename.startswith(hidden)]
    return {
        "errorMessage": shown(str(error)),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": [shown(entry) for entry in trace],
    }


def _entry(frame: traceback.FrameSummary) -> str:
    """A line of a traceback, as Lambda's runtime writes it: without marks below the code."""
    code = f"    {frame.line}\n" if frame.line else ""
    return f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n{code}'
