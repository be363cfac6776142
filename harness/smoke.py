"""A smoke test of a template: one event at each entry point, and what becomes of it.

An entry point is a resource at which nothing else of the app arrives. Each event has a simulator of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.app.handle import App
from harness.app.handles import HANDLES
from harness.app.handles.samples import CallsOthers, Sample, TakesSamples
from harness.app.handles.table import Table
from harness.cloud import Unsupported
from harness.history import Event, History
from harness.history.copies import Fate
from harness.history.failures import dead_letter, failed_execution, failed_invocations
from harness.history.ledger import Ledger
from harness.history.plain import plain
from harness.history.traces import traces_of
from harness.history.unanswered import asked_in_vain
from harness.invariants.effects_once import effects_once
from harness.invariants.nothing_lost import nothing_lost
from harness.near import counted
from harness.sim.rounds import ENDLESS
from harness.sim.simulator import Simulator

OK, LOST, FAILED, UNKNOWN = "ok", "lost", "failed", "unknown"
EVENTS = "events"
"""The folder beside a template that holds real events, each in a file named after its entry point."""

WHY_MAX = 300
"""Characters of a reason that are shown."""

FAILS_AFTER_SECONDS = 3600.0
"""A message that has failed by then is waited for no longer: without dead letters it fails for days."""

_WAITS = "it still waits after a day, for "
_LACKS = (
    *("the simulator has no ", "was accepted without effect", "aren't run here"),
    *("Runtime.ImportModuleError", "Runtime.HandlerNotFound", "nobody was subscribed to it"),
)
"""What no other event would mend: a service, a subscriber or a package that isn't here."""
_UNUSED = "no entry point has its name, and none got further with it"
_UNANSWERED = "nobody answers for "
_FILTERED = "a filter keeps it from "


class EventError(Exception):
    """A file of events can't be read."""


@dataclass(frozen=True)
class Tried:
    """What became of one event.

    `place` is where it was sent, `reached` every other place at which something arrived, in order,
    `kept_from` those from which filters kept it, `asked` the third parties for which stubs answered. `file`
    has the `event`; "" for one that is made up, which a function may well refuse. `code` is how a test sends
    it; `below`: of a request, the status that its answer is below. `effects`: the tables in which it left one
    row, and the field that messages and rows have. `other_event`: the file of its name is for something else.
    """

    place: str
    name: str
    kind: str
    outcome: str
    why: str
    reached: tuple[str, ...]
    kept_from: tuple[str, ...]
    asked: tuple[str, ...]
    file: str
    event: Any
    code: str
    below: int = 0
    effects: tuple[tuple[str, str], ...] = ()
    other_event: bool = False

    def line(self) -> str:
        """One line for a terminal."""
        reached = "→ " + (", ".join(self.reached) or "stays there")
        told = f"{self.short}{self._advice()}" if self.why else reached
        return f"{self.outcome:<8} {self.name} ({self.kind})  {told}"

    @property
    def short(self) -> str:
        """The reason in one line: errors of states hold all of an input."""
        why = " ".join(self.why.split())
        return why if len(why) <= WHY_MAX else f"{why[:WHY_MAX]}…"

    @property
    def wants_event(self) -> bool:
        """Could a real event do better? Not where something lacks that no event would bring."""
        lacks = self.why.startswith((_WAITS, _UNANSWERED)) or any(told in self.why for told in _LACKS)
        return self.outcome != OK and not lacks

    def _advice(self) -> str:
        if not self.wants_event or self.file or self.outcome != UNKNOWN:
            return ""
        if self.other_event:
            return f"; the event is made up, as {EVENTS}/{self.place}.json has none for it: use another file"
        return f"; the event is made up, put a real one into {EVENTS}/{self.place}.json"


