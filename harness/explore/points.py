"""Fault points: the places in a history where a fault can land, named by their causes.

A point is named by its place and how often that has come so far: `Billing → dynamodb:PutItem Ledger #2`,
`Orders ⇒ BillingQueue #1`. A fault counts in the same way (`nth`), so in a run that is equal up to there it
hits exactly this one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from harness.aws import Does, Role
from harness.faults.ends import Ends
from harness.faults.points import CallPoint, HopPoint, InvocationPoint, Point, RoutePoint, ServicePoint
from harness.history import Event, History
from harness.history.traces import Token, Trace


@dataclass(frozen=True)
class Representative:
    """A point that is tried, and how many that are alike aren't: counted at the first of those that are."""

    point: Point
    untried: int = 0


EACH = 3
"""Of points that are alike, so many are tried: the first, the last, and one by chance."""


def points_of(history: History) -> list[Point]:
    """Every fault point of a history, in order. O(n)."""
    return list(_Finder(history).points())


def representatives(points: Iterable[Point], each: int = EACH, seed: int = 0) -> list[Representative]:
    """Of points that are alike the first; with `each` 2 the last, with 3 one by chance, too; in order."""
    groups: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        groups[point.alike].append(point)
    found: list[Representative] = []
    for group in groups.values():
        if group[0].covers_all:
            found.append(Representative(group[0]))
            continue
        first, *more = _chosen(group, each, seed)
        found += [Representative(first, len(group) - 1 - len(more)), *map(Representative, more)]
    return sorted(found, key=lambda one: (one.point.seq, one.point.name))


def _chosen(group: Sequence[Point], each: int, seed: int) -> Sequence[Point]:
    if len(group) <= each:
        return group
    between = group[1:-1] if each > 2 else ()
    by_chance = [Random(f"{seed} {group[0].alike}").choice(between)] if between else []
    return [group[0], *by_chance, *(group[-1:] if each > 1 else ())]


CALL_SITES_MAX = 12
"""So many calls for one message are taken for call sites of their own; more, for a loop."""


