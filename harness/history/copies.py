"""The data of the ledger: accepted messages, their copies, the paths that copies take, invocations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from harness.frozen import quickly_made
from harness.history.event import Event

Key = tuple[str, str]
"""A copy: the place where it is, and its id there."""

PathKey = tuple[Key, str]
"""An accepted message, and the place it was meant for: one subscription, one queue, one function."""


class Fate(Enum):
    """The end of a copy, the best end first. `LEFT`: it went to a place whose messages nobody sees."""

    APPLIED = "applied"
    WAITING = "in flight"
    DEAD_LETTERED = "dead-lettered"
    PURGED = "purged"
    FILTERED = "filtered"
    LEFT = "out of sight"
    EXPIRED = "expired"
    LOST = "lost"

    __hash__ = object.__hash__

    def __str__(self) -> str:
        """Its word in messages: more ends like a purge than that of queues, and the reason says which."""
        return "accounted for" if self is Fate.PURGED else self.value


_BEST_FIRST = list(Fate)

GONE = frozenset((Fate.EXPIRED, Fate.LOST))
"""Ends that nobody can account for."""

WEEK_SECONDS = 7 * 86_400.0
"""Who looks after a dead-letter queue has acted by then. SQS keeps a message for two weeks at most."""


@dataclass(eq=False, slots=True)
class Copy:
    """One message at one place that holds or runs, or on its way to one from a place that fans out.

    `parent` is the copy that it was made of; `continues` that it is the same message, moved on: to a
    dead-letter queue or back. `handled` and `tried` are the invocations that ended well with it, and all
    that held it. `handed_to` is where a mover has brought it, `unread_by` the function whose report of its
    failure nobody read. `seqs` are its events. `extra`: a fault made this copy. `doubt`: why
    nobody knows whether it was handled.
    """

    place: str
    id: str
    began_at: float
    parent: Copy | None = None
    continues: bool = False
    extra: bool = False
    dead_letter: bool = False
    on_its_way: bool = False
    passed_on: bool = False
    fate: Fate = Fate.WAITING
    handed_to: str = ""
    unread_by: str = ""
    why: str = ""
    doubt: str = ""
    applied_at: float | None = None
    ended_at: float | None = None
    handled: list[int] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    consumers: dict[str, None] = field(default_factory=dict)
    seqs: list[int] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Its place, and its id there."""
        return self.place, self.id

    @property
    def origin(self) -> Key:
        """The message that it comes from."""
        first = self
        while first.parent is not None:
            first = first.parent
        return first.place, first.id

    @property
    def lineage(self) -> list[Copy]:
        """This copy, and those it was made of, nearest first."""
        found = [self]
        while (parent := found[-1].parent) is not None:
            found.append(parent)
        return found

    @property
    def meant_for(self) -> str:
        """The place that it was meant for before it was dead-lettered or moved."""
        copy = self
        while copy.continues and copy.parent is not None:
            copy = copy.parent
        return copy.place

    @property
    def lay_long(self) -> bool:
        """Did it expire as a dead letter only after somebody could have acted?"""
        ended_at = self.ended_at or self.began_at
        return self.dead_letter and self.fate is Fate.EXPIRED and ended_at - self.began_at >= WEEK_SECONDS

    def end(self, fate: Fate, at: float, why: str) -> None:
        """It has come to an end."""
        self.fate, self.ended_at, self.why = fate, at, why
        if fate is Fate.APPLIED and self.applied_at is None:
            self.applied_at = at


