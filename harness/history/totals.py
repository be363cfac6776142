"""Messages sent and handled, place by place: the multisets of Jepsen's total-queue checker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.aws import Does
from harness.history.copies import GONE, Fate, Key, Path
from harness.history.ledger import Ledger


@dataclass
class Totals:
    """The messages that were meant for one place, each with how often.

    `attempted`: sent to where they come from, whatever came of it; calls that were never accepted count
    under the empty id. `acknowledged`: the sender was told so. `applied`, `lost`: how they ended.
    `unexpected`: handled though nobody sent them. `duplicated`: handled more than once, each time too
    many. `recovered`: applied although the sender never heard that they were accepted.
    """

    attempted: Counter[Key] = field(default_factory=Counter)
    acknowledged: Counter[Key] = field(default_factory=Counter)
    applied: Counter[Key] = field(default_factory=Counter)
    lost: Counter[Key] = field(default_factory=Counter)
    unexpected: Counter[Key] = field(default_factory=Counter)
    duplicated: Counter[Key] = field(default_factory=Counter)
    recovered: Counter[Key] = field(default_factory=Counter)


def totals_of(ledger: Ledger) -> dict[str, Totals]:
    """The totals of every place that a message was meant for. O(n)."""
    found: dict[str, Totals] = {}
    sources: dict[str, set[str]] = {}
    for path in ledger.paths():
        _count(found.setdefault(path.place, Totals()), path)
        sources.setdefault(path.place, set()).add(path.message.key[0])
    for copy in ledger.strangers():
        found.setdefault(copy.meant_for, Totals()).unexpected[copy.key] += 1
    refused = _refused(ledger)
    for place, names in sources.items():
        for name in names:
            if refused[name]:
                found[place].attempted[(name, "")] += refused[name]
    return found


def _count(totals: Totals, path: Path) -> None:
    key = path.message.key
    totals.attempted[key] += 1
    if path.message.heard:
        totals.acknowledged[key] += 1
    if path.fate is Fate.APPLIED:
        totals.applied[key] += 1
        if not path.message.heard:
            totals.recovered[key] += 1
    elif path.fate in GONE:
        totals.lost[key] += 1
    if path.handlings > 1:
        totals.duplicated[key] += path.handlings - 1


def _refused(ledger: Ledger) -> Counter[str]:
    """By place: calls that meant to send something there, of which nothing was accepted."""
    accepting = _causes_of(ledger, (message.seq for message in ledger.accepted.values()))
    return Counter(
        str(event.data.get("resource"))
        for event in ledger.history.of("call")
        if event.data.get("does") == Does.SENDS and event.seq not in accepting
    )


def _causes_of(ledger: Ledger, seqs: Iterable[int]) -> set[int | None]:
    return {ledger.history[seq].cause for seq in seqs}
