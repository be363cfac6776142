"""Writes a history while a run goes on, and knows what caused what."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from harness.history.event import Event
from harness.history.store import History

_cause: ContextVar[int | None] = ContextVar("harness_cause", default=None)
_actor: ContextVar[str] = ContextVar("harness_actor", default="test")


class Recorder:
    """Collects the events of one run, from any thread. `clock` gives its seconds since the run began."""

    def __init__(self, clock: Callable[[], float], header: Mapping[str, Any] | None = None) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._lock = allocate_lock()
        self.header: dict[str, Any] = dict(header or {})

    def __len__(self) -> int:
        return len(self._events)

    @property
    def actor(self) -> str:
        """Who acts at this moment."""
        return _actor.get()

    @property
    def cause(self) -> int | None:
        """`seq` of the event that this moment follows from."""
        return _cause.get()

    def record(
        self,
        kind: str,
        subject: str,
        messages: tuple[str, ...] = (),
        /,
        *,
        cause: Event | int | None = None,
        actor: str | None = None,
        **data: Any,
    ) -> Event:
        """Write one event. Cause and actor are those of this moment unless named."""
        if cause is None:
            cause = _cause.get()
        elif isinstance(cause, Event):
            cause = cause.seq
        if actor is None:
            actor = _actor.get()
        events = self._events
        with self._lock:
            event = Event(len(events), round(self._clock(), 6), kind, cause, actor, subject, messages, data)
            events.append(event)
        return event

    def event(self, seq: int) -> Event:
        """The event of this number. Raises `IndexError`."""
        return self._events[seq]

    def last(self, kind: str) -> Event | None:
        """The latest event of a kind."""
        return next((event for event in reversed(self._events) if event.kind == kind), None)

    @contextmanager
    def caused_by(self, event: Event | int | None, *, actor: str | None = None) -> Iterator[None]:
        """What happens inside, timers and activities started there included, follows from `event`."""
        cause_token = _cause.set(event.seq if isinstance(event, Event) else event)
        actor_token = None if actor is None else _actor.set(actor)
        try:
            yield
        finally:
            _cause.reset(cause_token)
            if actor_token is not None:
                _actor.reset(actor_token)

    def history(self) -> History:
        """What was recorded so far."""
        return History(self._events, self.header)
