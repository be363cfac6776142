"""How complex the wildcards are that one field is compared with.

A value is read byte by byte. After each one it may be within several wildcard patterns at once, and at
several places of each: those are counted.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

PLACES_MAX = 10
"""AWS gives no figure. With ten, `*/a/*.png` and `*/a/*.gif` together pass, as there, and four such don't."""

TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after "
    "a wildcard character"
)
_ANY = -1
_OTHER = -2
"""Stands for each byte that no pattern names."""

Tokens = tuple[int, ...]
Place = tuple[int, Tokens, Tokens]
"""The alternative, what of a pattern has been matched, and what is left of it."""


@lru_cache(256)
def too_complex(alternatives: tuple[tuple[str, ...], ...]) -> bool:
    """Can a value be at more places of these than `PLACES_MAX` at once? Each alternative is one wildcard, or
    those that `anything-but` excludes together."""
    starts = [(which, (), _tokens(text)) for which, texts in enumerate(alternatives) for text in texts]
    alphabet = sorted({token for _, _, left in starts for token in left if token != _ANY} | {_OTHER})
    waiting = [frozenset(_with_skips(starts))]
    seen = set(waiting)
    while waiting:
        places = waiting.pop()
        for byte in alphabet:
            following = frozenset(_with_skips(_after(places, byte)))
            if len(_told_apart(following)) > PLACES_MAX:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _tokens(text: str) -> Tokens:
    """The bytes of a pattern, between quotation marks."""
    found = [ord('"')]
    data = iter(text.encode())
    for byte in data:
        found.append(next(data) if byte == ord("\\") else _ANY if byte == ord("*") else byte)
    return (*found, ord('"'))


def _after(places: Iterable[Place], byte: int) -> Iterator[Place]:
    for which, done, left in places:
        if done and done[-1] == _ANY:
            yield which, done, left
        if left and left[0] == byte:
            yield which, (*done, byte), left[1:]


def _with_skips(places: Iterable[Place]) -> Iterator[Place]:
    """A wildcard may stand for nothing."""
    for which, done, left in places:
        yield which, done, left
        if left and left[0] == _ANY:
            yield which, (*done, _ANY), left[1:]


def _told_apart(places: Iterable[Place]) -> set[tuple[int, Sequence[int]]]:
    """Patterns of one alternative are one pattern as long as they are equal, up to their first wildcard."""
    return {
        (which, done if _ANY not in done[:-1] else (*done, _OTHER, *left)) for which, done, left in places
    }
