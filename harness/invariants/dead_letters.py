"""Exactly the expected messages are dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.history import History
from harness.history.copies import Copy
from harness.history.ledger import Ledger
from harness.history.timeline import name_of
from harness.invariants.keys import comparable, value_of
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown
from harness.near import counted

NAME = "dead_letters"


@dataclass
class _Found:
    """The wrong dead letters: those too many, and the missing ones."""

    too_many: list[Copy] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    why: str = ""


def dead_letters(
    history: History,
    *,
    none: bool = False,
    exactly: Sequence[Any] | None = None,
    key: str | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    queue: str | None = None,
) -> Verdict:
    """The dead letters that are there in the end, of one `queue` or of all.

    `none`: there are none. `exactly`: of these messages and no others, as values of the field `key` of their
    bodies, or as whole bodies without `key`; one that lies there twice is still one. `at_least`, `at_most`:
    so many. Those that were sent back don't count. O(n).

    One that mustn't be there breaks it at once; one that is missing only when the run is at rest.
    """
    ledger = Ledger(history)
    dead = [copy for copy in ledger.dead_letters() if queue is None or copy.place == queue]
    found = _Found() if exactly is None else _compared(ledger, dead, exactly, key)
    _count(found, dead, 0 if none else at_most, at_least)
    evidence = [f"{_name(ledger, copy)} in {copy.place}" for copy in (found.too_many or dead)]
    if found.too_many:
        return broken(NAME, "unexpected", found.why, evidence, found.too_many, len(dead))
    why = unrest(history, ledger)
    if why:
        return unknown(NAME, why, evidence, dead)
    if found.missing:
        return broken(NAME, "missing", found.why, found.missing, dead, len(dead))
    return holds(NAME, len(dead), f"{len(dead)} found, as expected")


def _compared(ledger: Ledger, dead: list[Copy], exactly: Sequence[Any], key: str | None) -> _Found:
    wanted = dict.fromkeys(comparable(value) for value in exactly)
    by_value: dict[str | None, list[Copy]] = {}
    for copy in dead:
        by_value.setdefault(_value(ledger, copy, key), []).append(copy)
    too_many = [copy for value, copies in by_value.items() if value not in wanted for copy in copies]
    missing = [str(value) for value in wanted if value not in by_value]
    parts = [f"{len(too_many)} that must not be there"] if too_many else []
    parts += [f"not there: {', '.join(missing)}"] if missing else []
    return _Found(too_many, [f"{name}: no dead letter" for name in missing], "; ".join(parts))


def _count(found: _Found, dead: list[Copy], at_most: int | None, at_least: int | None) -> None:
    if at_most is not None and len(dead) > at_most:
        found.too_many = found.too_many or dead
        found.why = (
            f"{counted(len(dead), 'dead letter')}, expected {f'at most {at_most}' if at_most else 'none'}"
        )
    if at_least is not None and len(dead) < at_least:
        found.why = f"{counted(len(dead), 'dead letter')}, expected at least {at_least}"
        found.missing.append(f"{at_least - len(dead)} more")


def _value(ledger: Ledger, copy: Copy, key: str | None) -> str | None:
    accepted = ledger.accepted.get(copy.origin)
    if accepted is None:
        return None
    return comparable(accepted.body) if key is None else value_of(accepted.body, key)


def _name(ledger: Ledger, copy: Copy) -> str:
    accepted = ledger.accepted.get(copy.origin)
    return copy.id if accepted is None else name_of(accepted)