@dataclass(frozen=True)
class _Smoke:
    template: Path
    parameters: Mapping[str, str] | None
    events: Mapping[str, Any]
    stubs: Mapping[str, Any]
    ignore: Sequence[str]

    def candidates(self) -> list[tuple[str, str, int]]:
        """The kind and the logical id of each resource that takes events, and how many samples there are.

        Functions that have run by now make custom resources: CloudFormation calls them. Those of a schedule
        may have run, too, as a rate begins at once.
        """
        with Simulator() as cloud:
            app = self._deployed(cloud)
            ran = {event.subject for event in cloud.history().of("invocation")}
            makers = {
                place
                for place in ran
                if place not in app.types or not cloud.has_schedule(app.function(place).arn)
            }
            left_out = {*cloud.names.dead_letter_queues(), *_called(app), *makers}
            return [
                (kind, place, len(_samples(app, kind, place)))
                for kind, place in _taking(app)
                if place not in left_out
            ]

    def _deployed(self, cloud: Simulator) -> App:
        for host, answer in self.stubs.items():
            cloud.stub_http(host, answer)
        return cloud.deploy(self.template, parameters=self.parameters, ignore=self.ignore)

    def tried(self, kind: str, place: str, index: int) -> Tried:
        """The event named after the place; else the one that leads furthest: the made-up one, or another."""
        if place in self.events:
            named = self._try(kind, place, index, place)
            if named.event is not None:
                return named
        found = max((self._try(kind, place, index, file) for file in ("", *self.events)), key=_worth)
        return replace(found, other_event=place in self.events)

    def _try(self, kind: str, place: str, index: int, file: str) -> Tried:
        with Simulator() as cloud:
            app = self._deployed(cloud)
            begun = len(cloud.history())
            sample = _samples(app, kind, place)[index]
            event = _real(sample, self.events[file]) if file else sample.event
            refused = "" if event is not None else f"{file}.json holds no event for it"
            settled = False
            try:
                if event is not None:
                    sample.send(event)
            except (Unsupported, ValueError, ConnectionError, LookupError) as problem:
                refused = str(problem)
            try:
                settled = app.settle(within_seconds=FAILS_AFTER_SECONDS)
                if not settled and not _has_failed(cloud.history()):
                    settled = app.settle()
            except Unsupported as problem:
                refused = str(problem)
            history = cloud.history()
            effects = tuple(_effects(app, history))
        outcome, why = _judged(history, refused, settled, self.stubs, surely=sample.is_real or file == place)
        reached, kept_from = _reached(history, begun, place), _kept_from(history)
        asked = tuple(dict.fromkeys(host for _, host in _asked(history, self.stubs)))
        sent = event, sample.code, sample.below
        left = effects if outcome == OK else ()
        return Tried(place, sample.name, kind, outcome, why, reached, kept_from, asked, file, *sent, left)


def _real(sample: Sample, event: Any) -> Any | None:
    """What a sample sends of a real event; None if that is for something else, of whatever form."""
    try:
        return sample.real(event)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _worth(tried: Tried) -> tuple[int, int, bool]:
    works = 2 if tried.outcome == OK else int(tried.why.startswith(_WAITS))
    return works, len(tried.reached) * bool(works), bool(tried.file) and tried.event is not None


def smoke(
    template: Path,
    parameters: Mapping[str, str] | None = None,
    show: Callable[[str], object] = lambda text: None,
    stubs: Mapping[str, Any] | None = None,
    ignore: Sequence[str] = (),
) -> list[Tried]:
    """Try every entry point; `show` hears which is next. `stubs`: answers of third parties by their hosts;
    `ignore`: what is left out, as in `deploy`.

    Raises what a deployment does, and `EventError`.
    """
    events, unreadable = _events(template.parent / EVENTS)
    run = _Smoke(template, parameters, events, stubs or {}, ignore)
    tried = []
    candidates = run.candidates()
    for _, place, _ in candidates:
        if place in unreadable:
            raise EventError(unreadable[place])
    for number, (kind, place, count) in enumerate(candidates, 1):
        show(f"{number} of {len(candidates)}: {place} ({kind})")
        tried += [run.tried(kind, place, index) for index in range(count)]
    told = [each for each in tried if not _is_reached(each, tried)]
    named = Counter(each.name for each in told)
    return [
        replace(each, name=f"{each.place}, {each.name}") if named[each.name] > 1 else each for each in told
    ]


def _is_reached(one: Tried, tried: Sequence[Tried]) -> bool:
    """Does something else lead there? Of places that lead to each other the first is the entry point."""
    before = True
    for other in tried:
        if other.place == one.place:
            before = False
        elif one.place in _places(other) and (before or other.place not in _places(one)):
            return True
    return False


def _places(tried: Tried) -> set[str]:
    """What it reached or a filter kept it from, without the part of each: a table's stream is the table's."""
    return {name.partition(" ")[0] for name in (*tried.reached, *tried.kept_from)}


def _taking(app: App) -> Iterator[tuple[str, str]]:
    """The kind and the logical id of each resource that takes events."""
    for kind, handle in HANDLES.items():
        if issubclass(handle, TakesSamples):
            yield from ((kind, id_) for id_, type_ in app.types.items() if type_ in handle.types)
            yield from ((kind, name) for name, _ in handle.built_in)


def _called(app: App) -> Iterator[str]:
    """The logical ids of resources that a definition of the app calls: it makes their events."""
    texts = [
        handle.definition()
        for kind, place in _taking(app)
        if isinstance(handle := app.handle(kind, place), CallsOthers)
    ]
    for id_, created in app.resources.items():
        if any(created.arn in text or f'"{created.ref}"' in text for text in texts):
            yield id_


def _samples(app: App, kind: str, place: str) -> list[Sample]:
    handle = app.handle(kind, place)
    assert isinstance(handle, TakesSamples)
    different: dict[tuple[str, str], Sample] = {}
    for sample in handle.samples():  # two routes or rules may take the same event
        different.setdefault((sample.code, repr(sample.event)), sample)
    return list(different.values())


