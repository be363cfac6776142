"""Every applied message has had its effect exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from harness.history import History
from harness.history.copies import Accepted, Copy
from harness.history.ledger import Ledger
from harness.invariants.bodies import comparable, field_of
from harness.invariants.flow import Flow, Ways, writes
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "effects_once"
OPEN = "open"
"""The kind of evidence where it isn't known whether effects are missing; the ways of another run may tell."""

Wanted = dict[str, list[Accepted]]
"""The messages that ask for an effect, by its key. One order that was sent twice is one order."""


def effects_once(
    history: History,
    place: str,
    *,
    key: str,
    rows: Sequence[Any],
    items: str | None = None,
    ways: Ways | None = None,
) -> Verdict:
    """`rows` are the final effects at `place`; each message whose JSON body has the field `key` must show
    there exactly once.

    An effect is a row with that key; with `items`, an element of that list attribute of the row. None may
    show twice. One that was applied on every way that leads to `place` must show; one that was on none
    (dead-lettered, filtered, in flight) need not; in between nobody knows. `ways` of a run without faults
    tell what this one doesn't show. Effects that no message asked for break it, too, unless the test has
    written there or called a function that does. O(n).
    """
    ledger = Ledger(history)
    flow = Flow(history, ledger, place, key, ways)
    wanted = _wanted(ledger, place, key)
    if not wanted:
        return unknown(NAME, f"no message that was accepted has a field {key!r} in its body")
    effects = Counter(_effects(rows, key, items))

    def found(kind: str, values: list[str], why: str, told: str) -> Verdict:
        evidence = [f"{value}: {told.format(effects[value])}" for value in values]
        why = f"{len(values)} of {len(wanted)} {why}"
        return broken(NAME, kind, why, evidence, _copies(flow, wanted, values), len(wanted))

    twice = [value for value in wanted if effects[value] > 1]
    if twice:
        return found("duplicated", twice, "had their effect more than once", f"{{}} times in {place}")
    why = unrest(history, ledger)
    owed = {value: _owed(flow, wanted[value]) for value in wanted if not effects[value]}
    missing = [value for value, answer in owed.items() if answer]
    if missing and not why:
        return found("missing", missing, "had no effect", f"nothing in {place}")
    strange = _strange(history, ledger, flow, place, key, effects)
    if strange:
        evidence = [f"{value}: {effects[value]} times in {place}" for value in strange]
        return broken(NAME, "unexpected", f"{len(strange)} effects that no message asked for", evidence)
    open_ones = [value for value, answer in owed.items() if answer is None]
    copies = _copies(flow, wanted, open_ones)
    if why:
        return unknown(NAME, why, open_ones, copies)
    if open_ones:
        why = f"{len(open_ones)} had no effect, and nobody knows whether they should have had one"
        return unknown(NAME, why, open_ones, copies, OPEN)
    return holds(NAME, len(wanted))


def _wanted(ledger: Ledger, place: str, key: str) -> Wanted:
    """Messages from outside; those that functions sent only if no other has such a field."""
    inside = (m for m in ledger.accepted.values() if not m.outside and m.key[0] != place)
    return _by_key(ledger.from_outside(), key) or _by_key(inside, key)


def _by_key(messages: Iterable[Accepted], key: str) -> Wanted:
    found: Wanted = {}
    for message in messages:
        value = field_of(message.body, key)
        if value is not None:
            found.setdefault(value, []).append(message)
    return found


def _effects(rows: Sequence[Any], key: str, items: str | None) -> list[str]:
    """The key of each effect; rows and elements without one are no effects."""
    elements = rows if items is None else [item for row in rows for item in _list(row, items)]
    values = [field_of(e, key) if isinstance(e, dict) else comparable(e) for e in elements]
    return [value for value in values if value is not None]


def _list(row: Any, items: str) -> Sequence[Any]:
    found = row.get(items) if isinstance(row, dict) else None
    return found if isinstance(found, list | tuple) else ()


def _owed(flow: Flow, messages: list[Accepted]) -> bool | None:
    """Must one of these messages, which ask for the same effect, have had it?"""
    answers = [flow.owed(message) for message in messages]
    return True if True in answers else None if None in answers else False


def _strange(
    history: History, ledger: Ledger, flow: Flow, place: str, key: str, effects: Counter[str]
) -> list[str]:
    """Effects that no message asked for."""
    asked_for = {field_of(m.body, key) for m in ledger.accepted.values() if m.key[0] != place or m.outside}
    strange = [value for value in effects if value not in asked_for]
    return [] if strange and _by_test(history, ledger, flow, place) else strange


def _by_test(history: History, ledger: Ledger, flow: Flow, place: str) -> bool:
    """Has the test written there itself, or called a function that may?"""
    wrote = any(
        event.data.get("resource") == place and writes(event) and event.actor not in ledger.functions
        for event in history.of("call")
    )
    called = (one.event for one in ledger.fold.invocations.values() if not one.event.messages)
    return wrote or any(not flow.feeding or event.subject in flow.feeding for event in called)


def _copies(flow: Flow, wanted: Wanted, values: list[str]) -> list[Copy]:
    return [copy for value in values for message in wanted[value] for copy in flow.copies_of(message)[:1]]
