"""JSON as tokens, read one by one, each with the place that AWS's error messages name.

AWS reads patterns with Jackson, and its messages end with the place at which that parser stands: after a
bracket, a number or a word, but just inside a text whose characters nobody has asked for yet; and it has
already begun with a field's value when it hands out the field's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEPTH_MAX = 1000
SOURCE_CHARACTERS_MAX = 500
"""A message quotes so much of the text."""

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[\w$]+")
_CLOSES = {"{": "}", "[": "]"}
_KINDS = {"{": "Object", "[": "Array"}
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_WORDS = {"true": True, "false": False, "null": None}


class Malformed(ValueError):
    """The text is no JSON; `at` is where that showed.

    `opened`: where the object or list begins that the complaint is about; its place stands in the message
    instead of {}.
    """

    def __init__(self, message: str, at: int, opened: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.opened = opened

    def told(self, text: str, *, quoted: bool = True) -> str:
        """The whole message, with all places. `quoted`: they come with the text."""
        message = self.message
        if self.opened is not None:
            message = message.replace("{}", place_of(text, self.opened, quoted=quoted))
        return f"{message}\n at {place_of(text, self.at, quoted=quoted)}"


@dataclass(frozen=True, slots=True)
class Token:
    """A bracket, a field's name, or a value that is no object or list.

    `kind` is the bracket itself, "name", "string", "number" or "word". `at` is how far the text is read when
    it is handed out, `end` once its characters are asked for.
    """

    kind: str
    at: int
    end: int
    value: Any = None
    text: str = ""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a JSON text, in order. Raises `Malformed` when it comes to what is no JSON."""
    opened: list[int] = []
    at, first = 0, True
    while True:
        at = _skip(text, at)
        if opened and text.startswith(_CLOSES[text[opened[-1]]], at):
            opened.pop()
            at += 1
            yield Token(text[at - 1], at, at)
        else:
            if opened:
                at = _to_next(text, at, opened[-1], first)
            name = None
            if opened and text[opened[-1]] == "{":
                name, at = _name(text, at)
            token = _value(text, at)
            if name is not None:
                yield Token("name", token.at, token.at, name, name)
            yield token
            if token.kind in _CLOSES:
                opened.append(at)
                if len(opened) > DEPTH_MAX:
                    raise Malformed(f"Document nesting depth ({len(opened)}) exceeds the maximum", token.end)
                at, first = token.end, True
                continue
            at = token.end
        first = False
        if not opened:
            return


def place_of(text: str, at: int, *, quoted: bool = True) -> str:
    """A place in a text, as the end of a message has it. `quoted`: with the text itself."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    if quoted:
        left_out = len(text) - SOURCE_CHARACTERS_MAX
        rest = f"[truncated {left_out} chars]" if left_out > 0 else ""
        source = f'(String)"{text[:SOURCE_CHARACTERS_MAX]}"{rest}'
    else:
        source = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
    return f"[Source: {source}; line: {line}, column: {column}]"


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _to_next(text: str, at: int, opened: int, first: bool) -> int:
    """The position of the next entry of an object or list, behind the comma."""
    bracket = text[opened]
    kind = _KINDS[bracket]
    if not first and at < len(text) and text[at] not in ",]}":
        raise _unexpected(text, at, f"was expecting comma to separate {kind} entries")
    if not first and text.startswith(",", at):
        at = _skip(text, at + 1)
    elif text.startswith(("]", "}"), at):
        expected = f"expected '{_CLOSES[bracket]}' (for {kind} starting at {{}})"
        raise Malformed(f"Unexpected close marker '{text[at]}': {expected}", at, opened)
    if at >= len(text):
        expected = f"expected close marker for {kind} (start marker at {{}})"
        raise Malformed(f"Unexpected end-of-input: {expected}", at, opened)
    return at


def _name(text: str, at: int) -> tuple[str, int]:
    if not text.startswith('"', at):
        raise _unexpected(text, at, "was expecting double-quote to start field name")
    token = _string(text, at)
    at = _skip(text, token.end)
    if not text.startswith(":", at):
        raise _unexpected(text, at, "was expecting a colon to separate field name and value")
    return str(token.value), _skip(text, at + 1)


def _value(text: str, at: int) -> Token:
    if text.startswith(("{", "["), at):
        return Token(text[at], at + 1, at + 1)
    if text.startswith('"', at):
        return _string(text, at)
    number = _NUMBER.match(text, at)
    if number:
        return Token("number", number.end(), number.end(), json.loads(number[0]), number[0])
    word = _WORD.match(text, at)
    if word and word[0] in _WORDS:
        return Token("word", word.end(), word.end(), _WORDS[word[0]], word[0])
    if word:
        raise Malformed(f"Unrecognized token '{word[0]}': was expecting {_VALUES}", word.end())
    raise _unexpected(text, at, f"expected a valid value {_VALUES}")


def _string(text: str, at: int) -> Token:
    match = _STRING.match(text, at)
    if not match:
        raise Malformed("Unexpected end-of-input in VALUE_STRING", len(text))
    try:
        value = json.loads(match[0])
    except ValueError as problem:
        raise Malformed(f"Unrecognized character escape: {problem}", match.end()) from None
    return Token("string", at + 1, match.end(), value, value)


def _unexpected(text: str, at: int, expected: str) -> Malformed:
    if at >= len(text):
        return Malformed("Unexpected end-of-input", at)
    letter = text[at]
    told = f"'{letter}' (code {ord(letter)})" if letter.isprintable() else f"(CTRL-CHAR, code {ord(letter)})"
    return Malformed(f"Unexpected character ({told}): {expected}", at)
