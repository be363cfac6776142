"""A function's log: what it prints, what it logs, and the lines that Lambda itself writes."""

from __future__ import annotations

import io
import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from harness.sim.patches import current
from harness.sim.sandbox.shapes import LogLine

LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s\n"
"""The runtime's text format, https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

LEVELS = {"TRACE": logging.NOTSET, "FATAL": logging.CRITICAL} | {
    name: logging.getLevelName(name) for name in ("DEBUG", "INFO", "WARN", "ERROR")
}
"""https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
_OF_RECORDS = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}
"""What every record has."""

LOG_LIMIT = 1 << 20
"""Characters of one invocation that are kept: a handler that logs in a loop must not fill the memory."""


class InvocationLog:
    """The log of one environment, taken away after each invocation. `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._parts: list[_Part] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Add text as it is, or as much of a line as there is yet."""
        self._add(text, whole=False)

    def record(self, text: str) -> None:
        """Add something that stays together, however many lines it has."""
        self._add(text, whole=True)

    def line(self, text: str) -> None:
        """Add a line, on a line of its own."""
        if self._parts and not self._parts[-1].text.endswith("\n"):
            self._parts.append(_Part(self._now(), "\n", False))
        self.record(text + "\n")

    def error(self, text: str) -> None:
        """Add an error, as the runtime writes it: its entry ends without a line's end."""
        self.line(text)
        self._parts[-1] = replace(self._parts[-1], entry=text)

    def take(self) -> tuple[str, tuple[LogLine, ...]]:
        """Everything since the last time: its text, and its lines as the log group gets them."""
        if self._size > LOG_LIMIT:
            self.line(f"\n[harness: cut after {LOG_LIMIT} characters]")
        parts, self._parts, self._size = self._parts, [], 0
        return "".join(part.text for part in parts), tuple(_lines(parts))

    def give(self, other: InvocationLog) -> None:
        """Pass on everything since the last time."""
        other._parts, other._size = self._parts, self._size
        self._parts, self._size = [], 0

    def _add(self, text: str, *, whole: bool) -> None:
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()
        self._size += len(text)
        if self._size <= LOG_LIMIT:
            self._parts.append(_Part(self._now(), text, whole))


@dataclass(frozen=True, slots=True)
class _Part:
    at: float
    text: str
    whole: bool
    entry: str | None = None


def _lines(parts: list[_Part]) -> Iterator[LogLine]:
    """A record is one entry of the log group, other text an entry a line; empty lines are none."""
    begun, since = "", 0.0
    for part in parts:
        if part.whole:
            if begun:
                yield LogLine(since, begun)
            begun = ""
            yield LogLine(part.at, part.text if part.entry is None else part.entry)
            continue
        since = since if begun else part.at
        *whole, begun = (begun + part.text).split("\n")
        for line in whole:
            if line:
                yield LogLine(since, line + "\n")
            since = part.at
    if begun:
        yield LogLine(since, begun)


class _Bytes(io.RawIOBase):
    def __init__(self, log: InvocationLog, name: str) -> None:
        self._log = log
        self.name = name
        self.mode = "w"

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._log.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


def output(log: InvocationLog, name: str) -> io.TextIOWrapper:
    """`sys.stdout` or `sys.stderr` of a function."""
    return io.TextIOWrapper(
        cast(Any, _Bytes(log, name)), encoding="utf-8", errors="backslashreplace", write_through=True
    )


class JsonFormatter(logging.Formatter):
    """A record as one JSON object, with what the code adds to it.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced
    """

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": getattr(record, "aws_request_id", None) or None,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            told |= {
                "stackTrace": traceback.format_tb(trace),
                "errorType": kind.__name__,
                "errorMessage": str(error),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        extra = {name: value for name, value in vars(record).items() if name not in _OF_RECORDS}
        shown = {name: value for name, value in (extra | told).items() if value is not None}
        return json.dumps(shown, ensure_ascii=False, default=str) + "\n"


class LambdaLoggerHandler(logging.Handler):
    """The handler that the runtime puts on the root logger.

    Its name is looked for by libraries (aws_lambda_powertools, aws-xray-sdk). `level`: of JSON logs, "" for
    text, whose root has Python's own level.
    """

    def __init__(self, log: InvocationLog, level: str = "") -> None:
        super().__init__()
        self._log = log
        self.root_level = LEVELS[level] if level else logging.WARNING
        formatter = JsonFormatter() if level else logging.Formatter(LOG_FORMAT, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)
        self.addFilter(_add_request_id)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._log.record(self.format(record))
        except Exception:
            self.handleError(record)


def _add_request_id(record: logging.LogRecord) -> bool:
    process = current.process()
    invocation = None if process is None else process.invocation
    record.aws_request_id = "" if invocation is None else invocation.data.request_id
    return True


def report(request_id: str, seconds: float, memory_mb: int, init_seconds: float | None, status: str) -> str:
    """The line that closes an invocation in the log. Memory isn't measured: it says none was needed."""
    milliseconds = seconds * 1000
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {-(-round(milliseconds * 1000) // 1000)} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {memory_mb if 'OutOfMemory' in status else 0} MB",
    ]
    if init_seconds is not None:
        parts.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    return "\t".join(parts) + "\t" + status


def error_lines(error: dict[str, Any]) -> str:
    """An error in the form in which the runtime logs it."""
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    trace = error.get("stackTrace")
    if trace is not None:
        lines.append("Traceback (most recent call last):")
        for entry in trace:
            for line in str(entry).splitlines():
                stripped = line.lstrip(" ")
                lines.append("\xa0" * (len(line) - len(stripped)) + stripped)
    return "\n".join(lines)
