"""Calls of intrinsic functions: parsed, then evaluated from the inside out.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.sim.services.states.language import errors
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.functions import FUNCTIONS, BadArguments, apply
from harness.sim.services.states.language.paths import BadPath, NoSuchPath
from harness.sim.services.states.language.roots import rooted
from harness.sim.services.states.language.scope import StateScope
from harness.sim.services.states.language.text import to_json

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"States\.[A-Za-z0-9]+")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"(?:true|false|null)\b")
_ESCAPED = re.compile(r"\\(['{}\\])")
_WORDS = {"true": True, "false": False, "null": None}


class BadCall(ValueError):
    """A text is no call of an intrinsic function."""


@dataclass(frozen=True)
class QuotedText:
    """A quoted argument, its escapes as written: States.Format reads them itself."""

    raw: str


@dataclass(frozen=True)
class Constant:
    """A number, a boolean or null."""

    value: Any


@dataclass(frozen=True)
class PathArgument:
    """An argument that is a path."""

    path: str


@dataclass(frozen=True)
class FunctionCall:
    """A function with its arguments; `text` is the call as written."""

    name: str
    arguments: tuple[Argument, ...]
    text: str


Argument = QuotedText | Constant | PathArgument | FunctionCall


def call(text: str, scope: StateScope) -> Any:
    """The value of a call."""
    try:
        parsed = parse(text)
    except BadCall as error:
        raise StateError(errors.RUNTIME, f"The function '{text}' had the following error: {error}") from error
    return _evaluate(parsed, scope, text)


def paths_in(argument: Argument) -> list[str]:
    """The paths that a call mentions, in order."""
    if isinstance(argument, PathArgument):
        return [argument.path]
    if isinstance(argument, FunctionCall):
        return [path for member in argument.arguments for path in paths_in(member)]
    return []


@lru_cache(maxsize=4096)
def parse(text: str) -> FunctionCall:
    """A whole text as one call."""
    parsed, end = _call(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise BadCall(f"unexpected text at position {end}")
    return parsed


def _call(text: str, start: int) -> tuple[FunctionCall, int]:
    name = _NAME.match(text, start)
    if not name or name[0] not in FUNCTIONS:
        raise BadCall(f"no such intrinsic function at position {start}")
    at = _skip(text, name.end())
    if text[at : at + 1] != "(":
        raise BadCall(f"an opening parenthesis is missing at position {at}")
    arguments: list[Argument] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != ")":
        if arguments:
            at = _after_comma(text, at)
        argument, at = _argument(text, at)
        arguments.append(argument)
        at = _skip(text, at)
    return FunctionCall(name[0], tuple(arguments), text[start : at + 1]), at + 1


def _argument(text: str, at: int) -> tuple[Argument, int]:
    if match := _TEXT.match(text, at):
        return QuotedText(match[1]), match.end()
    if text[at : at + 1] == "$":
        end = _path_end(text, at)
        return PathArgument(text[at:end]), end
    if match := _NUMBER.match(text, at):
        whole = match[0].lstrip("-").isdigit()
        return Constant(int(match[0]) if whole else float(match[0])), match.end()
    if match := _WORD.match(text, at):
        return Constant(_WORDS[match[0]]), match.end()
    if text.startswith("States.", at):
        return _call(text, at)
    raise BadCall(f"an argument was expected at position {at}")


def _path_end(text: str, start: int) -> int:
    """Where a path ends: commas, parentheses and spaces within its brackets are its own."""
    at, depth, quote = start, 0, ""
    while at < len(text):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif depth and char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])" and depth:
            depth -= 1
        elif not depth and (char in ",)" or char.isspace()):
            break
        at += 1
    return at


def _after_comma(text: str, at: int) -> int:
    if text[at : at + 1] != ",":
        raise BadCall(f"a comma was expected at position {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match
    return match.end()


def _evaluate(argument: Argument, scope: StateScope, whole: str) -> Any:
    if isinstance(argument, QuotedText):
        return _ESCAPED.sub(r"\1", argument.raw)
    if isinstance(argument, Constant):
        return argument.value
    if isinstance(argument, PathArgument):
        return _value_at(argument.path, scope, whole)
    values = [_given(argument.name, member, scope, whole) for member in argument.arguments]
    try:
        return apply(argument.name, values, scope.chance)
    except BadArguments as error:
        cause = f"The function '{whole}' had the following error: {error}"
        raise StateError(errors.INTRINSIC_FAILURE, cause) from error


def _given(function: str, argument: Argument, scope: StateScope, whole: str) -> Any:
    if function == "States.Format" and isinstance(argument, QuotedText):
        return argument.raw
    return _evaluate(argument, scope, whole)


def _value_at(path: str, scope: StateScope, whole: str) -> Any:
    try:
        return rooted(path, scope)
    except (NoSuchPath, BadPath) as error:
        cause = (
            f"The function '{whole}' had the following error: The JsonPath argument for the field '{path}' "
            f"could not be found in the input '{to_json(scope.input)}'"
        )
        raise StateError(errors.RUNTIME, cause) from error
