"""The log of a run while it goes on: events in order, and what causes what."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from harness.history.event import Event, make_event
from harness.history.places import Names
from harness.history.store import DEPLOYING, History

_moment: ContextVar[tuple[int | None, str]] = ContextVar("harness_moment", default=(None, "test"))
"""The cause of what happens now, by its number, and the actor."""


class CausedBy:
    """A block in which events follow from one cause, and are an actor's if one is given.

    So do those that are recorded by timers and activities that start there.
    """

    __slots__ = ("_actor", "_cause", "_token")

    def __init__(self, cause: Event | int | None, *, actor: str | None = None) -> None:
        self._cause = cause.seq if type(cause) is Event else cause
        self._actor = actor

    def __enter__(self) -> None:
        actor = _moment.get()[1] if self._actor is None else self._actor
        self._token = _moment.set((self._cause, actor))

    def __exit__(self, *error: object) -> None:
        _moment.reset(self._token)


class Log:
    """Collects the events of one run, from any thread; `harness.history.vocabulary.Recorder` says which.

    `clock` gives its seconds since the run began, `names` what places are called. `logs` are the texts that
    invocations printed, by the event of their end; they are no part of the history. `roots` says what stands
    in it for folders of this machine.
    """

    caused_by = CausedBy

    def __init__(
        self,
        clock: Callable[[], float],
        header: Mapping[str, Any] | None = None,
        names: Names | None = None,
    ) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._lock = allocate_lock()
        self._now = self._at = 0.0
        self._history: History | None = None
        self.header: dict[str, Any] = dict(header or {})
        self.names = names if names is not None else Names()
        self.logs: dict[int, str] = {}
        self.roots: dict[str, str] = {}
        self.looks = False

    def __len__(self) -> int:
        return len(self._events)

    @property
    def actor(self) -> str:
        """The current actor."""
        return _moment.get()[1]

    @property
    def cause(self) -> int | None:
        """`seq` of the event that this moment follows from."""
        return _moment.get()[0]

    def write(
        self,
        kind: str,
        subject: str,
        messages: Sequence[str],
        data: Mapping[str, Any],
        *,
        cause: Event | int | None = None,
        actor: str | None = None,
    ) -> Event:
        """Add one event; for the vocabulary only. Cause and actor are those of this moment unless given."""
        before, acting = _moment.get()
        if cause is None:
            cause = before
        elif type(cause) is Event:
            cause = cause.seq
        if actor is None:
            actor = acting
        events = self._events
        with self._lock:
            now = self._clock()
            if now != self._now:
                self._now, self._at = now, round(now, 6)
            event = make_event(len(events), self._at, kind, cause, actor, subject, tuple(messages), data)
            events.append(event)
        return event

    def event(self, seq: int) -> Event:
        """The event of this number. Raises `IndexError`."""
        return self._events[seq]

    def last(self, kind: str) -> Event | None:
        """The latest event of a kind."""
        return next((event for event in reversed(self._events) if event.kind == kind), None)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """The test's calls inside only look how things stand: no fault is meant for them."""
        before, self.looks = self.looks, True
        try:
            yield
        finally:
            self.looks = before

    @contextmanager
    def deploying(self) -> Iterator[None]:
        """Events recorded inside belong to the deployment of an app; the header says so."""
        began = len(self._events)
        try:
            yield
        finally:
            self.header[DEPLOYING] = [*self.header.get(DEPLOYING, ()), [began, len(self._events)]]

    def history(self) -> History:
        """The events recorded so far."""
        made, header, places = self._history, self.header, self.names.places
        if made is None or len(made) != len(self._events) or (made.header, made.places) != (header, places):
            made = self._history = History(
                self._events, header, places, self.logs, None if made is None else made.folded
            )
        return made
