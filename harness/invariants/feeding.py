"""The senders of a place: the functions that write there, and the places that lead to them, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from harness.aws import Does
from harness.history import History
from harness.history.copies import Accepted, Fate, Key, Path
from harness.history.ledger import Ledger
from harness.invariants.keys import values_of


class Feeding:
    """The routes to one place in one run."""

    def __init__(self, history: History, ledger: Ledger, place: str, key: str) -> None:
        self._ledger = ledger
        self._fold = history.fold
        self._place = place
        self._key = key
        self.writers = {
            event.actor
            for event in history.of("call")
            if event.actor in self._fold.functions
            and place in (event.data.get("resource"), *event.data.get("others", ()))
            and event.data.get("does") in (Does.WRITES, Does.SENDS)
        }
        self._paths: dict[Key, list[Path]] = {}
        for path in ledger.paths():
            self._paths.setdefault(path.message.key, []).append(path)

    def paths(self, message: Accepted) -> list[Path]:
        """The ends of a message, place by place."""
        return self._paths.get(message.key, [])

    @cached_property
    def direct(self) -> set[str]:
        """The places from which those who write there take their messages."""
        invocations = self._fold.invocations.values()
        return {
            copy.place for one in invocations if one.event.subject in self.writers for copy in one.held
        } - self.writers

    def is_excused(self, message: Accepted, value: str) -> bool:
        """Was it left out by filters on every way there? What a function sent on instead counts for it."""
        leading = [path for path in self.paths(message) if not self.leading or path.place in self.leading]
        return bool(leading) and all(self._is_left_out(path, value) for path in leading)

    def _is_left_out(self, path: Path, value: str) -> bool:
        if path.fate is Fate.FILTERED:
            return True
        if path.fate is not Fate.APPLIED:
            return False
        handled = [seq for copy in path.copies for seq in copy.handled]
        if any(self._fold.invocations[seq].event.subject in self.writers for seq in handled):
            return False
        sent = [message for seq in handled for message in self._fold.sent_by.get(seq, ())]
        further = [message for message in sent if value in values_of(message.body, self._key)]
        if not self.leading and any(self._tells_a_write(message) for message in further):
            return False
        return bool(further) and all(self.is_excused(message, value) for message in further)

    def _tells_a_write(self, message: Accepted) -> bool:
        """Is it a stream's record of what a function wrote? The effect may be that, where nobody knows."""
        history = self._ledger.history
        cause = history[message.seq].cause
        return cause is not None and history[cause].data.get("does") == Does.WRITES

    @cached_property
    def leading(self) -> set[str]:
        """Every place from which messages come there; empty if nobody was seen to write."""
        return self._upstream(self._edges())

    @cached_property
    def around(self) -> set[str]:
        """The same, and the places from which what was stored comes that functions on the way read, as where
        one polls an outbox."""
        edges = self._edges()
        for event in self._ledger.history.of("call"):
            if event.actor in self._fold.functions:
                for stored in filter(None, (event.data.get("resource"), *event.data.get("others", ()))):
                    if event.data.get("does") == Does.READS:
                        edges.setdefault(event.actor, set()).add(stored)
                    elif event.data.get("does") == Does.WRITES:
                        edges.setdefault(stored, set()).add(event.actor)
        return self._upstream(edges) - self.leading

    def _upstream(self, edges: Mapping[str, set[str]]) -> set[str]:
        if not self.writers and self._place not in edges:
            return set()
        found, waiting = {self._place, *self.writers}, [self._place, *self.writers]
        while waiting:
            new = edges.get(waiting.pop(), set()) - found
            found |= new
            waiting += sorted(new)
        return found

    def _edges(self) -> dict[str, set[str]]:
        """For each place, what sends to it; a function is fed by what it takes its messages from, too."""
        edges: dict[str, set[str]] = {}
        for event in self._ledger.history.of("hop", "filtered"):
            edges.setdefault(str(event.data["target"]), set()).add(str(event.data["source"]))
        for one in self._fold.invocations.values():
            caller = self._fold.invocation_around(one.event)
            sources = {place for place, _ in one.got} | ({caller.event.subject} if caller else set())
            edges.setdefault(one.event.subject, set()).update(sources - {one.event.subject})
        for message in self._ledger.accepted.values():
            if message.sent_by is not None:
                sender = self._fold.invocations[message.sent_by].event.subject
                edges.setdefault(message.key[0], set()).add(sender)
        return edges
