"""The outcome of a run: its history and its verdicts, in short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.aws.rules.envelopes import said
from harness.faults.places import PlacedFault, all_pass
from harness.faults.points import Point
from harness.faults.sites import TEST
from harness.history import Event, History
from harness.history.copies import Copy as HistoryCopy
from harness.history.copies import Fate
from harness.history.ledger import Ledger
from harness.history.timeline import name_of
from harness.plan import Plan

Status = Literal["recovered", "dead-lettered", "broken", "unknown", "not reached"]

Reason = tuple[str, str]
"""Why a run failed: the invariant, and the class of evidence. Two failures are the same only if it is."""

Copy = tuple[str, str]
"""A message at one place: the place, and its id there."""


Steps = tuple[tuple[str, int], ...]
"""The changes that functions made: the call site, and how many of its calls were applied."""

DeadLetter = tuple[str, str]
"""A message in a dead-letter queue: the queue, and the message as people know it."""

Refusal = tuple[str, str]
"""A message that the app refused, and told so whoever asked: the place with the reason, and the message."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one run.

    `invariant` and `evidence` (its class) say why it failed, `why` says it in words; `concerned` are the
    messages that the evidence names. `hits` are the events that each fault of the plan hit first (None: it
    never acted). `history` is there where it was asked for, and so is `reached`: the points that its first
    fault can still meet. `dead_letters` are those that were there in the end, `bystanders` those of them that
    no fault was about, `refused` the messages that the app refused for good, `steps` the changes that
    functions made. `seconds` is the virtual time that the run took.
    """

    plan: Plan
    status: Status
    invariant: str = ""
    evidence: str = ""
    why: str = ""
    concerned: tuple[Copy, ...] = ()
    hits: tuple[int | None, ...] = ()
    seconds: float = 0.0
    history: History | None = None
    reached: tuple[Point, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    bystanders: tuple[DeadLetter, ...] = ()
    refused: tuple[Refusal, ...] = ()
    steps: Steps = ()

    @property
    def ended_well(self) -> bool:
        """Recovered, or nothing worse than a dead letter."""
        return self.status in ("recovered", "dead-lettered")

    @property
    def failed(self) -> bool:
        """Broken or unknown: it can't be taken for recovered."""
        return self.status in ("broken", "unknown")

    @property
    def reason(self) -> Reason:
        """Why it failed."""
        return self.invariant, self.evidence

    def without_history(self) -> Outcome:
        """The same, small: what a campaign keeps of thousands."""
        return replace(self, history=None)


def hits_of(history: History, plan: Plan) -> tuple[int | None, ...]:
    """The event that each fault of the plan hit first; the plan's faults come first in a run."""
    first: dict[int, int] = {}
    for event in history.of("fault"):
        first.setdefault(int(event.data["fault"]), event.seq if event.cause is None else event.cause)
    return tuple(first.get(index) for index in range(len(plan.faults)))


def hits_on_test(history: History, plan: Plan) -> Event | None:
    """A call of the test itself that a fault of the plan made fail; None if there is none."""
    for event in history.of("fault"):
        hit: Event | None = None if event.cause is None else history[event.cause]
        ours = int(event.data["fault"]) < len(plan.faults)
        refused = event.data.get("what") in ("refuse", "lose-request")
        if ours and refused and hit is not None and hit.kind == "call" and hit.actor == "test":
            return hit
    return None


def dead_letters_of(history: History) -> tuple[DeadLetter, ...]:
    """The messages that are in dead-letter queues in the end."""
    ledger = Ledger(history)
    return tuple(_dead_letter(ledger, copy) for copy in ledger.dead_letters())


def bystanders_of(history: History, plan: Plan) -> tuple[DeadLetter, ...]:
    """Dead letters of messages that no fault of the plan which stays is about, and that were never tried but
    together with one that it is about: a batch that fails as a whole.

    None if such a fault is about no message in particular.
    """
    stays = {index for index, fault in enumerate(plan.faults) if not all_pass([fault])}
    events = [event for event in history.of("fault") if event.data["fault"] in stays]
    if not events or not all(event.messages for event in events):
        return ()
    ledger = Ledger(history)
    hit = {key for event in events for key in _keys(history, event)}
    runs = ledger.fold.invocations.items()
    with_it = {seq for seq, run in runs if any(copy.key in hit for copy in run.held)}
    found = []
    for copy in ledger.dead_letters():
        tried = {seq for each in copy.lineage for seq in each.tried}
        if tried and tried <= with_it and not _came_of(ledger, copy, hit):
            found.append(_dead_letter(ledger, copy))
    return tuple(found)


def left_undone(history: History, plan: Plan) -> DeadLetter | None:
    """The dead letter of work that the plan broke off half-way; None if it has been taken up again."""
    breaking = {
        index
        for index, fault in enumerate(plan.faults)
        if isinstance(fault, PlacedFault) and fault.leaves_undone
    }
    struck = (event for event in history.of("fault") if event.data["fault"] in breaking)
    causes = [cause for event in struck for cause in history.causes(event)]
    broken_off = {
        (cause.subject, message)
        for cause in causes
        if cause.kind == "execution"
        for message in cause.messages
    }
    ledger = Ledger(history)
    left = (copy for copy in ledger.dead_letters() if any(each.key in broken_off for each in copy.lineage))
    return next((_dead_letter(ledger, copy) for copy in left), None)


def _dead_letter(ledger: Ledger, copy: HistoryCopy) -> DeadLetter:
    accepted = ledger.accepted.get(copy.origin)
    return copy.place, copy.id if accepted is None else name_of(accepted)


def _keys(history: History, fault: Event) -> Iterator[Copy]:
    """The messages that a fault is about, at all places that they may be at."""
    hit = fault if fault.cause is None else history[fault.cause]
    places = {hit.subject, hit.data.get("source"), hit.data.get("target")}
    return ((str(place), message) for place in places for message in fault.messages)


def _came_of(ledger: Ledger, last: HistoryCopy, hit: set[Copy]) -> bool:
    """Is it one of these messages, or did one of them lead to it?"""
    waiting, seen = [last], set[Copy]()
    while waiting:
        for each in waiting.pop().lineage:
            if each.key in hit:
                return True
            message = ledger.accepted.get(each.key)
            if message is not None and message.sent_by is not None and message.key not in seen:
                seen.add(message.key)
                waiting += ledger.fold.invocations[message.sent_by].held
    return False


def refused_of(history: History) -> tuple[Refusal, ...]:
    """The messages that a Fail state ended, or of which the client or starter was told that they failed,
    unless the same was sent there again and applied."""
    ledger = Ledger(history)
    purged = ledger.of(Fate.PURGED)
    if not purged:
        return ()
    applied = [(path.place, said(path.message.body)) for path in ledger.of(Fate.APPLIED)]
    found = []
    for path in purged:
        ends = [history[seq] for seq in path.best.seqs if history[seq].kind == "purged"]
        if ends and ends[-1].actor != TEST and (path.place, said(path.message.body)) not in applied:
            found.append((f"{path.place}: {path.why}", name_of(path.message)))
    return tuple(found)


def more_than(found: Sequence[DeadLetter], control: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Dead letters in queues that hold more of them than in the control run; new ones first."""
    here, there = (Counter(place for place, _ in dead) for dead in (found, control))
    more = [dead for dead in found if here[dead[0]] > there[dead[0]]]
    return sorted(more, key=lambda dead: dead in control)
