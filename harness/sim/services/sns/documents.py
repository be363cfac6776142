"""JSON documents among the parameters, and how SNS complains about what is none. Pure.

The words and the places are those of the parser behind SNS, recorded on AWS, October 2025 and January 2026.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_WORD = re.compile(r"[\w$]+")
_WORDS = ("null", "true", "false")


class _Malformed(Exception):
    """The parser gives up: its words, and the place in the text."""

    def __init__(self, words: str, at: int) -> None:
        super().__init__(words)
        self.words = words
        self.at = at


def json_object(text: str) -> dict[str, Any] | None:
    """A JSON object from its text; None if it isn't one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def not_parsed(text: str) -> str:
    """SNS's words for a text that is no JSON, with the place where it stops to be."""
    try:
        _value(text, _skip(text, 0))
    except RecursionError:
        pass
    except _Malformed as problem:
        return f"failed to parse JSON. {problem.words}\n at {_place(text, problem.at)}"
    return "failed to parse JSON."


def _value(text: str, at: int) -> int:
    """Read one value; gives the place after it."""
    letter = text[at : at + 1]
    if letter == "{":
        return _entries(text, at, "Object", _entry)
    if letter == "[":
        return _entries(text, at, "Array", _value)
    if letter == '"':
        return _string(text, at)
    number = _NUMBER.match(text, at)
    if number is not None:
        return number.end()
    word = _WORD.match(text, at)
    if word is None:
        raise _unexpected(text, at, f"expected a valid value {_VALUES}")
    if word[0] not in _WORDS:
        raise _Malformed(f"Unrecognized token '{word[0]}': was expecting {_VALUES}", word.end())
    return word.end()


def _entries(text: str, start: int, kind: str, read: Callable[[str, int], int]) -> int:
    close = "}" if kind == "Object" else "]"
    at = _skip(text, start + 1)
    if text[at : at + 1] == close:
        return at + 1
    while True:
        if at == len(text):
            raise _unclosed(text, start, kind)
        at = _skip(text, read(text, at))
        letter = text[at : at + 1]
        if letter == close:
            return at + 1
        if not letter:
            raise _unclosed(text, start, kind)
        if letter in "]}":
            expected = f"expected '{close}' (for {kind} starting at {_place(text, start)})"
            raise _Malformed(f"Unexpected close marker '{letter}': {expected}", at)
        if letter != ",":
            raise _unexpected(text, at, f"was expecting comma to separate {kind} entries")
        at = _skip(text, at + 1)


def _entry(text: str, at: int) -> int:
    if text[at] != '"':
        raise _unexpected(text, at, "was expecting double-quote to start field name")
    at = _skip(text, _string(text, at))
    if text[at : at + 1] != ":":
        raise _unexpected(text, at, "was expecting a colon to separate field name and value")
    return _value(text, _skip(text, at + 1))


def _string(text: str, at: int) -> int:
    found = _STRING.match(text, at)
    if found is None:
        raise _Malformed("Unexpected end-of-input in VALUE_STRING", len(text))
    return found.end()


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unexpected(text: str, at: int, expected: str) -> _Malformed:
    if at >= len(text):
        return _Malformed("Unexpected end-of-input", len(text))
    letter = text[at]
    told = f"'{letter}' (code {ord(letter)})" if letter.isprintable() else f"(CTRL-CHAR, code {ord(letter)})"
    return _Malformed(f"Unexpected character ({told}): {expected}", at)


def _unclosed(text: str, start: int, kind: str) -> _Malformed:
    words = (
        f"Unexpected end-of-input: expected close marker for {kind} (start marker at {_place(text, start)})"
    )
    return _Malformed(words, len(text))


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return _SOURCE.format(line, at - (text.rfind("\n", 0, at) + 1) + 1)
