"""The words of an expression of DynamoDB, and the refusal of one that isn't well-formed.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

LARGEST_BYTES = 4096
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

COMPARATOR, NAME, VALUE, WORD, NUMBER, END = "comparator", "#", ":", "word", "number", ""
_KEYWORDS = frozenset(("AND", "OR", "NOT", "IN", "BETWEEN"))
_ANY = re.compile(
    r"\s*(?:(?P<sign>[#:]\w+)|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<comparator><>|<=|>=|=|<|>)|(?P<other>\S))",
    re.ASCII,
)


class Wrong(Exception):
    """An expression that DynamoDB refuses: its sentence, without the name of the parameter."""


class Word(NamedTuple):
    """A word. `kind`: one of those above, a keyword in capitals, or the character itself."""

    kind: str
    text: str
    start: int
    end: int


class WordReader:
    """The words of an expression, read from left to right."""

    def __init__(self, expression: str) -> None:
        """Raises `Wrong` for one that is too long."""
        size = len(expression.encode())
        if size > LARGEST_BYTES:
            raise Wrong(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
        self._expression = expression
        self._words = [_word(found) for found in _ANY.finditer(expression)]
        last = len(expression)
        self._words.append(Word(END, "<EOF>", last, last))
        self._at = 0

    @property
    def next(self) -> Word:
        """The word that comes next."""
        return self._words[self._at]

    def follows(self, kind: str) -> bool:
        """Is the word after the next one of this kind?"""
        return self.next.kind != END and self._words[self._at + 1].kind == kind

    def take(self) -> Word:
        """The next word, which then is behind."""
        word = self.next
        self._at += word.kind != END
        return word

    def skip(self, kind: str) -> bool:
        """Was the next word of this kind? Then it is behind."""
        found = self.next.kind == kind
        self._at += found
        return found

    def expect(self, *kinds: str) -> Word:
        """The next word, which then is behind. Raises `Wrong` if it is of none of these kinds."""
        if self.next.kind not in kinds:
            raise self.unexpected()
        return self.take()

    def unexpected(self, back: int = 0) -> Wrong:
        """The refusal of the next word, or of one so far back."""
        at = self._at - back
        before = self._words[max(at - 1, 0)]
        after = self._words[min(at + 1, len(self._words) - 1)]
        near = self._expression[before.start : after.end]
        return Wrong(f'Syntax error; token: "{self._words[at].text}", near: "{near}"')


def _word(found: re.Match[str]) -> Word:
    kind, text = str(found.lastgroup), found[str(found.lastgroup)]
    if kind in ("sign", "other"):
        kind = text[0]
    elif kind == WORD and text.upper() in _KEYWORDS:
        kind = text.upper()
    return Word(kind, text, found.start(found.lastgroup or 0), found.end())
