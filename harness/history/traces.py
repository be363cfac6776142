"""The path of causes to each event of a history, and the messages that the event concerns.

A poller receives without a cause, so a history's causes alone end at the queue: here they are joined by the
messages that were received.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.history.event import Event
from harness.history.made import made_by_functions
from harness.history.places import ASYNC_QUEUE
from harness.history.shape import shape_of, shape_of_attributes
from harness.history.store import History

Token = tuple[str, str]
"""A message at one place, or between two; or an invocation without messages."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The origin of an event.

    `path` names the places on the way to it. `held` is what it has to do with itself, `lineage` that and
    everything it comes from. `shapes` are those of the messages that led there. `again`: not the first try.
    """

    path: str = ""
    held: frozenset[Token] = frozenset()
    lineage: frozenset[Token] = frozenset()
    shapes: frozenset[str] = frozenset()
    again: bool = False


NOWHERE = Trace()


def traces_of(history: History) -> tuple[list[Trace], Mapping[Token, Trace]]:
    """The trace of each event, in order, and that of each message at each place. O(n) for messages of bounded
    fan-out."""
    tracer = _Tracer(history)
    for event in history:
        tracer.add(event)
    return tracer.traces, tracer.copies


class _Tracer:
    def __init__(self, history: History) -> None:
        self._history = history
        self._made = made_by_functions(history)
        self.copies: dict[Token, Trace] = {}
        self.traces: list[Trace] = []

    def add(self, event: Event) -> None:
        """The next event."""
        before = NOWHERE if event.cause is None else self.traces[event.cause]
        handle = _HANDLERS.get(event.kind)
        self.traces.append(before if handle is None else handle(self, event, before))

    def _accepted(self, event: Event, before: Trace) -> Trace:
        held = frozenset((event.subject, message) for message in event.messages)
        outside = not before.path
        place = self._named(event.subject)
        path = place if outside else _longer(before.path, " → ", place)
        shapes = before.shapes | {self._shape(event)}
        return self._keep(Trace(path, held, before.lineage | held, shapes))

    def _named(self, place: str) -> str:
        return self._made.get(place, place)

    def _shape(self, accepted: Event) -> str:
        data = accepted.data
        return shape_of(data.get("body")) + shape_of_attributes(data.get("attributes") or {})

    def _hop(self, event: Event, before: Trace) -> Trace:
        source = str(event.data["source"]).removesuffix(ASYNC_QUEUE)
        trace = self._joined(((source, message) for message in event.messages), before)
        way = frozenset((event.subject, message) for message in event.messages)
        target = str(event.data["target"])
        path = trace.path or self._named(source)
        path = path if source == target else _longer(path, " ⇒ ", self._named(target))
        again = trace.again or int(event.data.get("attempt") or 1) > 1
        return Trace(path, way, trace.lineage | way, trace.shapes, again)

    def _arrived(self, event: Event, before: Trace) -> Trace:
        target = str(event.data["target"])
        held = frozenset((target, message) for message in event.messages)
        return self._keep(Trace(before.path, held, before.lineage | held, before.shapes, before.again))

    def _received(self, event: Event, before: Trace) -> Trace:
        held = [(event.subject, message) for message in event.messages]
        counts = event.data.get("counts") or {}
        trace = self._joined(held, before)
        again = any(int(counts.get(message) or 1) > 1 for message in event.messages)
        for token in held:
            if again and token in self.copies:
                found = self.copies[token]
                self.copies[token] = Trace(found.path, found.held, found.lineage, found.shapes, True)
        found = Trace(trace.path or event.subject, trace.held, trace.lineage, trace.shapes, again)
        self._taken_by_run(event, found)
        return found

    def _taken_by_run(self, event: Event, taken: Trace) -> None:
        """Messages that a function receives itself concern its further calls."""
        call = None if event.cause is None else self._history[event.cause]
        run = None if call is None or call.kind != "call" else call.cause
        if run is not None and self._history[run].kind == "invocation":
            before = self.traces[run]
            path = before.path if taken.path in before.path else f"{taken.path} | {before.path}"
            self.traces[run] = Trace(
                path,
                before.held | taken.held,
                before.lineage | taken.lineage,
                before.shapes | taken.shapes,
                before.again or taken.again,
            )

    def _invocation(self, event: Event, before: Trace) -> Trace:
        if not before.path:
            token = frozenset((("run", str(event.seq)),))
            return Trace(event.subject, token, token)
        if before.path.endswith(event.subject):
            return before
        return Trace(_longer(before.path, " ⇒ ", event.subject), before.held, before.lineage, before.shapes)

    def _moved(self, event: Event, before: Trace) -> Trace:
        """To a dead-letter queue or back: the copies there come from those here, one by one."""
        to = str(event.data.get("to"))
        ids = list(event.data.get("ids") or ())
        for message, other in zip(event.messages, ids, strict=False):
            trace = self.copies.get((event.subject, message), NOWHERE)
            held = frozenset(((to, str(other)),))
            path = _longer(trace.path or event.subject, " ⇒ ", to)
            self._keep(Trace(path, held, trace.lineage | held, trace.shapes))
        return self._joined(((event.subject, message) for message in event.messages), before)

    def _timer(self, event: Event, before: Trace) -> Trace:
        return self._joined(((event.subject, message) for message in event.messages), before)

    def _keep(self, trace: Trace) -> Trace:
        for token in trace.held:
            self.copies[token] = trace
        return trace

    def _joined(self, tokens: Iterable[Token], otherwise: Trace) -> Trace:
        """The traces that these messages share with their origins."""
        wanted = list(tokens)
        found = [self.copies[token] for token in wanted if token in self.copies]
        if not found:
            return otherwise
        return Trace(
            " | ".join(sorted({trace.path for trace in found})),
            frozenset(wanted),
            frozenset().union(*(trace.lineage for trace in found), wanted),
            frozenset().union(*(trace.shapes for trace in found)),
            any(trace.again for trace in found),
        )


def _longer(path: str, by: str, place: str) -> str:
    """A path with one place more; one that comes back to a place is cut there."""
    parts = re.split(r"( → | ⇒ )", path)
    for index, step in enumerate(parts):
        if step.removesuffix(_AGAIN) == place:
            return "".join(parts[:index]) + place + _AGAIN
    return f"{path}{by}{place}"


_AGAIN = " ↻"

_HANDLERS: dict[str, Callable[[_Tracer, Event, Trace], Trace]] = {
    "accepted": _Tracer._accepted,
    "hop": _Tracer._hop,
    "arrived": _Tracer._arrived,
    "received": _Tracer._received,
    "execution": _Tracer._invocation,
    "invocation": _Tracer._invocation,
    "dead-lettered": _Tracer._moved,
    "moved": _Tracer._moved,
    "timer": _Tracer._timer,
}
