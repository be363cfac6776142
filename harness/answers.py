"""The answer of a command: lines for people or one JSON object, and the exit code that says how it went."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from time import monotonic
from typing import Annotated, Any, Self

import typer

PASSED, FAILED, BAD_USAGE, UNKNOWN, INTERNAL = 0, 1, 2, 3, 70
OUTCOMES = {
    PASSED: "passed",
    FAILED: "failed",
    BAD_USAGE: "bad usage",
    UNKNOWN: "unknown",
    INTERNAL: "internal error",
}
FORMAT = 1
"""Number of the form of the JSON objects."""

_JSON_OF: ContextVar[str] = ContextVar("_JSON_OF", default="")
"""The command that is to answer by JSON; "" for one that answers by lines."""


def _note(context: typer.Context, wanted: bool) -> bool:
    if wanted:
        _JSON_OF.set(str(context.info_name))
    return wanted


Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object instead of lines.", callback=_note, is_eager=True),
]
"""An option that every command has: `end`, `tell` and `refused` go by it."""


def begin() -> None:
    """A command begins: it answers by lines unless it is told otherwise."""
    _JSON_OF.set("")


def by_json() -> bool:
    """Does the command answer by JSON?"""
    return bool(_JSON_OF.get())


def tell(outcome: str, lines: Iterable[str], **members: Any) -> None:
    """Print an answer: its lines, or its members as JSON."""
    if by_json():
        head = {"format": FORMAT, "command": _JSON_OF.get(), "outcome": outcome}
        lines = [json.dumps(head | members, ensure_ascii=False, default=str)]
    for line in lines:
        typer.echo(line)


def end(code: int, lines: Iterable[str], **members: Any) -> typer.Exit:
    """Print the answer that ends a command; gives the exception that ends it."""
    tell(OUTCOMES[code], lines, **members)
    return typer.Exit(code)


def refused(problem: str) -> typer.Exit:
    """Say why a command can't do what it was asked for; gives the exception that ends it."""
    return _ended(BAD_USAGE, problem, f"Error: {problem}")


def failed_inside(problem: Exception) -> int:
    """Say that a command ended by a bug of ours; gives the exit code."""
    told = "internal error: this is a bug in harness, not in what it tested"
    return _ended(INTERNAL, repr(problem), told).exit_code


def _ended(code: int, problem: str, line: str) -> typer.Exit:
    typer.echo(line, err=True)
    return end(code, (), problem=problem)


class Doing:
    """Shows in a line what is being done; on a terminal only, and gone afterwards. A context manager."""

    AFTER_SECONDS = 1.0
    """What takes less is not worth a line."""

    def __init__(self, first: str = "", *, now: Any = monotonic) -> None:
        self._now = now  # bound here: the simulator replaces the module's
        self._begun = now()
        self._shows = sys.stderr.isatty()
        if first:
            self._write(first)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self._write("")

    def show(self, text: str) -> None:
        """Something else is being done now."""
        if self._now() - self._begun >= self.AFTER_SECONDS:
            self._write(text)

    def _write(self, text: str) -> None:
        if self._shows:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{text[:width]}")
            sys.stderr.flush()
