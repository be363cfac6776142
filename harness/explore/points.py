"""Fault points: the places in a history where a fault can land, named by their causes.

A point is named by its place and how often that has come so far: `Billing → dynamodb:PutItem Ledger #2`,
`Orders ⇒ BillingQueue #1`. A fault counts in the same way (`nth`), so in a run that is equal up to there it
hits exactly this one.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from harness import aws
from harness.aws import Does, Role
from harness.explore.deadlines import Deadlines
from harness.faults.ends import Ends
from harness.faults.points import (
    CallPoint,
    ExecutionPoint,
    HopPoint,
    InvocationPoint,
    Point,
    RoutePoint,
    ServicePoint,
    StatePoint,
)
from harness.faults.sites import TEST
from harness.history import Event, History
from harness.history.made import called, made_by_functions
from harness.history.places import ASYNC_QUEUE
from harness.history.traces import NOWHERE, Trace
from harness.history.wording import about


def points_of(history: History) -> list[Point]:
    """Every fault point of a history, in order. O(n)."""
    return list(_Finder(history).points())


CALL_SITES_MAX = 12
"""Up to so many calls for one message are call sites of their own; more are a loop."""


class _Finder:
    """Walks over a history once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._traces = history.fold.traces
        self._functions = history.fold.functions
        self._seen: Counter[str] = Counter()
        self._logical: Counter[str] = Counter()
        self._passed: dict[str, set[str]] = defaultdict(set)
        self._made = made_by_functions(history)
        self._calls = _calls_by_run(history)
        self._gaps = _gaps(history)
        self._deadlines = Deadlines(history)
        self._environments: Counter[str] = Counter()
        self._sent: dict[int | None, list[Trace]] = defaultdict(list)
        self._answered = {answer.cause: answer.seq for answer in history.of("answer")}
        for event in history.of("accepted"):
            self._sent[event.cause].append(self._traces[event.seq])

    def points(self) -> Iterator[Point]:
        for event in self._history:
            self._deadlines.note(event)
            idle = self._idle_environments(event)
            if not self._history.deploys(event):
                yield from self._points_at(event, idle)

    def _idle_environments(self, event: Event) -> int:
        """The number of warm environments that wait before an invocation; it takes one, or a new one."""
        idle = self._environments[event.subject]
        if event.kind == "invocation":
            self._environments[event.subject] = 0 if event.data.get("cold") else max(idle - 1, 0)
        elif event.kind == "invocation-ended":
            self._environments[event.subject] += event.data["outcome"] in _LEAVES_WARM
        return idle

    def _points_at(self, event: Event, idle: int) -> Iterator[Point]:
        if event.kind == "call":
            for resource in _resources(event):
                yield from self._call(event, resource)
        elif event.kind == "hop":
            yield from self._hop(event)
        elif event.kind == "invocation":
            yield from self._invocation(event, idle)
        elif event.kind == "execution":
            yield self._execution(event)
        elif event.kind == "entered":
            yield self._state(event)
        elif event.kind == "timer":
            yield from self._timer(event)

    def _call(self, event: Event, resource: str | None) -> Iterator[Point]:
        """A call, as far as it is about one resource."""
        data = event.data
        operation = f"{data['service']}:{data['operation']}"
        place = f"{event.actor} → {operation}" + (f" {resource}" if resource else "")
        attempt = int(data.get("attempt") or 1)
        self._seen[place] += 1
        self._logical[place] += attempt == 1
        by_app = event.actor in self._functions or self._history.place(event.actor).role is not None
        if not by_app and not self._is_work(event):
            return
        trace = self._with_sent(event, by_app)
        label = place.removesuffix(resource) + self._named(resource) if resource else place
        yield CallPoint(
            **self._where(event, place, trace, label),
            alike=_alike("call", label, trace, self._position(event), attempt > 1),
            operation=operation,
            resource=resource,
            actor=event.actor,
            logical=self._logical[place],
            repeated=attempt > 1,
            writes=data.get("does") != Does.READS,
            lapses_after=self._deadlines.lapses_after(event),
            time_left=self._deadlines.time_left(event),
            waited_for=self._deadlines.waited_for(event),
        )
        if by_app and resource and attempt == 1:
            service, inside = str(data["service"]), self._history.place(event.actor).calls_inside
            # a state's retries outlive any fault but an outage that begins there
            position = f" {operation}" if inside else ""
            yield self._service(f"{resource} (outage)", service, resource, event, trace, position)

    def _named(self, place: str) -> str:
        """The name that a place has in points: what functions make several of has one for all."""
        return self._made.get(place, place)

    def _where(self, event: Event, place: str, trace: Trace, label: str) -> dict[str, Any]:
        """What a point has of its place, which goes by this label, and of the messages there."""
        if label != place:
            self._seen[label] += 1
        return {
            "place": label,
            "number": self._seen[place],
            "shown": self._seen[label] if label != place else 0,
            "path": trace.path,
            "seq": event.seq,
            "at": event.at,
            "held": trace.held,
            "lineage": trace.lineage,
        }

    def _with_sent(self, call: Event, by_app: bool) -> Trace:
        """The trace of a call. The messages that it sends tell calls apart, and are all that one of the test
        is about."""
        trace, sent = self._traces[call.seq], self._sent.get(call.seq) or []
        held, lineage, shapes = (
            frozenset[Any]().union(*(getattr(one, name) for one in sent))
            for name in ("held", "lineage", "shapes")
        )
        if by_app:
            return replace(trace, shapes=trace.shapes | shapes)
        return replace(sent[0], held=held, lineage=lineage, shapes=shapes)

    def _service(
        self, place: str, service: str, resource: str, event: Event, trace: Trace, position: str
    ) -> ServicePoint:
        self._seen[place] += 1
        label = self._named(resource) + place.removeprefix(resource)
        return ServicePoint(
            **self._where(event, place, trace, label),
            alike=f"service {label} | {trace.path}{position}",
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
        if self._is_outside(event) or self._is_setting_up(event):
            return
        trace, ends = self._traces[event.seq], Ends.of(*map(self._history.place, (source, target)))
        label = f"{self._named(source)} ⇒ {self._named(target)}"
        point = HopPoint(
            **self._where(event, place, trace, label),
            alike=_alike("hop", label, trace, f"{len(event.messages) > 1}"),
            source=source,
            target=target,
            ends=ends,
            first_message=first_message,
            lapses_after=self._deadlines.lapses_after(event),
        )
        yield point
        if place in self._gaps:
            yield self._route(point, self._gaps.pop(place))

    def _route(self, first: HopPoint, gap_seconds: float) -> RoutePoint:
        """All deliveries there, as of which the first stands."""
        return RoutePoint(
            place=first.place,
            number=first.number,
            shown=first.shown,
            path=first.path,
            alike=f"route {first.place}",
            seq=first.seq,
            at=first.at,
            held=first.held,
            lineage=first.lineage,
            source=first.source,
            target=first.target,
            ends=first.ends,
            gap_seconds=gap_seconds,
        )

    def _invocation(self, event: Event, idle: int) -> Iterator[Point]:
        place = f"{event.subject} (invocation)"
        self._seen[place] += 1
        trace = self._traces[event.seq]
        calls = self._calls.get(event.seq, [])
        cold = bool(event.data.get("cold"))
        signature = f"{len(event.messages) > 1} {_folded([called(call, self._made) for call in calls])}"
        boundary = InvocationPoint(
            **self._where(event, place, trace, place),
            alike=_alike("invocation", place, trace, f"{cold} {cold and idle > 0} {signature}"),
            function=event.subject,
            warm=not cold,
            replaced=cold and idle > 0,
        )
        yield boundary
        changing = [number for number, call in enumerate(calls, 1) if call.data.get("does") in _CHANGING]
        for number in changing:
            if number == len(calls):
                continue  # to die after the last call is to die after the work
            call = calls[number - 1]
            yield replace(
                boundary,
                alike=_alike(
                    "side effect", place, trace, f"{self._position(call)} {called(call, self._made)}"
                ),
                after_call=number,
                call=about(call),
                call_seq=call.seq,
            )

    def _execution(self, event: Event) -> Point:
        place = f"{event.subject} (execution)"
        self._seen[place] += 1
        trace = self._traces[event.seq]
        return ExecutionPoint(
            **self._where(event, place, trace, place),
            alike=_alike("execution", place, trace, str(len(event.messages) > 1)),
            machine=event.subject,
            repeatable=bool(event.data.get("repeatable")),
        )

    def _state(self, event: Event) -> Point:
        data, state = event.data, str(event.data["state"])
        place = f"{event.subject} (state {state})"
        self._seen[place] += 1
        trace = self._traces[event.seq]
        return StatePoint(
            **self._where(event, place, trace, place),
            alike=_alike("state", place, trace, str(len(event.messages) > 1)),
            machine=event.subject,
            state=state,
            is_first=data["number"] == 1,
            waits_for_token=bool(data.get("waits_for_token")),
            stoppable=bool(data.get("stoppable")),
        )

    def _timer(self, event: Event) -> Iterator[Point]:
        trace = self._traces[event.seq]
        service = self._history.place(event.subject).service
        is_kept = not aws.service(service).tries_once
        if event.data.get("what") and event.subject not in self._functions and is_kept:
            place = f"{event.subject} ({event.data['what']})"
            yield self._service(place, service, event.subject, event, trace, f" {trace.again}")

    def _position(self, call: Event) -> str:
        """The call site in its invocation: one for all calls that a batch repeats for messages that are
        alike."""
        run = None if call.cause is None else self._history[call.cause]
        if run is None or run.kind != "invocation":
            return ""
        calls = self._calls[run.seq]
        many = len(run.messages) > 1
        subjects = [called(one, self._made) for one in calls]
        index = sum(one.seq < call.seq for one in calls)
        shapes = ""
        if many or len(subjects) > CALL_SITES_MAX:
            period = _period(subjects)
            if len(subjects) == period * len(run.messages):
                shapes = self._shapes_of(run, index // period)
            index %= period
        return f"{index} {many} {shapes}"

    def _is_work(self, call: Event) -> bool:
        """A call by which the test sends something. Schedules and notifications that it sets up send, too."""
        return call.actor == "test" and call.seq in self._sent and call.data["does"] != Does.CONFIGURES

    def _shapes_of(self, run: Event, number: int) -> str:
        """The shapes of one of the messages of a run."""
        source = str(run.data.get("source")).removesuffix(ASYNC_QUEUE)
        trace = self._history.fold.traces_of_messages.get((source, run.messages[number]), NOWHERE)
        return " ".join(sorted(trace.shapes))

    def _is_setting_up(self, event: Event) -> bool:
        """A delivery by which a call of the test tries out what it sets up: with it that call fails."""
        return any(
            cause.kind == "call"
            and cause.actor == TEST
            and cause.data["does"] == Does.CONFIGURES
            and event.seq < self._answered.get(cause.seq, len(self._history))
            for cause in self._history.causes(event)
        )

    def _is_outside(self, event: Event) -> bool:
        """A delivery that leaves the cloud, or one that isn't about a message."""
        return self._history.place(event.data["target"]).role is Role.LEAVES or not event.messages


_CHANGING = (Does.SENDS, Does.SETTLES, Does.WRITES, Does.CONFIGURES)


_LEAVES_WARM = ("ok", "pending", "error")
"""Ends of an invocation after which its environment is there for the next one."""


def _resources(call: Event) -> Sequence[str | None]:
    """The resources that a call is about, each of which a fault may name."""
    return call.data.get("resource"), *call.data.get("others", ())


def _calls_by_run(history: History) -> dict[int, list[Event]]:
    """The answered calls of each invocation, in order, as a fault's `after_call` counts them."""
    lost = {event.cause for event in history.of("answer") if event.data.get("error") == "RequestLost"}
    found: dict[int, list[Event]] = defaultdict(list)
    for event in history.of("call"):
        if event.cause is not None and event.seq not in lost and history[event.cause].kind == "invocation":
            found[event.cause].append(event)
    return found


LOOKED_BACK = 20
"""Deliveries before one among which the closest that can overtake it is looked for."""


def _gaps(history: History) -> dict[str, float]:
    """The seconds between the two closest deliveries from one place to another that don't come of each other,
    by place; none where there are no two such deliveries: there nothing can overtake anything."""
    before: dict[str, deque[Event]] = defaultdict(lambda: deque(maxlen=LOOKED_BACK))
    traces = history.fold.traces
    found: dict[str, float] = {}
    for hop in history.of("hop"):
        place = f"{hop.data['source']} ⇒ {hop.data['target']}"
        lineage = traces[hop.seq].lineage
        others = (one for one in before[place] if traces[one.seq].held.isdisjoint(lineage))
        if (other := next(others, None)) is not None:
            found[place] = min(found.get(place, inf), hop.at - other.at)
        before[place].appendleft(hop)
    return found


def _alike(what: str, place: str, trace: Trace, position: str, again: bool = False) -> str:
    shapes = " ".join(sorted(trace.shapes))
    return f"{what} {place} | {trace.path} | {shapes} | {trace.again or again} | {position}"


def _period(sites: Sequence[str]) -> int:
    """The number of calls after which they repeat: a batch does the same for each of its messages."""
    size = len(sites)
    return (
        next(n for n in range(1, size + 1) if all(sites[i] == sites[i % n] for i in range(size)))
        if size
        else 1
    )


def _folded(sites: Sequence[str]) -> str:
    """The calls of an invocation, without those that a batch repeats."""
    return ", ".join(sites[: _period(sites)])
