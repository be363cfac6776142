"""The one fold over a history: which messages there are, the copies of each, who had them, how they ended.

A single pass over the events, O(n), cached on the history. It goes by the roles of places and by what calls
do, never by a service's name. The ledger, the traces and the flow of messages are views of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy as shallow
from functools import cached_property
from itertools import zip_longest
from typing import Any

from harness.aws import Does, Role
from harness.history.copies import Accepted, Copy, Fate, FunctionRun, Key, Path, PathKey
from harness.history.deletions import judge_own_deletions
from harness.history.event import Event
from harness.history.paths import paths_of
from harness.history.store import History
from harness.history.traces import Token, Trace, traces_of
from harness.history.wording import left_out, tells_more

_OPENING = frozenset(("invocation", "execution", "hop"))
_HANDLING = frozenset((Does.TAKES.value, Does.SETTLES.value))


class Fold:
    """The messages, copies and invocations of one history.

    `accepted` are the messages that the cloud took in, `copies` the latest copy of each message at each place
    and `every_copy` all there ever were. `merged` pairs copies with the earlier ones that stand for them,
    where a place took them for the same message. `invocations` go by the event that began them.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.accepted: dict[Key, Accepted] = {}
        self.copies: dict[Key, Copy] = {}
        self.every_copy: list[Copy] = []
        self.merged: list[tuple[Copy, Copy]] = []
        self.invocations: dict[int, FunctionRun] = {}
        self.functions = {event.subject for event in history.of("invocation", "execution")}
        self._roles = {name: place.role for name, place in history.places.items()}
        self._heard = _heard(history)
        self._deliveries: dict[tuple[str, str, str], Copy] = {}
        self._beside: dict[Key, list[Copy]] = {}
        self._laid: dict[Key, int] = {}
        self._invocation_of: list[int | None] = []
        self._opened: list[bool] = []
        self._ran: set[int] = set()
        self._swallowed: set[tuple[int | None, str]] = set()
        self._read(history)
        judge_own_deletions(self.invocations, self.accepted, self.sent_by)

    def longer(self, history: History) -> Fold:
        """This fold for a history that begins with its own, and has no more messages and invocations."""
        new = shallow(self)
        new.__dict__.pop("_traced", None)
        new.history = history
        new._invocation_of, new._opened = [*self._invocation_of], [*self._opened]
        new._read(history[len(self.history) :])
        return new

    def fans_out(self, place: str) -> bool:
        """Does a place make a copy for each of its subscribers?"""
        return self._roles.get(place) is Role.FANS_OUT

    def invocation_around(self, event: Event) -> FunctionRun | None:
        """The invocation that brought this event about."""
        seq = self._invocation_of[event.seq]
        return None if seq is None else self.invocations[seq]

    @property
    def traces(self) -> list[Trace]:
        """The trace of each event: the path of causes to it, and the messages that it concerns."""
        return self._traced[0]

    @property
    def traces_of_messages(self) -> Mapping[Token, Trace]:
        """The trace of each message at each place."""
        return self._traced[1]

    @cached_property
    def paths(self) -> Mapping[PathKey, Path]:
        """Each accepted message at each place that it was meant for."""
        return paths_of(self)

    @cached_property
    def _traced(self) -> tuple[list[Trace], Mapping[Token, Trace]]:
        return traces_of(self.history)

    @cached_property
    def sent_by(self) -> dict[int, list[Accepted]]:
        """The messages that each invocation sent."""
        found: dict[int, list[Accepted]] = {}
        for message in self.accepted.values():
            if message.sent_by is not None:
                found.setdefault(message.sent_by, []).append(message)
        return found

    def _read(self, events: Iterable[Event]) -> None:
        """Note of each event the invocation that it is part of, and whether a function or a delivery is it or
        caused it; then what it says."""
        invocations, invocation_of, opened = self.invocations, self._invocation_of, self._opened
        for event in events:
            cause, kind = event.cause, event.kind
            if cause is None:
                invocation_of.append(None)
                opened.append(kind in _OPENING)
            else:
                invocation_of.append(cause if cause in invocations else invocation_of[cause])
                opened.append(opened[cause] or kind in _OPENING)
            handle = HANDLERS.get(kind)
            if handle is not None:
                handle(self, event)

    def _add(self, event: Event, place: str, message: str, parent: Copy | None = None, **how: Any) -> Copy:
        copy = Copy(place, message, event.at, parent, **how)
        copy.seqs.append(event.seq)
        if parent is not None and copy.continues and not self.fans_out(place):
            parent.passed_on = True
        self.every_copy.append(copy)
        return copy

    def _at(self, event: Event) -> Iterator[Copy]:
        """The copies that an event at their place is about."""
        for message in event.messages:
            key = (event.subject, message)
            copy = self.copies.get(key)
            for each in () if copy is None else (copy, *self._beside.get(key, ())):
                each.seqs.append(event.seq)
                yield each

    def _accept(self, event: Event, key: Key) -> None:
        data = event.data
        self.accepted[key] = Accepted(
            key,
            event.seq,
            event.at,
            data.get("body"),
            data.get("attributes", {}),
            data.get("group"),
            event.actor not in self.functions and (event.cause is None or not self._opened[event.cause]),
            self._invocation_of[event.seq],
            self._heard.get(event.cause, True),
        )

    def _on_accepted(self, event: Event) -> None:
        for message in event.messages:
            key = (event.subject, message)
            if key not in self.accepted:
                self._accept(event, key)
                if key not in self.copies:
                    self.copies[key] = self._add(event, *key)

    def _on_deduplicated(self, event: Event) -> None:
        """The earlier message stands for this one; if they say different things, this one is lost, unless
        another try of the same work sent it: that may have a new time in it."""
        for message in event.messages:
            first = self.copies.get((event.subject, message))
            if first is None or self._says_the_same(event, first) or self._is_tried_again(event, first):
                continue
            key = (event.subject, f"{message}+{event.seq}")
            hop = self._hop_around(event)
            if hop is None:
                self._accept(event, key)
                self.copies[key] = copy = self._add(event, *key)
            else:
                self._swallowed.add((hop.seq, message))
                copy = self._add(event, *key, self.copies.get((hop.data["source"], hop.messages[0])))
            copy.end(Fate.LOST, event.at, f"taken for a copy of {message}, which says something else")

    def _says_the_same(self, event: Event, first: Copy) -> bool:
        earlier = self.history[first.seqs[0]]
        if earlier.kind not in ("accepted", "deduplicated"):
            return True  # it was delivered here: what is delivered twice is the same message
        said = ("body", "attributes")
        return all(earlier.data.get(name) == event.data.get(name) for name in said)

    def _is_tried_again(self, event: Event, first: Copy) -> bool:
        """Did two runs of one function send them that had a message in common, the later of nothing more?"""
        once, again = self._invocation_of[first.seqs[0]], self._invocation_of[event.seq]
        if once is None or again is None or once == again:
            return False
        runs = self.invocations[once], self.invocations[again]
        had, has = ({copy.origin for copy in run.held} for run in runs)
        if runs[0].event.subject != runs[1].event.subject or had.isdisjoint(has):
            return False
        sources = [self.accepted[key].body for key in has if key in self.accepted]
        return not tells_more(event.data.get("body"), self.history[first.seqs[0]].data.get("body"), sources)

    def _hop_around(self, event: Event) -> Event | None:
        """The delivery that put a message into the place that this event is about."""
        causes = self.history.causes(event)
        return next((c for c in causes if c.kind == "hop" and c.data["target"] == event.subject), None)

    def _on_unheard(self, event: Event) -> None:
        """A rule tells it while the event is still on its way from the bus."""
        hop = self._hop_around(event)
        for message in event.messages:
            copy = self._delivery(event, message, event.subject)
            if copy.parent is None and hop is not None:
                copy.parent = self.copies.get((hop.data["source"], message))
            copy.end(Fate.LOST, event.at, "nobody was subscribed to it")

    def _on_left(self, event: Event) -> None:
        for message in event.messages:
            key = (event.subject, message)
            self._accept(event, key)
            self.copies[key] = self._add(event, *key)
            self.copies[key].end(Fate.LEFT, event.at, str(event.data["why"]))

    def _on_hop(self, event: Event) -> None:
        if self.fans_out(event.data["source"]):
            for message in event.messages:
                self._delivery(event, message)

    def _delivery(self, event: Event, message: str, target: str = "") -> Copy:
        """A message on its way from a place that fans out. Once it has arrived it stays so, whatever is sent
        again."""
        source, target = str(event.data.get("source", event.subject)), target or str(event.data["target"])
        key = (source, target, message)
        copy = self._deliveries.get(key)
        if copy is None:
            copy = self._add(event, target, message, self.copies.get((source, message)), on_its_way=True)
            self._deliveries[key] = copy
        else:
            copy.seqs.append(event.seq)
        return copy

    def _on_arrived(self, event: Event) -> None:
        if event.cause in self._ran:
            return  # a function ran: its invocation says what came of it
        source, target = event.data["source"], event.data["target"]
        leaves = self._roles.get(target) is Role.LEAVES
        for parent, message in zip_longest(event.data.get("parents", ()), event.messages):
            if parent is None or (event.cause, message) in self._swallowed:
                continue
            delivery = self._delivery(event, parent) if self.fans_out(source) else None
            held = self.copies.get((source, parent))
            if held is not None and delivery is None:
                held.handed_to = target
            if leaves:
                if delivery is not None:
                    delivery.end(Fate.APPLIED, event.at, "handed over")
            elif message is not None:
                if delivery is not None:
                    delivery.passed_on = True
                self._arrive(event, held, (target, message))

    def _arrive(self, event: Event, parent: Copy | None, key: Key) -> None:
        known = self.copies.get(key)
        if known is None or known.passed_on:
            extra = bool(event.data.get("copy"))
            self.copies[key] = self._add(event, *key, parent, extra=extra)
            return
        known.seqs.append(event.seq)
        if parent is None or parent in known.lineage or known.parent is parent:
            return
        accepted = self.accepted.get(key)
        if known.parent is None and accepted is not None and self._within(event, accepted):
            known.parent = parent  # the delivery itself was recorded as accepted there
            del self.accepted[key]
        else:
            self.merged.append((parent, known))

    def _within(self, arrived: Event, accepted: Accepted) -> bool:
        causes = self.history.causes(self.history[accepted.seq])
        return not accepted.outside and any(cause.seq == arrived.cause for cause in causes)

    def _on_occurrence(self, event: Event) -> None:
        for _ in self._at(event):
            pass

    def _on_received(self, event: Event) -> None:
        around = self.invocation_around(event) if event.actor in self.functions else None
        for copy in self._at(event):
            copy.consumers[event.actor] = None
            if around is not None:
                around.got[copy.key] = event.seq

    def _on_invocation(self, event: Event) -> None:
        held = []
        for message in event.messages:
            copy = self._given(event, message)
            if copy is not None:
                copy.tried.append(event.seq)
                copy.passed_on = copy.passed_on or (copy.on_its_way and bool(event.data.get("enriches")))
                held.append(copy)
        got = {copy.key: event.seq for copy in held}
        self.invocations[event.seq] = FunctionRun(event, held=tuple(held), got=got)
        if event.cause is not None:
            self._ran.add(event.cause)

    def _given(self, event: Event, message: str) -> Copy | None:
        """The copy that a function was given: what a stream delivers is on its way until it is handled."""
        source = str(event.data.get("source") or "")
        delivery = self._deliveries.get((source, event.subject, message))
        return delivery or self.copies.get((source, message)) or self.copies.get((event.subject, message))

    def _on_ended(self, event: Event) -> None:
        invocation = self.invocations.get(-1 if event.cause is None else event.cause)
        if invocation is None:
            return
        invocation.ended = event
        for copy in invocation.held:
            copy.seqs.append(event.seq)
            if invocation.outcome != "ok" or copy.id in invocation.failed or invocation.enriches:
                continue
            if copy.id in invocation.unread:
                copy.unread_by = event.subject
                if copy.on_its_way:
                    copy.end(
                        Fate.LOST, event.at, f"{event.subject} reported it as failed, and nobody reads it"
                    )
                continue
            copy.handled.append(invocation.event.seq)
            if copy.place == event.subject:
                copy.end(Fate.APPLIED, event.at, f"handled by {event.subject}")

    def _on_call(self, event: Event) -> None:
        if event.data.get("does") not in _HANDLING:
            around = self.invocation_around(event)
            if around is not None and event.actor == around.event.subject:
                around.worked = event.seq

    def _on_deleted(self, event: Event) -> None:
        around = self.invocation_around(event) if event.actor in self.functions else None
        for copy in self._at(event):
            if event.data.get("by_mover"):
                self._on_deleted_by_mover(event, copy)
            elif around is not None:
                around.deleted[copy] = around.worked > around.got.get(copy.key, around.event.seq)
                copy.end(Fate.APPLIED, event.at, f"deleted by {event.actor} itself")
            else:
                copy.end(Fate.APPLIED, event.at, f"acknowledged by {event.actor}")

    def _on_deleted_by_mover(self, event: Event, copy: Copy) -> None:
        """It may delete what was handled, what it has delivered, and what a filter kept out."""
        if copy.handled:
            copy.end(Fate.APPLIED, event.at, f"acknowledged by {event.actor}")
        elif copy.handed_to:
            copy.end(Fate.APPLIED, event.at, f"handed on to {copy.handed_to}")
        elif copy.unread_by:
            why = f"{copy.unread_by} reported it as failed, and {event.actor} doesn't read such reports"
            copy.end(Fate.LOST, event.at, why)
        elif copy.fate is not Fate.FILTERED:
            copy.end(Fate.LOST, event.at, "acknowledged though no invocation had handled it")

    def _on_filtered(self, event: Event) -> None:
        source, why = event.data["source"], left_out(self.history, event)
        for message in event.messages:
            copy = None if self.fans_out(source) else self.copies.get((source, message))
            if copy is None:
                copy = self._delivery(event, message)
            copy.seqs.append(event.seq)
            copy.end(Fate.FILTERED, event.at, why)

    def _on_dead_lettered(self, event: Event) -> None:
        reason, to = str(event.data.get("reason", "")), event.data["to"]
        for message, dead in zip_longest(event.messages, event.data.get("ids", ())):
            if message is None:
                continue
            copy = self._failed_copy(event, message)
            copy.seqs.append(event.seq)
            if not (copy.on_its_way and copy.passed_on):
                copy.end(Fate.DEAD_LETTERED, event.at, reason)
            if dead is not None:
                self._lay_aside(event, copy, (to, dead))

    def _lay_aside(self, event: Event, copy: Copy, key: Key) -> None:
        """The copy in the dead-letter queue."""
        self._go_on(event, copy, key).dead_letter = True
        copy.passed_on = copy.passed_on or not self.fans_out(key[0])
        delivery = self._deliveries.get((event.subject, key[0], copy.id))
        if delivery is not None and delivery is not copy:
            delivery.passed_on = True

    def _go_on(self, event: Event, copy: Copy | None, key: Key) -> Copy:
        """The same message in another place; a delivery may have brought it there already."""
        there = self.copies.get(key)
        if self._laid.get(key) == event.seq:
            there = self._add(event, *key)  # one dead letter stands for a whole batch
            self._beside.setdefault(key, []).append(there)
        elif there is None or there is copy or there.passed_on or there.fate is not Fate.WAITING:
            there = self.copies[key] = self._add(event, *key)
        self._laid[key] = event.seq
        there.parent, there.continues = copy, True
        return there

    def _failed_copy(self, event: Event, message: str) -> Copy:
        """The copy that is dead-lettered or dropped: at its place, or on its way from one that fans out, or
        what a function's destination was to get of one that was handled."""
        copy = self.copies.get((event.subject, message))
        sent_on = copy is not None and bool(copy.handled) and "target" in event.data
        if copy is not None and not self.fans_out(event.subject) and not sent_on:
            return copy
        return self._delivery(event, message, self._target_of(event))

    def _target_of(self, event: Event) -> str:
        if "target" in event.data:
            return str(event.data["target"])
        hops = (cause for cause in self.history.causes(event) if cause.kind == "hop")
        return next((str(hop.data["target"]) for hop in hops), event.subject)

    def _on_dropped(self, event: Event) -> None:
        for message in event.messages:
            copy = self._failed_copy(event, message)
            copy.seqs.append(event.seq)
            if not (copy.on_its_way and copy.passed_on):
                copy.end(Fate.LOST, event.at, str(event.data["reason"]))
            delivery = self._deliveries.get((event.subject, str(event.data.get("to")), message))
            if delivery is not None:
                delivery.passed_on = True

    def _on_expired(self, event: Event) -> None:
        if "target" in event.data:
            copies = [self._delivery(event, message, event.data["target"]) for message in event.messages]
        else:
            copies = list(self._at(event))
        for copy in copies:
            copy.end(Fate.EXPIRED, event.at, str(event.data["reason"]))

    def _on_purged(self, event: Event) -> None:
        """As the test or an operator clears up; a function that does so loses what others had sent."""
        by_function = event.actor in self.functions
        for copy in self._at(event):
            reason = f"{event.actor} purged {event.subject}" if by_function else str(event.data["reason"])
            copy.end(Fate.LOST if by_function else Fate.PURGED, event.at, reason)

    def _on_removed(self, event: Event) -> None:
        for copy in self._at(event):
            copy.end(Fate.LOST, event.at, f"{event.subject} was deleted, and the message with it")

    def _on_moved(self, event: Event) -> None:
        for message, there in zip(event.messages, event.data["ids"], strict=False):
            old = self.copies.get((event.subject, message))
            self._go_on(event, old, (event.data["to"], there))
            if old is not None:
                old.passed_on = True


