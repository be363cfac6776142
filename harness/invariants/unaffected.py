"""Paths that a fault doesn't touch stay as fast as in the control run: this is what decoupled means."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.history import History
from harness.history.copies import Path
from harness.history.ledger import Ledger
from harness.history.shape import shape_of
from harness.history.timeline import name_of
from harness.invariants.figures import above
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "unaffected"
TOLERANCE_SECONDS = 0.5
"""Delay up to which a message still counts as unaffected: far less than any retry."""

Latencies = Mapping[str, Sequence[Sequence[Any]]]
"""By place, in the order of acceptance: each message's body, the seconds from its acceptance to when it was
applied (None: it wasn't), and whether it came from outside, which is taken for true if it isn't there."""


@dataclass
class _Found:
    slower: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    checked: int = 0


def unaffected(
    history: History,
    *,
    places: Sequence[str],
    control: Latencies | None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> Verdict:
    """At each of these queues or functions every message was applied no later after its acceptance than in
    the control run, within `tolerance_seconds`. `control` are the latencies there (`latencies_of`). O(n).

    The same messages are compared, by their bodies; those of functions whose bodies differ, as by a time in
    them, in order, if they are of one shape. Unknown without a control run, if that applied nothing there, or
    if one of its messages from outside wasn't accepted in this run. What functions would have sent and didn't
    is nothing that could be slower.
    """
    if control is None:
        return unknown(NAME, "there is no control run to compare with")
    ledger = Ledger(history)
    found, why = _Found(), ""
    for place in places:
        before = [entry for entry in control.get(place, ()) if entry[1] is not None]
        if not before:
            return unknown(NAME, f"nothing was applied at {place} in the control run: is that its name?")
        checked = found.checked
        why = _compare(found, ledger, place, before, tolerance_seconds) or why
        if found.checked == checked:
            why = why or f"nothing came to {place} that can be compared with the control run"
    evidence, copies = [*found.slower, *found.stopped], [path.best for path in found.paths]
    if found.slower:
        count = f"{len(found.slower)} of {found.checked} were affected"
        return broken(NAME, "slower", count, evidence, copies, found.checked)
    why = unrest(history, ledger) or why
    if why:
        return unknown(NAME, why, evidence, copies)
    if found.stopped:
        count = f"{len(found.stopped)} of {found.checked} were never applied"
        return broken(NAME, "stopped", count, evidence, copies, found.checked)
    return holds(NAME, found.checked)


def latencies_of(history: History, places: Sequence[str]) -> dict[str, list[list[Any]]]:
    """The time that each message took to be applied at each of these places."""
    ledger = Ledger(history)
    return {
        place: [
            [path.message.body, _latency(path), path.message.outside] for path in _paths_at(ledger, place)
        ]
        for place in places
    }


def _paths_at(ledger: Ledger, place: str) -> list[Path]:
    paths = (ledger.path(message.key, place) for message in ledger.accepted.values())
    return [path for path in paths if path is not None]


def _compare(
    found: _Found, ledger: Ledger, place: str, before: Sequence[Sequence[Any]], tolerance: float
) -> str:
    """Compare what came to one place with the control run. Gives why it can't be compared, if so."""
    now = _paths_at(ledger, place)
    pairs = _paired(before, now)
    missing = [entry for entry, path in pairs if path is None and entry[2:] != [False]]
    for (_, was, *_rest), path in pairs:
        if path is None:
            continue
        took = _latency(path)
        found.checked += 1
        told = f"{place}: {name_of(path.message)}"
        if took is None:
            found.stopped.append(f"{told}: never applied, {was:.2f} s in the control run")
            found.paths.append(path)
        elif took - was > tolerance:
            more = above(took - was, tolerance, 2)
            found.slower.append(f"{told}: {took:.2f} s, {more} s more than in the control run")
            found.paths.append(path)
    if missing:
        return f"{place}: a message of the control run never came there in this one: not comparable"
    return ""


def _paired(before: Sequence[Sequence[Any]], now: Sequence[Path]) -> list[tuple[Sequence[Any], Path | None]]:
    """Each message of the control run with the same one of this run: by its body, else by its shape."""
    found: dict[int, Path] = {}
    left = list(now)
    for same in (_said, _shape):
        waiting: dict[str, deque[Path]] = {}
        for path in left:
            waiting.setdefault(same(path.message.body, path.message.outside), deque()).append(path)
        for index, (body, _, *outside) in enumerate(before):
            alike = waiting.get(same(body, outside != [False]))
            if index not in found and alike:
                found[index] = alike.popleft()
        left = [path for alike in waiting.values() for path in alike]
    return [(entry, found.get(index)) for index, entry in enumerate(before)]


def _said(body: Any, outside: bool) -> str:
    return str(body)


def _shape(body: Any, outside: bool) -> str:
    """The shape of a function's message; the content of a message of the test."""
    return str(body) if outside else shape_of(body)


def _latency(path: Path) -> float | None:
    return None if path.applied_at is None else round(path.applied_at - path.message.at, 6)
