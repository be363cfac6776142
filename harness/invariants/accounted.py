"""Dead letters as an account of effects that are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from harness.history import History
from harness.history.copies import Copy
from harness.history.ledger import Ledger
from harness.invariants.keys import values_of


def in_dead_letters(history: History, ledger: Ledger, key: str, leading: Collection[str]) -> frozenset[str]:
    """The values that dead letters account for: their own, and those of the messages that led to them.

    `leading` are the places from which effects come; empty if they aren't known. A dead letter that was meant
    for another place, as a copy for a neighbour, accounts for nothing.
    """
    found: set[str] = set()
    for copy in ledger.dead_letters():
        if not leading or any(each.meant_for in leading for each in _failed(history, copy)):
            found.update(_values_behind(history, ledger, key, copy))
    return frozenset(found)


def _failed(history: History, copy: Copy) -> Iterator[Copy]:
    """The copies of which a dead letter is the end: its own, that which a topic was told of, or those of the
    run that sent it there."""
    yield copy
    yield from (each for each in copy.lineage if each.dead_letter)
    message = history.fold.accepted.get(copy.key)
    if message is not None and message.sent_by is not None:
        yield from history.fold.invocations[message.sent_by].held


def _values_behind(history: History, ledger: Ledger, key: str, dead: Copy) -> Iterator[str]:
    waiting, seen = [dead], set()
    while waiting:
        for each in waiting.pop().lineage:
            message = ledger.accepted.get(each.key)
            if message is None or message.key in seen:
                continue
            seen.add(message.key)
            own = values_of(message.body, key)
            yield from own
            if message.sent_by is not None:
                held = history.fold.invocations[message.sent_by].held
                waiting += _with_any(ledger, held, key, own) or held


def _with_any(ledger: Ledger, copies: Iterable[Copy], key: str, values: Iterable[str]) -> list[Copy]:
    """Those of a batch that have one of these values: what came of them is theirs, and not the others'."""
    messages = ((copy, ledger.accepted.get(copy.origin)) for copy in copies)
    wanted = set(values)
    return [copy for copy, message in messages if message and wanted & set(values_of(message.body, key))]