@quickly_made
@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the cloud took in.

    `outside`: from the test or a worker, not from a function; `sent_by` is the invocation that sent it.
    `heard`: the sender was told that it was accepted.
    """

    key: Key
    seq: int
    at: float
    body: Any
    attributes: Mapping[str, Any]
    group: str | None
    outside: bool
    sent_by: int | None = None
    heard: bool = True


@dataclass(eq=False, slots=True)
class Path:
    """An accepted message at one place that it was meant for, all its copies together.

    Redelivered and duplicated copies are copies of one message: it is applied if one of them was.
    """

    message: Accepted
    place: str
    copies: list[Copy] = field(default_factory=list)

    def leaves(self) -> Iterator[Copy]:
        """The copies that were not moved on."""
        return (copy for copy in self.copies if not copy.passed_on)

    @property
    def best(self) -> Copy:
        """The copy that decides."""
        leaves = [copy for copy in self.copies if not copy.passed_on]
        if len(leaves) == 1:
            return leaves[0]
        return min(leaves, key=lambda copy: _BEST_FIRST.index(_fate_on_path(copy)))

    @property
    def badness(self) -> int:
        """How bad its end is, as a rank among all ends."""
        return _BEST_FIRST.index(_fate_on_path(self.best))

    @property
    def fate(self) -> Fate:
        """The end of the message here. One that was handled isn't lost for lack of an acknowledgement."""
        fate = _fate_on_path(self.best)
        return Fate.APPLIED if fate in GONE and self.handlings else fate

    @property
    def why(self) -> str:
        """Why it ended so."""
        return self.best.why

    @property
    def doubt(self) -> str:
        """Why nobody knows whether it was handled; empty if that is known."""
        if self.fate is not Fate.APPLIED or self.handlings:
            return ""
        applied = [copy for copy in self.leaves() if copy.fate is Fate.APPLIED]
        return applied[0].doubt if all(copy.doubt for copy in applied) else ""

    @property
    def handlings(self) -> int:
        """The number of invocations that succeeded with it."""
        return sum([len(copy.handled) for copy in self.copies if not copy.dead_letter])

    @property
    def applied_at(self) -> float | None:
        """The time of its first application."""
        times = (c.applied_at for c in self.copies if not c.dead_letter)
        return min((at for at in times if at is not None), default=None)

    @property
    def ended_at(self) -> float | None:
        """The time when its last copy ended; one that is a dead letter ended when it became one, whatever is
        done with it there."""
        times = (copy.began_at if copy.dead_letter else copy.ended_at for copy in self.copies)
        return max((at for at in times if at is not None), default=None)

    @property
    def consumed(self) -> bool:
        """Has anybody but the test taken messages like this from where it waits?"""
        return any(actor != "test" for copy in self.copies for actor in copy.consumers)


def _fate_on_path(copy: Copy) -> Fate:
    """Work on a dead letter doesn't apply the message at the place that it was meant for."""
    is_one = copy.dead_letter and (copy.fate not in _DEAD_ENDS or copy.lay_long)
    return Fate.DEAD_LETTERED if is_one else copy.fate


_DEAD_ENDS = GONE | {Fate.PURGED}


@dataclass(eq=False, slots=True)
class FunctionRun:
    """A run of a function: which copies it held, how it ended, and what it deleted itself.

    `got` says since when it has held each copy; `worked` is the last call that was work; `deleted` the
    copies that it deleted, and whether it had worked since it held them.
    """

    event: Event
    ended: Event | None = None
    held: tuple[Copy, ...] = ()
    worked: int = -1
    got: dict[Key, int] = field(default_factory=dict)
    deleted: dict[Copy, bool] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """Its outcome; "running" if it hasn't ended."""
        return "running" if self.ended is None else str(self.ended.data.get("outcome"))

    @property
    def enriches(self) -> bool:
        """Does its answer go on to another place? Then the messages are not handled by it."""
        return bool(self.event.data.get("enriches"))

    @property
    def unread(self) -> frozenset[str]:
        """The messages that it reported as failed to a mover that doesn't read such reports."""
        return frozenset((self.ended.data.get("unread") or ()) if self.ended is not None else ())

    @property
    def failed(self) -> frozenset[str]:
        """The messages that it reported as failed."""
        return frozenset((self.ended.data.get("failed") or ()) if self.ended is not None else ())