def _heard(history: History) -> dict[int | None, bool]:
    """By call: was its caller told that it succeeded?"""
    calls: dict[int | None, bool] = {event.seq: False for event in history.of("call")}
    for answer in history.of("answer"):
        calls[answer.cause] = not (answer.data.get("error") or answer.data.get("lost"))
    return calls


HANDLERS: dict[str, Callable[[Fold, Event], None]] = {
    "accepted": Fold._on_accepted,
    "arrived": Fold._on_arrived,
    "call": Fold._on_call,
    "dead-lettered": Fold._on_dead_lettered,
    "deduplicated": Fold._on_deduplicated,
    "deleted": Fold._on_deleted,
    "dropped": Fold._on_dropped,
    "execution": Fold._on_invocation,
    "execution-ended": Fold._on_ended,
    "expired": Fold._on_expired,
    "filtered": Fold._on_filtered,
    "hidden": Fold._on_occurrence,
    "hop": Fold._on_hop,
    "invocation": Fold._on_invocation,
    "invocation-ended": Fold._on_ended,
    "left": Fold._on_left,
    "moved": Fold._on_moved,
    "purged": Fold._on_purged,
    "received": Fold._on_received,
    "removed": Fold._on_removed,
    "timer": Fold._on_occurrence,
    "unheard": Fold._on_unheard,
}
