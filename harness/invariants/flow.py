"""Where messages lead: which queues and functions feed a table, and what a message owes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.aws import Does
from harness.history import Event, History
from harness.history.copies import GONE, Accepted, Copy, Fate, Key, Path
from harness.history.ledger import Ledger
from harness.invariants.bodies import field_of

Ways = Mapping[str, Any]
"""Who feeds a place, as a run shows it, as JSON: each place's sources, and the functions that write there."""


def ways_of(history: History, place: str) -> dict[str, Any]:
    """The ways that a run shows, for one that shows less because of its faults."""
    ledger = Ledger(history)
    edges = {target: sorted(sources) for target, sources in sorted(_edges(history, ledger).items())}
    return {"edges": edges, "writers": sorted(_writers(history, ledger, place))}


class Flow:
    """The ways by which messages come to have effects at one place, as the history shows them, and `ways`."""

    def __init__(
        self, history: History, ledger: Ledger, place: str, key: str, ways: Ways | None = None
    ) -> None:
        self._ledger = ledger
        self._place = place
        self._key = key
        self._paths: dict[Key, list[Path]] = {}
        for path in ledger.paths():
            self._paths.setdefault(path.message.key, []).append(path)
        self._sent = ledger.fold.sent_by
        edges = _edges(history, ledger)
        writers = _writers(history, ledger, place)
        if ways is not None:
            writers |= set(ways["writers"])
            for target, sources in ways["edges"].items():
                edges.setdefault(target, set()).update(sources)
        self.feeding = _upstream(edges, {place, *writers}) if writers or place in edges else set()
        self._direct = {source for writer in writers for source in (writer, *edges.get(writer, ()))}
        self._answers: dict[Key, bool | None] = {}

    def owed(self, message: Accepted) -> bool | None:
        """Must this message have had its effect? None: nobody knows.

        It must if it was applied, or lost, on every way that leads there, and need not if it was on none.
        """
        if message.key not in self._answers:
            self._answers[message.key] = self._owed(message)
        return self._answers[message.key]

    def _owed(self, message: Accepted) -> bool | None:
        paths = self._paths.get(message.key, [])
        leading = [path for path in paths if path.place in self.feeding]
        if not self.feeding:
            leading = [path for path in paths if path.fate is not Fate.FILTERED]
        answers = [answer for path in leading for answer in self._answers_of(path)]
        if not any(answer is not False for answer in answers):
            return False
        return True if all(answers) else None

    def _answers_of(self, path: Path) -> Iterator[bool | None]:
        """Is the effect owed on this way; where a function sent the work on, is it on those further ways?"""
        if path.place == self._place:
            yield path.fate in GONE or (path.fate is Fate.WAITING and not path.best.on_its_way)
        elif path.fate is not Fate.APPLIED:
            yield path.fate in GONE
        else:
            further = [self.owed(message) for message in self._sent_on(path)]
            if path.place in self._direct or not further:
                yield None if path.doubt else True
            elif not self.feeding:  # it may feed the place itself, or by what it sent on
                yield True if all(further) and not path.doubt else None
            yield from further

    def _sent_on(self, path: Path) -> list[Accepted]:
        """What the invocations that handled a message sent further on, on its behalf."""
        runs = [seq for copy in path.copies for seq in copy.handled]
        sent = [message for seq in runs for message in self._sent.get(seq, ())]
        mine = field_of(path.message.body, self._key)
        return [
            message
            for message in sent
            if message.key[0] != self._place
            and field_of(message.body, self._key) in (mine, None)
            and any(self._may_lead(found.place) for found in self._paths.get(message.key, ()))
        ]

    def _may_lead(self, place: str) -> bool:
        return not self.feeding or place in self.feeding

    def copies_of(self, message: Accepted) -> list[Copy]:
        """The copies of a message that have to do with the place, those on the way there first."""
        paths = self._paths.get(message.key, [])
        return [path.best for path in sorted(paths, key=self._has_little_to_do)]

    def _has_little_to_do(self, path: Path) -> tuple[bool, bool]:
        return path.place not in self.feeding, path.fate is Fate.FILTERED


def _edges(history: History, ledger: Ledger) -> dict[str, set[str]]:
    """For each place, what sends to it: topics to queues, queues to functions, functions to queues and to the
    functions that they invoke. A function that polls is fed by the queues of which it got messages."""
    edges: dict[str, set[str]] = {}
    for event in history.of("hop", "filtered"):
        source, target = str(event.data.get("source")), str(event.data.get("target"))
        if ledger.fold.fans_out(source):
            edges.setdefault(target, set()).add(source)
    invocations = ledger.fold.invocations
    for one in invocations.values():
        caller = ledger.fold.invocation_around(one.event)
        sources = {one.event.data.get("source"), caller.event.subject if caller else None}
        sources |= {place for place, _ in one.got}
        sources -= {None, "", one.event.subject}
        edges.setdefault(one.event.subject, set()).update(map(str, sources))
    for message in ledger.accepted.values():
        if message.sent_by is not None:
            edges.setdefault(message.key[0], set()).add(invocations[message.sent_by].event.subject)
    return edges


def _writers(history: History, ledger: Ledger, place: str) -> set[str]:
    """The functions that wrote there, or tried to."""
    return {
        event.actor
        for event in history.of("call")
        if event.actor in ledger.functions
        and place in (event.data.get("resource"), *event.data.get("others", ()))
        and writes(event)
    }


def writes(call: Event) -> bool:
    """Does this call change what it is about?"""
    return call.data.get("does") in _CHANGING


_CHANGING = (Does.SENDS, Does.WRITES, Does.CONFIGURES)


def _upstream(edges: dict[str, set[str]], places: set[str]) -> set[str]:
    found, waiting = set(places), list(places)
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
