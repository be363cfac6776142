"""Dead letters as an account of effects that are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from harness.history import History
from harness.history.copies import GONE, Accepted, Copy, Fate
from harness.history.ledger import Ledger
from harness.invariants.keys import values_of

Behind = Mapping[str, Sequence[str]]
"""The messages that led to each value of the key, each by a digest of its body."""


def in_dead_letters(
    history: History,
    ledger: Ledger,
    key: str,
    leading: Collection[str],
    behind: Behind,
    around: Collection[str] = (),
) -> frozenset[str]:
    """The values that dead letters account for: their own, and those of the messages that led to them; and of
    those `behind` tells of, such as come of a message that is a dead letter now.

    `leading` are the places from which effects come; empty if they aren't known. A dead letter that was meant
    for another place, as a copy for a neighbour, accounts for nothing. One for a place `around` them, from
    which effects come by what is stored, accounts for values that were handled at none of these, and that no
    message had on its way to the effects.
    """
    found: set[str] = set()
    stored: set[str] = set()
    bodies: set[str] = set()
    for copy in ledger.dead_letters():
        places = {each.meant_for for each in _failed(history, copy)}
        messages = _behind(history, ledger, key, copy)
        if not leading or not places.isdisjoint(leading):
            for message in messages:
                found.update(values_of(message.body, key))
                bodies.add(_digest(message))
        elif not places.isdisjoint(around):
            stored.update(value for message in messages for value in values_of(message.body, key))
    found.update(value for value, led in behind.items() if not bodies.isdisjoint(led))
    found |= stored - _that_went_on(ledger, key, leading, around) if stored else set()
    return frozenset(found)


def led_to(history: History, ledger: Ledger, key: str) -> dict[str, list[str]]:
    """For values that came up on the way: the messages that led to them and lack them."""
    found: dict[str, dict[str, None]] = {}
    for message in ledger.accepted.values():
        if message.sent_by is None:
            continue
        for value in values_of(message.body, key):
            for copy in history.fold.invocations[message.sent_by].held:
                for before in _behind(history, ledger, key, copy):
                    if value not in values_of(before.body, key):
                        found.setdefault(value, {})[_digest(before)] = None
    return {value: list(bodies) for value, bodies in found.items()}


def _that_went_on(ledger: Ledger, key: str, leading: Collection[str], around: Collection[str]) -> set[str]:
    """The values that were handled or got lost around the effects, or came on the way to them."""
    went_on = (
        path
        for path in ledger.paths()
        if path.place in leading
        or (path.place in around and (path.fate is Fate.APPLIED or path.fate in GONE))
    )
    return {value for path in went_on for value in values_of(path.message.body, key)}


def _failed(history: History, copy: Copy) -> Iterator[Copy]:
    """The copies of which a dead letter is the end: its own, that which a topic was told of, or those of the
    run that sent it there."""
    yield copy
    yield from (each for each in copy.lineage if each.dead_letter)
    message = history.fold.accepted.get(copy.key)
    if message is not None and message.sent_by is not None:
        yield from history.fold.invocations[message.sent_by].held


def _behind(history: History, ledger: Ledger, key: str, last: Copy) -> Iterator[Accepted]:
    """The message of a copy, and those that led to it."""
    waiting, seen = [last], set()
    while waiting:
        for each in waiting.pop().lineage:
            message = ledger.accepted.get(each.key)
            if message is None or message.key in seen:
                continue
            seen.add(message.key)
            yield message
            if message.sent_by is not None:
                held = history.fold.invocations[message.sent_by].held
                waiting += _with_any(ledger, held, key, values_of(message.body, key)) or held


def _digest(message: Accepted) -> str:
    return sha256(str(message.body).encode(errors="surrogatepass")).hexdigest()[:16]


def _with_any(ledger: Ledger, copies: Iterable[Copy], key: str, values: Iterable[str]) -> list[Copy]:
    """Those of a batch that have one of these values: what came of them is theirs, and not the others'."""
    messages = ((copy, ledger.accepted.get(copy.origin)) for copy in copies)
    wanted = set(values)
    return [copy for copy, message in messages if message and wanted & set(values_of(message.body, key))]
