"""Tells whether settling would ever end: work that makes work goes round and round."""

from __future__ import annotations

from collections.abc import Sequence

from harness.aws import Role
from harness.history import Event, Recorder
from harness.sim.clock import real_perf_counter

ROUNDS_MAX = 1_000
"""So many runs of functions, and deliveries to buses and topics, each caused by the one before, are a loop:
no app needs as many in a row."""

MULTIPLYING_ROUNDS_MAX = 20
MULTIPLYING_EVENTS_MAX = 200_000
"""Far fewer are one if there are so many events: each round makes more work than the last."""

REAL_SECONDS_MAX = 300.0
"""Real time after which settling is ended in any case."""

HUNG_MAX = 5
"""So many times a handler may hang: each takes real time, and the next try would hang, too."""

ENDLESS = ("does not settle", "did not settle")
"""Beginnings of the sentences that tell of work without an end."""


class Rounds:
    """Follows causes through the history of a run, from where it has got to, each time that it is asked."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._parents: list[int | None] = []
        self._depths: list[int] = []
        self._accepted: dict[tuple[str, str], int] = {}
        self._deepest = 0
        self._began = 0
        self._hung = 0
        self._until = 0.0

    def begin(self) -> None:
        """Settling begins."""
        self._follow()
        self._began, self._hung = len(self._recorder), 0
        self._until = real_perf_counter() + REAL_SECONDS_MAX

    def endless(self) -> str | None:
        """Why settling wouldn't end, in a sentence; None if it may."""
        self._follow()
        depth = self._depths[self._deepest] if self._depths else 0
        multiplies = depth > MULTIPLYING_ROUNDS_MAX and self._events() > MULTIPLYING_EVENTS_MAX
        if depth > ROUNDS_MAX or multiplies:
            return f"does not settle: {' → '.join(_cycle(self._latest()))} …"
        if self._hung >= HUNG_MAX:
            return f"did not settle: handlers hung {self._hung} times"
        if real_perf_counter() > self._until:
            return f"did not settle in {REAL_SECONDS_MAX:.0f} s of real time ({self._events()} events)"
        return None

    def _events(self) -> int:
        return len(self._recorder) - self._began

    def _follow(self) -> None:
        for seq in range(len(self._parents), len(self._recorder)):
            event = self._recorder.event(seq)
            parent = event.cause
            if event.kind == "accepted":
                for message in event.messages:
                    self._accepted[event.subject, message] = self._accepted["", message] = seq
            elif parent is None and event.messages:
                parent = self._origin(event)
            self._hung += event.kind == "invocation-ended" and event.data["outcome"] == "hung"
            depth = 0 if parent is None else self._depths[parent]
            if self._name(event):
                depth += 1
            self._parents.append(parent)
            self._depths.append(depth)
            if depth > self._depths[self._deepest]:
                self._deepest = seq

    def _origin(self, event: Event) -> int | None:
        """The event by which the first message was accepted: there, or under the same id somewhere else."""
        place, message = str(event.data.get("source") or event.subject), event.messages[0]
        return self._accepted.get((place, message), self._accepted.get(("", message)))

    def _name(self, event: Event) -> str:
        """The function or state machine that runs, or the bus or topic that a message is delivered to; "" at
        other events."""
        if event.kind in ("invocation", "execution"):
            return event.subject
        if event.kind != "hop" or event.data["attempt"] > 1:
            return ""
        target = str(event.data["target"])
        return target if self._recorder.names.place(target).role is Role.FANS_OUT else ""

    def _latest(self) -> list[str]:
        """The last functions that ran, buses and topics, one because of the other."""
        found: list[str] = []
        seq: int | None = self._deepest
        while seq is not None and len(found) < MULTIPLYING_ROUNDS_MAX:
            event = self._recorder.event(seq)
            if name := self._name(event):
                found.append(name)
            seq = self._parents[seq]
        return found[::-1]


def _cycle(names: Sequence[str]) -> Sequence[str]:
    """The shortest part of the end that repeats, and its first name again."""
    for size in range(1, len(names) // 2 + 1):
        if names[-size:] == names[-2 * size : -size]:
            start = min(range(size), key=lambda n: names[len(names) - size + n])
            turned = [*names[-size:][start:], *names[-size:][:start]]
            return [*turned, turned[0]]
    return names