class _Finder:
    """Walks over a history once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._traces = history.fold.traces
        self._functions = history.fold.functions
        self._seen: Counter[str] = Counter()
        self._logical: Counter[str] = Counter()
        self._passed: dict[str, set[str]] = defaultdict(set)
        self._calls = _calls_by_run(history)
        self._visible_at: dict[Token, float] = {}
        self._own: dict[int, float] = {}
        self._polled: dict[int, list[Token]] = defaultdict(list)
        self._sends = {event.cause: event.seq for event in reversed(history.of("accepted"))}

    def points(self) -> Iterator[Point]:
        for event in self._history:
            if event.kind == "received":
                self._note_visibility(event)
                self._note_poll(event)
            elif event.kind == "call":
                yield from self._call(event)
            elif event.kind == "hop":
                yield from self._hop(event)
            elif event.kind == "invocation":
                yield from self._invocation(event)
            elif event.kind == "timer":
                yield from self._timer(event)

    def _note_visibility(self, received: Event) -> None:
        at = float(received.data.get("visible_at") or 0.0)
        for message in received.messages:
            self._visible_at[(received.subject, message)] = at
        call = None if received.cause is None else self._history[received.cause]
        if call is not None and call.kind == "call" and call.cause is not None:
            self._own[call.cause] = at

    def _call(self, event: Event) -> Iterator[Point]:
        data = event.data
        operation = f"{data['service']}:{data['operation']}"
        resource = data.get("resource")
        place = f"{event.actor} → {operation}" + (f" {resource}" if resource else "")
        attempt = int(data.get("attempt") or 1)
        self._seen[place] += 1
        self._logical[place] += attempt == 1
        by_function = event.actor in self._functions
        if not by_function and not (event.actor == "test" and event.seq in self._sends):
            return
        trace = self._traces[event.seq]
        if not by_function:
            accepted = next(
                e for e in self._history[event.seq :] if e.kind == "accepted" and e.cause == event.seq
            )
            trace = self._traces[accepted.seq]
        yield CallPoint(
            place=place,
            number=self._seen[place],
            path=trace.path,
            alike=_alike("call", place, trace, self._position(event), attempt > 1),
            seq=event.seq,
            at=event.at,
            held=trace.held,
            lineage=trace.lineage,
            operation=operation,
            resource=resource,
            actor=event.actor,
            logical=self._logical[place],
            repeated=attempt > 1,
            writes=data.get("does") != Does.READS,
            lapses_after=self._lapses_after(event),
        )
        if by_function and resource and attempt == 1:
            service = str(data["service"])
            yield self._service(f"{resource} (outage)", service, resource, event, trace, "")

    def _service(
        self, place: str, service: str, resource: str, event: Event, trace: Trace, position: str
    ) -> ServicePoint:
        self._seen[place] += 1
        return ServicePoint(
            place=place,
            number=self._seen[place],
            path=trace.path,
            alike=f"service {place} | {trace.path}{position}",
            seq=event.seq,
            at=event.at,
            held=trace.held,
            lineage=trace.lineage,
            service=service,
            resource=resource,
        )

    def _hop(self, event: Event) -> Iterator[Point]:
        source, target = str(event.data["source"]), str(event.data["target"])
        place = f"{source} ⇒ {target}"
        self._seen[place] += 1
        new = [message for message in event.messages if message not in self._passed[place]]
        first_message = len(self._passed[place]) + 1 if new else None
        self._passed[place].update(new)
        if self._is_outside(event):
            return
        trace, ends = self._traces[event.seq], Ends.of(*map(self._history.place, (source, target)))
        point = HopPoint(
            place=place,
            number=self._seen[place],
            path=trace.path,
            alike=_alike("hop", place, trace, f"{len(event.messages) > 1}"),
            seq=event.seq,
            at=event.at,
            held=trace.held,
            lineage=trace.lineage,
            source=source,
            target=target,
            ends=ends,
            first_message=first_message,
            lapses_after=self._lapses_after(event),
        )
        yield point
        yield RoutePoint(
            place=place,
            number=point.number,
            path=trace.path,
            alike=f"route {place}",
            seq=event.seq,
            at=event.at,
            held=trace.held,
            lineage=trace.lineage,
            source=source,
            target=target,
            ends=ends,
        )

    def _invocation(self, event: Event) -> Iterator[Point]:
        place = f"{event.subject} (invocation)"
        self._seen[place] += 1
        trace = self._traces[event.seq]
        calls = self._calls.get(event.seq, [])
        signature = f"{len(event.messages) > 1} {_folded([call.subject for call in calls])}"
        boundary = InvocationPoint(
            place=place,
            number=self._seen[place],
            path=trace.path,
            alike=_alike("invocation", place, trace, f"{event.data.get('cold')} {signature}"),
            seq=event.seq,
            at=event.at,
            held=trace.held,
            lineage=trace.lineage,
            function=event.subject,
        )
        yield boundary
        changing = [number for number, call in enumerate(calls, 1) if call.data.get("does") in _CHANGING]
        for number in changing:
            if number == len(calls):
                continue  # to die after the last call is to die after the work
            call = calls[number - 1]
            yield replace(
                boundary,
                alike=_alike("side effect", place, trace, f"{self._position(call)} {call.subject}"),
                after_call=number,
                call=_called(call),
            )

    def _timer(self, event: Event) -> Iterator[Point]:
        trace = self._traces[event.seq]
        if event.data.get("what") and event.subject not in self._functions:
            place = f"{event.subject} ({event.data['what']})"
            service = self._history.place(event.subject).service
            yield self._service(place, service, event.subject, event, trace, f" {trace.again}")

    def _position(self, call: Event) -> str:
        """Which of the call sites in its invocation: what a batch repeats for each message is one."""
        run = call.cause
        if run is None or self._history[run].kind != "invocation":
            return ""
        calls = self._calls[run]
        many = len(self._history[run].messages) > 1
        subjects = [one.subject for one in calls]
        index = next(at for at, one in enumerate(calls) if one.seq == call.seq)
        if many or len(subjects) > CALL_SITES_MAX:
            index %= _period(subjects)
        return f"{index} {many}"

    def _note_poll(self, received: Event) -> None:
        """A function that receives messages itself holds them from now on, instead of those before."""
        call = None if received.cause is None else self._history[received.cause]
        if call is not None and call.cause is not None and self._history[call.cause].kind == "invocation":
            self._polled[call.cause] = [(received.subject, message) for message in received.messages]

    def _lapses_after(self, event: Event) -> float | None:
        """How long the messages that this is about stay hidden from other consumers."""
        run = (
            event if event.kind == "hop" else self._history[event.cause] if event.cause is not None else None
        )
        if run is None or run.kind not in ("hop", "invocation"):
            return None
        source = str(run.data.get("source"))
        held = [*((source, message) for message in run.messages), *self._polled[run.seq]]
        times = [self._visible_at.get(message) for message in held]
        known = [at for at in times if at is not None]
        return round(max(known) - event.at, 3) if known and max(known) > event.at else None

    def _is_outside(self, event: Event) -> bool:
        """A delivery that leaves the cloud, or one that isn't about a message."""
        return self._history.place(event.data["target"]).role is Role.LEAVES or not event.messages


_CHANGING = (Does.SENDS, Does.SETTLES, Does.WRITES, Does.CONFIGURES)


def _called(call: Event) -> str:
    """A call as people name it."""
    what = f"{call.data['service']}:{call.data['operation']}"
    return f"{what} {call.data['resource']}" if call.data.get("resource") else what


def _calls_by_run(history: History) -> dict[int, list[Event]]:
    """The answered calls of each invocation, in order, as a fault's `after_call` counts them."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in history.of("call"):
        if event.cause is not None and history[event.cause].kind == "invocation":
            found[event.cause].append(event)
    return found


def _alike(what: str, place: str, trace: Trace, position: str, again: bool = False) -> str:
    shapes = " ".join(sorted(trace.shapes))
    return f"{what} {place} | {trace.path} | {shapes} | {trace.again or again} | {position}"


def _period(sites: Sequence[str]) -> int:
    """After how many calls they repeat: a batch does the same for each of its messages."""
    size = len(sites)
    return (
        next(n for n in range(1, size + 1) if all(sites[i] == sites[i % n] for i in range(size)))
        if size
        else 1
    )


def _folded(sites: Sequence[str]) -> str:
    """The calls of an invocation, without what a batch repeats."""
    return ", ".join(sites[: _period(sites)])
