"""Deadlines in a history: until when messages stay hidden, and until when a function may run."""

from __future__ import annotations

from collections import defaultdict

from harness.history import Event, History
from harness.history.traces import Token


class Deadlines:
    """Is told of a history's events in order, and says how much time is left at each."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._visible_at: dict[Token, float] = {}
        self._polled: dict[int, list[Token]] = defaultdict(list)

    def note(self, event: Event) -> None:
        """The next event: a receive, or a change of the visibility, may move a deadline."""
        if event.kind not in ("received", "hidden"):
            return
        tokens = [(event.subject, message) for message in event.messages]
        self._visible_at.update(dict.fromkeys(tokens, float(event.data.get("visible_at") or 0.0)))
        call = None if event.cause is None else self._history[event.cause]
        run = self._run_of(call)
        if event.kind == "received" and run is not None:  # from now on it holds these, and not those before
            self._polled[run.seq] = tokens

    def lapses_after(self, event: Event) -> float | None:
        """The seconds until the messages that a call or delivery is about are visible to others again."""
        run = event if event.kind == "hop" else self._run_of(event)
        if run is None:
            return None
        source = str(run.data.get("source"))
        held = [*((source, message) for message in run.messages), *self._polled[run.seq]]
        return self._left(max((self._visible_at.get(token, 0.0) for token in held), default=0.0), event)

    def time_left(self, call: Event) -> float | None:
        """The seconds until the function that makes this call is ended by its timeout."""
        run = self._run_of(call)
        timeout = None if run is None else run.data.get("timeout")
        return None if run is None or timeout is None else self._left(run.at + float(timeout), call)

    def waited_for(self, call: Event) -> float | None:
        """The seconds until neither the state that makes this call nor its execution waits for it."""
        state = None if call.cause is None else self._history[call.cause]
        if state is None or state.kind != "entered":
            return None
        waiting = (state, *(one for one in self._history.causes(state) if one.kind == "execution"))
        ends = [one.at + float(one.data["timeout"]) for one in waiting if one.data.get("timeout") is not None]
        return self._left(min((end for end in ends if end > call.at), default=call.at), call)

    def _run_of(self, call: Event | None) -> Event | None:
        """The run of a function that makes a call."""
        if call is None or call.kind != "call" or call.cause is None:
            return None
        run = self._history[call.cause]
        return run if run.kind == "invocation" else None

    def _left(self, until: float, event: Event) -> float | None:
        return round(until - event.at, 3) if until > event.at else None
