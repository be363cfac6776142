"""Explains a failing run: the timeline of the message concerned, and the first step that is different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.aws import Does
from harness.aws.rules.envelopes import said
from harness.explore.outcome import Outcome
from harness.explore.overlap import overlap
from harness.faults.sites import TEST
from harness.history import Event, History
from harness.history.calls import is_about_another, runs_around
from harness.history.copies import Copy, Key
from harness.history.ledger import Ledger
from harness.history.places import ASYNC_QUEUE
from harness.history.timeline import FAULT, timeline_of

DUPLICATED = "duplicated"

_STEPS = frozenset(("call", "hop", "invocation", "accepted", "received", "dead-lettered", "dropped", "moved"))


class _Step(NamedTuple):
    """An event, as far as one message has to do with it; `what` is the same without ids and times."""

    what: tuple[object, ...]
    event: Event


@dataclass(frozen=True)
class Explanation:
    """The explanation of a failing run. `history` is the hash of its history, which a replay must have again;
    `overlap` is of a control run: the calls of two invocations that met at one row. `run` is the history
    itself."""

    timeline: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    history: str = ""
    overlap: tuple[str, ...] = ()
    run: History | None = field(default=None, repr=False, compare=False)


def explain(outcome: Outcome, control: History | None) -> Explanation:
    """Explain an outcome that has its history. Without a control run, nothing is said of where they part."""
    if outcome.history is None:
        return Explanation()
    if control is None and not outcome.plan.faults:
        met = overlap(outcome.history, [message for _, message in outcome.concerned])
        lines = tuple(timeline_lines(outcome.history, outcome))
        return Explanation(lines, (), outcome.history.hash(), tuple(met), outcome.history)
    return Explanation(
        tuple(timeline_lines(outcome.history, outcome)),
        tuple(parting(outcome.history, control)) if control is not None else (),
        outcome.history.hash(),
        run=outcome.history,
    )


def timeline_lines(history: History, outcome: Outcome) -> list[str]:
    """The timeline of the message that the evidence names, and of the one that duplicates it, if that was
    sent anew. That of one that a fault hit, if there is no other, or if no other shows a fault."""
    ledger, known = Ledger(history), history.fold.copies
    named = [known[key] for key in outcome.concerned if key in known]
    hit = _hit(ledger, outcome, {copy.origin for copy in named})
    before = {copy.origin for copy in _led_to(ledger, hit[:1])}
    named.sort(key=lambda copy: copy.origin not in before)
    copies = [_at_its_end(ledger, copy) for copy in named or hit]
    shown = copies[:1]
    if outcome.evidence == DUPLICATED or not named:
        shown += [copy for copy in copies[1:] if _is_sent_anew(ledger, copy, copies[0])][:1]
    lines = [line for copy in shown for line in timeline_of(ledger, copy)]
    if hit and not any(FAULT in line for line in lines):
        struck = _at_its_end(ledger, hit[0])
        paths = [(copy.origin, copy.meant_for) for copy in shown]
        lines += timeline_of(ledger, struck) if (struck.origin, struck.meant_for) not in paths else ()
    return lines


def _at_its_end(ledger: Ledger, copy: Copy) -> Copy:
    """Of a copy that was given to several places, the one with the worst end; of one that was moved, as by a
    redrive, the last one."""
    if not ledger.fold.fans_out(copy.place):
        path = ledger.path(copy.origin, copy.meant_for)
        return copy if path is None else path.best
    paths = [path for path in ledger.paths() if path.message.key == copy.origin]
    return max(paths, key=lambda path: path.badness).best if paths else copy


def _is_sent_anew(ledger: Ledger, copy: Copy, first: Copy) -> bool:
    """Is it another message at the same place? What is concerned with it is of one value of the key."""
    one, two = ledger.accepted.get(copy.origin), ledger.accepted.get(first.origin)
    return one is not None and two is not None and one is not two and copy.meant_for == first.meant_for


def _hit(ledger: Ledger, outcome: Outcome, named: Collection[Key]) -> list[Copy]:
    """The copies that the faults of the plan hit, those first to which one of these messages led."""
    count = len(outcome.plan.faults)
    causes = [event.cause for event in ledger.history.of("fault") if int(event.data["fault"]) < count]
    seqs = dict.fromkeys([*outcome.hits, *causes])
    copies = [copy for seq in seqs if seq is not None for copy in _held(ledger, ledger.history[seq])]
    found = list(dict.fromkeys(copies))
    found.sort(key=lambda copy: not any(each.origin in named for each in _led_to(ledger, [copy])))
    return found


def _held(ledger: Ledger, event: Event) -> list[Copy]:
    """The copies that a call, delivery or invocation had to do with."""
    if event.kind == "call" and event.actor == TEST:
        return _sent(ledger, event)
    around = ledger.fold.invocation_around(event)
    if around is not None and not event.messages:
        held = runs_around(ledger, event)[-1].held
        return [copy for copy in held if not is_about_another(ledger, event, [copy.key])] or list(held)
    source = str(event.data.get("source") or event.subject).removesuffix(ASYNC_QUEUE)
    target, known = str(event.data.get("target")), ledger.fold.copies
    keys = [(source, message) for message in event.messages]
    origins = [known[key].origin if key in known else key for key in keys]
    paths = [ledger.path(origin, target) for origin in origins]
    if any(paths):
        return [path.best for path in paths if path is not None]
    places = [source, event.subject, target]
    found = [known.get((place, message)) for place in places for message in event.messages]
    return [copy for copy in found if copy is not None]


def _led_to(ledger: Ledger, copies: Sequence[Copy]) -> list[Copy]:
    """These copies, and those that the functions held which sent them."""
    found, waiting = list[Copy](), list(copies)
    while waiting:
        copy = waiting.pop()
        if copy not in found:
            found.append(copy)
            message = ledger.accepted.get(copy.origin)
            if message is not None and message.sent_by is not None:
                call = ledger.history[message.seq]
                held = runs_around(ledger, call)[-1].held
                waiting += [each for each in held if not is_about_another(ledger, call, [each.key])]
    return found


def _sent(ledger: Ledger, call: Event) -> list[Copy]:
    """What a call sent, and what was sent there with the same words, as a client does that got no answer."""
    messages, history = ledger.accepted.values(), ledger.history
    ours = [message for message in messages if history[message.seq].cause == call.seq]
    sent = [(message.key[0], said(message.body)) for message in ours]
    alike = [message.key for message in messages if (message.key[0], said(message.body)) in sent]
    return [history.fold.copies[key] for key in alike if key in history.fold.copies]


def parting(history: History, control: History) -> list[str]:
    """The first step of this run that the control run doesn't have, and the first of that which this one
    lacks, ids and times apart. One line each; none if they never part.

    What follows takes its turns otherwise, so steps that both have count only where all are the same: then
    it is told where their order differs.
    """
    ours, theirs = list(_steps(history)), list(_steps(control))
    mine = _first_beyond(ours, _counted(theirs))
    before = _counted(ours if mine is None else ours[: ours.index(mine)])
    other = _first_beyond(theirs, before, _counted(theirs) - _counted(ours))
    if mine is None and other is None:
        pairs = zip(ours, theirs, strict=True)
        mine, other = next(((one, two) for one, two in pairs if one.what != two.what), (None, None))
        if mine is None:
            return []
    goes_on = bool(_counted(theirs) - before)
    as_many = 0 if mine is None else _counted(theirs)[mine.what]
    lacks = goes_on and other is None and as_many > 0
    theirs_told = f"only {as_many} of these" if lacks else _told(other, control, goes_on=goes_on)
    return [f"this run:    {_told(mine, history, goes_on=False)}", f"control run: {theirs_told}"]


def _counted(steps: Sequence[_Step]) -> Counter[tuple[object, ...]]:
    return Counter(step.what for step in steps)


def _first_beyond(
    steps: Sequence[_Step],
    known: Counter[tuple[object, ...]],
    wanted: Counter[tuple[object, ...]] | None = None,
) -> _Step | None:
    """The first step that comes more often than it is known, if it is one of those that are wanted."""
    left = known.copy()
    for step in steps:
        left[step.what] -= 1
        if left[step.what] < 0 and (wanted is None or step.what in wanted):
            return step
    return None


def _steps(history: History) -> Iterator[_Step]:
    """The steps of the app, one for each message: batches are made as messages happen to come.

    What the test looks at, it may look at whatever happened before.
    """
    for event in history:
        if event.kind in _STEPS and not _is_look(event):
            counts = event.data.get("counts") or {}
            for message in event.messages or ("",):
                about = event.kind, event.actor, event.subject, event.data.get("attempt")
                yield _Step((*about, counts.get(message)), event)


def _is_look(event: Event) -> bool:
    return event.kind == "call" and event.actor == TEST and event.data["does"] == Does.READS


def _told(step: _Step | None, history: History, *, goes_on: bool) -> str:
    """A step of a run, or that it has none like that of the other run; `goes_on`: but others."""
    if step is None:
        ended_at = history[-1].at if len(history) else 0.0
        return "no such step" if goes_on else f"nothing more (ended at +{ended_at:.3f}s)"
    event = step.event
    attempt = event.data.get("attempt")
    again = f" (attempt {attempt})" if isinstance(attempt, int) and attempt > 1 else ""
    counts = max((event.data.get("counts") or {}).values(), default=1)
    again += f" (receive {counts})" if counts > 1 else ""
    what = event.subject if event.kind in ("call", "hop") else f"{event.subject} {event.kind}"
    actor = f"{event.actor} → " if event.kind == "call" else ""
    by = f" by {event.actor}" if event.kind == "received" else ""
    return f"+{event.at:.3f}s  {actor}{what}{by}{again}"
