"""Within a group, messages were handled in the order in which they were accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.history import History
from harness.history.copies import Copy, Fate, Path
from harness.history.ledger import Ledger
from harness.history.timeline import name_of
from harness.invariants.keys import comparable, value_of
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, idle, unknown

NAME = "in_order"

Moment = tuple[int, int]
"""An event, and the place in its batch."""

NEVER: Moment = (1 << 62, 0)


@dataclass(frozen=True)
class _Member:
    """A message of a group: when it was begun, and when the way was free for the next one."""

    path: Path
    begun: Moment
    handled: Moment
    done: Moment


def in_order(
    history: History, place: str, *, by: str | None = None, key: str = "", rows: Sequence[Any] | None = None
) -> Verdict:
    """The messages of a queue, group by group: none was handled before an earlier one of its group.

    A group is the message group, or with `by` the value of that field in the bodies. What counts is when each
    was handled well for the first time: handling the same message again is fine. Skipping ahead of one that
    is handled later, or not at all, isn't, unless it had become a dead letter (or was filtered out, purged or
    expired) by then. Unknown if two of a group were handled at the same time. `rows` are the effects in their
    own order, as values of the field `key` of the bodies, or rows that have it: the first effect of each
    message counts. Unknown if messages were handled and none of these is theirs, or if none has a group: no
    order was compared. Under a fault it may be that no message comes: then it holds. O(n log n).
    """
    ledger = Ledger(history)
    groups: dict[str, list[_Member]] = {}
    for path in ledger.paths():
        group = path.message.group if by is None else value_of(path.message.body, by)
        if path.place == place and group is not None:
            groups.setdefault(str(group), []).append(_member(ledger, path))
    if not groups:
        came = any(place in (path.place, path.message.key[0]) for path in ledger.paths())
        if history.of("fault") and not (came or unrest(history, ledger)):
            return idle(NAME, f"under the fault no message came to {place}, so there was nothing to order")
        named = "a message group" if by is None else f"a field {by!r}"
        return unknown(NAME, f"no message that came to {place} has {named}{_handed_on(ledger, place)}")
    for members in groups.values():
        members.sort(key=lambda member: member.path.message.seq)
    count = sum(len(members) for members in groups.values())
    if reversed_ones := _effects_out_of_order(groups, key, rows or ()):
        why = f"{len(reversed_ones)} of {count} had their effects out of order"
        return broken(NAME, "order", why, reversed_ones, checked=count)
    swapped: list[tuple[str, _Member, _Member]] = []
    at_once: list[tuple[str, _Member, _Member]] = []
    for group, members in groups.items():
        _look_through(group, members, swapped, at_once)
    found = swapped or at_once
    evidence = [f"{group}: {_pair(early, late, bool(swapped))}" for group, early, late in found]
    copies: list[Copy] = [member.path.best for _, early, late in found for member in (early, late)]
    if swapped:
        return broken(NAME, "order", f"{len(swapped)} of {count} out of order", evidence, copies, count)
    why = unrest(history, ledger)
    if why:
        return unknown(NAME, why)
    if rows is not None and _is_any_handled(groups) and not _effects_in(groups, key, rows):
        return unknown(NAME, f"none of {len(rows)} effects is that of a message by its field {key!r}")
    if at_once:
        return unknown(NAME, f"{len(at_once)} of {count} were handled side by side", evidence, copies)
    return holds(NAME, count)


def _handed_on(ledger: Ledger, place: str) -> str:
    """A stream and a topic keep no message: who gets them from there is to be asked for."""
    targets = [path.place for path in ledger.paths() if path.message.key[0] == place != path.place]
    if not targets:
        return ""
    return f"; it hands them on to {', '.join(dict.fromkeys(targets))}: ask for in_order({targets[0]!r})"


def _effects_out_of_order(groups: dict[str, list[_Member]], key: str, rows: Sequence[Any]) -> list[str]:
    """Pairs of a group whose effects stand in another order than they were accepted in."""
    places = _places(key, rows)
    found = []
    for group, members in groups.items():
        values = [value_of(member.path.message.body, key) for member in members]
        seen = [value for value in dict.fromkeys(values) if value is not None and value in places]
        for early, late in pairwise(seen):
            if places[late] < places[early]:
                found.append(f"{group}: the effect of {late} stands before that of {early}")
    return found


def _is_any_handled(groups: dict[str, list[_Member]]) -> bool:
    """Was any handled well, so that it should have had an effect?"""
    return any(member.handled != NEVER for members in groups.values() for member in members)


def _effects_in(groups: dict[str, list[_Member]], key: str, rows: Sequence[Any]) -> bool:
    """Is any of these the effect of a message of the groups?"""
    places = _places(key, rows)
    bodies = (member.path.message.body for members in groups.values() for member in members)
    return any(value_of(body, key) in places for body in bodies)


def _places(key: str, rows: Sequence[Any]) -> dict[str | None, int]:
    """The place of the first effect of each value."""
    places: dict[str | None, int] = {}
    for place, row in enumerate(rows):
        value = value_of(row, key) if isinstance(row, Mapping) else comparable(row)
        if value is not None:
            places.setdefault(value, place)
    return places


def _look_through(
    group: str,
    members: list[_Member],
    swapped: list[tuple[str, _Member, _Member]],
    at_once: list[tuple[str, _Member, _Member]],
) -> None:
    """Compare each with the earlier one that was done last: it alone can be out of order with all others."""
    last: _Member | None = None
    for member in members:
        if last is not None and member.handled != NEVER:
            if member.handled < last.done:
                swapped.append((group, last, member))
            elif member.begun < last.done and member.begun[0] != last.begun[0]:
                at_once.append((group, last, member))
        if last is None or member.done > last.done:
            last = member


def _member(ledger: Ledger, path: Path) -> _Member:
    begun, handled = min(
        (
            _handling(ledger, copy, seq)
            for copy in path.copies
            for seq in copy.handled
            if not copy.dead_letter
        ),
        key=lambda moments: moments[1],
        default=(NEVER, NEVER),
    )
    left = [(seq, 0) for copy in path.copies if (seq := _left(copy)) is not None]
    by_hand = [
        (_call_of(ledger, copy.seqs[-1]), 0)
        for copy in path.copies
        if _acknowledged(copy) and handled == NEVER
    ]
    if by_hand:
        begun = handled = min(by_hand)
    return _Member(path, begun, handled, min([handled, *left]))


def _handling(ledger: Ledger, copy: Copy, invocation: int) -> tuple[Moment, Moment]:
    run = ledger.fold.invocations[invocation]
    assert run.ended is not None
    index = run.event.messages.index(copy.id)
    return (invocation, index), (run.ended.seq, index)


def _left(copy: Copy) -> int | None:
    """The time when a copy left its queue without having been handled."""
    if copy.dead_letter:
        return copy.seqs[0]
    ended = copy.fate in (Fate.DEAD_LETTERED, Fate.FILTERED, Fate.PURGED, Fate.EXPIRED)
    return copy.seqs[-1] if ended else None


def _call_of(ledger: Ledger, deleted: int) -> int:
    """The call that deleted a message: the order of the entries of one batch means nothing."""
    cause = ledger.history[deleted].cause
    return deleted if cause is None else cause


def _acknowledged(copy: Copy) -> bool:
    """A worker, or the test, has taken and deleted it."""
    return copy.fate is Fate.APPLIED and not copy.handled and not copy.tried and not copy.dead_letter


def _pair(early: _Member, late: _Member, swapped: bool) -> str:
    how = "was handled before" if swapped else "was begun before the end of"
    return f"{name_of(late.path.message)} {how} {name_of(early.path.message)}"
