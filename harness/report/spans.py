"""A run as spans: what took time, what belongs to it, and what led to it. Knows no tracing library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.report.stored_run import StoredRun

OPENERS = ("call", "hop", "invocation", "execution")
_CLOSERS = {
    "answer": "call",
    "arrived": "hop",
    "hop-failed": "hop",
    "invocation-ended": "invocation",
    "execution-ended": "execution",
}
_ENDED_WELL = frozenset(("ok", "pending", "succeeded"))
_AFTERWARDS = frozenset(("state", "settled", "expectation"))
"""What the test asks at the end: no part of any message's life."""

Stored = Mapping[str, Any]


@dataclass
class Span:
    """A call, delivery, invocation or execution; or something that happened to a message at rest.

    `parent` and `links` are the spans that led here: a batch has one parent, and a link for each message that
    comes from another trace. `events` happened while it was open. `ended` is None if the run doesn't tell.
    """

    begun: Stored
    parent: Span | None = None
    links: list[Span] = field(default_factory=list)
    events: list[Stored] = field(default_factory=list)
    ended: Stored | None = None

    @property
    def seq(self) -> int:
        """The number of the event that began it."""
        return int(self.begun["seq"])

    @property
    def root(self) -> Span:
        """The first span of its trace."""
        span = self
        while span.parent is not None:
            span = span.parent
        return span

    @property
    def name(self) -> str:
        """Its subject; of something that took no time, the kind of event before it."""
        subject = str(self.begun["subject"])
        return subject if self.begun["kind"] in OPENERS else f"{self.begun['kind']} {subject}"

    @property
    def lane(self) -> str:
        """Who does it: the caller, the mover, the function; or the place where it happens."""
        return str(self.begun["actor"] if self.begun["kind"] in ("call", "hop") else self.begun["subject"])

    @property
    def problem(self) -> str:
        """Why it failed; empty if it didn't."""
        data = {} if self.ended is None else self.ended["data"]
        failed = "outcome" in data and data["outcome"] not in _ENDED_WELL
        return str(data.get("error") or (data["outcome"] if failed else ""))


def spans_of(run: StoredRun) -> list[Span]:
    """The spans of a run, in the order of their beginnings. O(n)."""
    reader = _Reader(run.begun)
    for event in run.begun:
        reader.add(event)
    return reader.spans


class _Reader:
    def __init__(self, events: Sequence[Stored]) -> None:
        self.spans: list[Span] = []
        self._opened: dict[int, Span] = {}
        self._around: dict[int, Span] = {}
        self._came: dict[tuple[str, str], Span] = {}
        kinds = {event["seq"]: event["kind"] for event in events}
        self._ends = {
            event["cause"]: event["at"]
            for event in events
            if event["kind"] in _CLOSERS and kinds.get(event["cause"]) == _CLOSERS[event["kind"]]
        }

    def add(self, event: Stored) -> None:
        """The next event."""
        kind = event["kind"]
        if kind in _AFTERWARDS:
            return
        closed = self._opened.get(event["cause"]) if kind in _CLOSERS else None
        if closed is not None:
            closed.ended, span = event, closed
        else:
            span = self._part_of(event) or self._new(event)
        self._around[event["seq"]] = span
        for place, message in _came(event):
            self._came[place, message] = span

    def _part_of(self, event: Stored) -> Span | None:
        """The span that was open at this event, or that a fault hit."""
        span = None if event["kind"] in OPENERS else self._around.get(event["cause"])
        if span is None:
            return None
        if event["kind"] != "fault" and event["at"] > self._ends.get(span.seq, span.begun["at"]):
            return None
        span.events.append(event)
        return span

    def _new(self, event: Stored) -> Span:
        led = list(self._led_to(event))
        span = Span(event, led[0] if led else None)
        span.links.extend(each for each in led[1:] if each.root is not span.root)
        if event["kind"] in OPENERS:
            self._opened[event["seq"]] = span
        self.spans.append(span)
        return span

    def _led_to(self, event: Stored) -> Iterator[Span]:
        """The span of its cause, and those by which its messages had come, each once."""
        places = {event["subject"], event["data"].get("source")}
        came = [self._came.get((place, message)) for message in event["messages"] for place in places]
        found = [self._around.get(event["cause"]), *came]
        seen: set[int] = set()
        for span in found:
            if span is not None and span.seq not in seen:
                seen.add(span.seq)
                yield span


def _came(event: Stored) -> Iterator[tuple[str, str]]:
    """The messages that are at a place by this event."""
    data = event["data"]
    if event["kind"] in ("accepted", "received", "timer"):
        yield from ((event["subject"], message) for message in event["messages"])
    elif event["kind"] == "arrived":
        yield from ((data["target"], message) for message in event["messages"])
    elif event["kind"] in ("dead-lettered", "moved"):
        yield from ((data["to"], message) for message in data.get("ids", ()))