def _judged(
    history: History, refused: str, settled: bool, stubs: Mapping[str, Any], *, surely: bool
) -> tuple[str, str]:
    """The outcome, and why it isn't "ok". `surely`: the event is one for this place."""
    if unanswered := _unanswered(history):
        return UNKNOWN, unanswered
    failure = _first_failure(history, stubs) or refused
    lost = nothing_lost(history)
    if lost.value == "broken" and surely:
        return LOST, "; ".join([*lost.evidence[:1], failure] if failure else lost.evidence[:1])
    if not settled and not failure:
        return _unsettled(history)
    if failure := failure or failed_execution(history) or dead_letter(history):
        return FAILED if surely else UNKNOWN, failure
    if lost.value == "broken":
        return UNKNOWN, "; ".join(lost.evidence[:1])
    if _filtered_out(history):
        return UNKNOWN, f"{_FILTERED}{', '.join(_kept_from(history))}"
    return OK, ""


def _unsettled(history: History) -> tuple[str, str]:
    """It goes in circles, or waits for somebody or something for longer than a smoke test does."""
    moving = ", ".join(map(str, history.of("settled")[-1].data["moving"]))
    return (FAILED, moving) if moving.startswith(ENDLESS) else (UNKNOWN, f"{_WAITS}{moving}")


def _unanswered(history: History) -> str:
    """A third party that was asked: what an app does without its answer says little."""
    for function, host in asked_in_vain(history):
        return f"{_UNANSWERED}{host}, which {function} asks; give --stub-http {host}=200, or =FILE"
    return ""


def _has_failed(history: History) -> bool:
    return bool(_unanswered(history)) or next(failed_invocations(history), None) is not None


def _first_failure(history: History, stubs: Mapping[str, Any]) -> str:
    """The first invocation that failed, and what it had been told by a third party: that may be the cause."""
    for event, why in failed_invocations(history):
        hosts = [host for call, host in _asked(history, stubs) if call.cause == event.cause]
        told = f"; it had asked {hosts[-1]}, which answers {_shown(stubs[hosts[-1]])}" if hosts else ""
        return f"{why}{told}"
    return ""


def _asked(history: History, stubs: Mapping[str, Any]) -> Iterator[tuple[Event, str]]:
    """The requests to third parties, and the hosts for which stubs answer."""
    for call in history.of("call"):
        if (host := call.data["resource"]) in stubs:
            yield call, host


def _shown(answer: Any) -> str:
    """An answer for a third party in short."""
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    shown = f"{status} and " + ("no body" if body in ("", b"") else f"{body!r:.40}")
    return shown if body else f"{shown}: give --stub-http HOST=FILE for another one"


def _filtered_out(history: History) -> bool:
    """Did it pass no filter at all?"""
    fates = {path.fate for path in Ledger(history).paths()}
    return fates == {Fate.FILTERED}


def _reached(history: History, begun: int, place: str) -> tuple[str, ...]:
    """Where what came from `place` arrived: timers of the app's own do something meanwhile, too."""
    traces, _ = traces_of(history)
    found: dict[str, None] = {}
    for event in list(history)[begun:]:
        if place not in traces[event.seq].path.split():
            continue
        if event.kind in ("accepted", "invocation"):
            found[event.subject] = None
        elif event.kind == "arrived":
            found[str(event.data["target"])] = None
    found.pop(place, None)
    return tuple(found)


def _effects(app: App, history: History) -> Iterator[tuple[str, str]]:
    """The tables of which a claim holds that each message left one row, and its key: an attribute of the
    table's key if one will do, else another text of the rows, such as the order beside an id made up."""
    for id_ in (id_ for id_, type_ in app.types.items() if type_ in Table.types):
        table = app.table(id_)
        rows = [plain(row) for row in table.rows()]
        others = (name for row in rows for name, value in row.items() if isinstance(value, str))
        for key in dict.fromkeys((*table.key(), *others)):
            if rows and effects_once(history, id_, key=key, rows=rows).value == "holds":
                yield id_, key
                break


def _kept_from(history: History) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(event.data["target"]) for event in history.of("filtered")))


def _events(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Real events by the names of their files, and why a file holds none: it may be for another purpose."""
    found, unreadable = {}, {}
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found[file.stem] = json.loads(file.read_text())
        except (OSError, ValueError) as problem:
            unreadable[file.stem] = f"{file}: {problem}"
    return found, unreadable


def unused(template: Path, tried: Sequence[Tried]) -> list[str]:
    """The files beside a template whose events nothing used; one for a place that gets its events from others
    of the app is none of them."""
    return list(_unused(template, tried))


def _unused(template: Path, tried: Sequence[Tried]) -> dict[str, str]:
    """These files, and why nothing used each."""
    events, _ = _events(template.parent / EVENTS)
    used = {each.file for each in tried}.union(*map(_places, tried))
    places = {each.place for each in tried}
    return {
        f"{EVENTS}/{name}.json": f"it holds no event for {name}" if name in places else _UNUSED
        for name in events
        if name not in used
    }


def summary(template: Path, tried: Sequence[Tried]) -> list[str]:
    """Lines for a terminal."""
    lines = [f"{template}: {counted(len(tried), 'entry point')}"]
    lines += [each.line() for each in tried]
    lines += [f"{'unused':<8} {file}  {why}" for file, why in _unused(template, tried).items()]
    counts = {kind: sum(each.outcome == kind for each in tried) for kind in (OK, LOST, FAILED, UNKNOWN)}
    return [*lines, " · ".join(f"{count} {kind}" for kind, count in counts.items())]
