"""The timeline of a message: its events from acceptance to its end, short and indented."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from harness.aws.rules.envelopes import said
from harness.history.calls import changed, is_about_another, runs_around
from harness.history.copies import GONE, Accepted, Copy, Fate, FunctionRun
from harness.history.event import Event
from harness.history.ledger import Ledger
from harness.history.wording import about
from harness.near import often

SHORT = 60
WIDTH_MAX = 80
LINES_MAX = 24
MIDDLE_MAX = 4
FAULT = "[fault:"
"""In the line of a fault."""

_GONE = ("expired", "dropped", "removed", "unheard", "left", "deduplicated")
_CALL = "      "
_STATE = f"{_CALL}state "
"""The states that an execution enters one after the other share a line."""

_REQUEST = re.compile(r"RequestId: \S+ (?:Error: )?")
"""Tells nobody anything in the middle of an error of Lambda's."""

Line = tuple[str, float | None]


def timeline_of(ledger: Ledger, copy: Copy) -> list[str]:
    """The events of a message, from its acceptance to its end; one line an event.

    It follows this copy, and the copies that a redelivery made of it. Times are virtual seconds since the
    run began.
    """
    return _aligned(_shortened(_Timeline(ledger, copy).lines()))


def name_of(message: Accepted) -> str:
    """A short name of a message: the beginning of its body, of an event the beginning of its detail."""
    return _short(said(message.body) if message.body is not None else message.key[1])


class _Timeline:
    """Selects the events of one message from a history, and words them."""

    def __init__(self, ledger: Ledger, copy: Copy) -> None:
        self._ledger = ledger
        self._copy = copy
        path = ledger.path(copy.origin, copy.meant_for)
        siblings = path.copies if path is not None else []
        lineages = [c for one in (copy, *siblings) for c in one.lineage]
        self._copies = {c.key: c for c in (*reversed(copy.lineage), *siblings, *lineages)}
        self._known = {seq: c for c in self._copies.values() for seq in c.seqs}
        self._invocations = {seq for c in self._copies.values() for seq in c.tried}
        self._waited_for: set[int | None] = set()
        self._hit = {event.cause for event in ledger.history.of("fault")}
        self._origin = copy.lineage[-1]
        accepted = ledger.accepted.get(self._origin.key)
        self._sent_by = None if accepted is None else ledger.history[accepted.seq].cause

    def lines(self) -> list[Line]:
        """All lines, with their times."""
        accepted = self._ledger.accepted.get(self._origin.key)
        if accepted is None:
            told: list[Line] = [(f"{self._origin.id} at {self._origin.place}", self._origin.began_at)]
        else:
            told = [(f"{name_of(accepted)}  accepted by {accepted.key[0]}", accepted.at)]
        for event in self._ledger.history:
            text = self._told(event)
            before, at = told[-1]
            if text.startswith(_STATE) and before.startswith(_STATE) and len(before) < SHORT:
                told[-1] = f"{before} → {text.removeprefix(_STATE)}", at
            elif text:
                told.append((text, event.at))
        return [*told, (self._ending(), self._copy.ended_at)]

    def _told(self, event: Event) -> str:
        """The line for an event; empty if the event isn't part of this timeline, or says nothing new."""
        if event.kind == "fault":
            return self._fault(event)
        if event.kind == "invocation-ended":
            return self._run_ended(event)
        if event.kind == "entered" and event.cause in self._invocations:
            return f"{_STATE}{event.data.get('state')}"
        if event.kind == "execution-ended" and event.cause in self._invocations:
            return "" if event.data.get("outcome") == "ok" else _ended(event, self._copies)
        if event.kind == "answer":
            return self._answer(event)
        if event.kind == "hop-failed":
            return self._hop_failed(event)
        copy = self._known.get(event.seq)
        return "" if copy is None else _here(event, copy)

    def _run_ended(self, event: Event) -> str:
        """The line for the end of a run; of one that another waits for, only if it failed."""
        if event.cause in self._invocations:
            return _ended(event, self._copies)
        runs = runs_around(self._ledger, event)
        is_mine = self._holds(runs) and not is_about_another(self._ledger, event, self._copies)
        return f"  {_ended(event, self._copies)}" if is_mine and runs[0].outcome != "ok" else ""

    def _holds(self, runs: Sequence[FunctionRun]) -> bool:
        """Did the last of these runs hold this message?"""
        return bool(runs) and runs[-1].event.seq in self._invocations

    def _answer(self, event: Event) -> str:
        """The line for a call that changed something for this message, or failed; a fault's own line tells of
        those that it hit, and those of a run tell of the call that waited for it."""
        runs = runs_around(self._ledger, event)
        if event.cause in self._hit or not self._holds(runs) or event.actor != runs[0].event.subject:
            return ""
        call = self._ledger.history[event.cause or 0]
        error = event.data.get("error")
        if not (error or changed(call)) or is_about_another(self._ledger, call, self._copies):
            return ""
        if call.seq in self._waited_for and not error:
            return ""
        self._waited_for.update(run.event.cause for run in runs[:-1])
        return f"{_CALL}{self._called(call, runs)}" + (f": {error}" if error else "")

    def _called(self, call: Event, runs: Sequence[FunctionRun]) -> str:
        """A call, with its actor if that isn't who held the message."""
        return about(call) if len(runs) < 2 else f"{call.actor} → {about(call)}"

    def _fault(self, event: Event) -> str:
        hit = None if event.cause is None else self._ledger.history[event.cause]
        if hit is None:
            return ""
        on_hop = hit.kind == "hop" and self._concerns(hit)
        sending = hit.seq == self._sent_by and event.data.get("what") == "lose-answer"
        in_state = hit.kind == "entered" and any((hit.subject, id) in self._copies for id in hit.messages)
        if not (self._struck(hit) or on_hop or sending or in_state):
            return ""
        where = f", state {hit.data['state']}" if in_state else ""
        runs = runs_around(self._ledger, hit)
        place = self._called(hit, runs) if hit.kind == "call" else f"{hit.subject}{where}"
        return f"{_CALL}{place}  {FAULT} {event.data.get('kind')}]"

    def _struck(self, hit: Event) -> bool:
        """Is it a run that this message was in, or a call of one?

        A call for another message of the batch isn't, if the batch was none the worse.
        """
        if hit.seq in self._invocations:
            return True
        runs = runs_around(self._ledger, hit)
        if hit.kind not in ("call", "invocation") or not self._holds(runs):
            return False
        return runs[0].outcome != "ok" or not is_about_another(self._ledger, hit, self._copies)

    def _hop_failed(self, event: Event) -> str:
        if not self._concerns(event):
            return ""
        after = ", though it had arrived" if event.data.get("applied") else ""
        return f"    {event.subject} failed: {event.data.get('error')}{after}"

    def _concerns(self, hop: Event) -> bool:
        """Does this delivery go to or come from a place where this message is?"""
        source, target = hop.data.get("source"), hop.data.get("target")
        if self._ledger.fold.fans_out(str(source)):
            places = {copy.place for copy in self._copies.values()} | {self._copy.meant_for}
            return target in places and self._origin.id in hop.messages
        return any((place, id) in self._copies for place in (source, target) for id in hop.messages)

    def _ending(self) -> str:
        copy = self._copy
        shouted = str(copy.fate).upper() if copy.fate in GONE else str(copy.fate)
        if copy.dead_letter and copy.fate is Fate.WAITING:
            shouted = f"a dead letter in {copy.place}"
        elif copy.lay_long:
            return f"    a dead letter in {copy.place} until it expired: {copy.why}"
        elif copy.dead_letter and copy.fate in GONE:
            shouted += f" in {copy.place}"
        why = copy.doubt or copy.why or self._waits_in()
        return f"    {shouted}" + (f": {why}" if why else "")

    def _waits_in(self) -> str:
        """The execution that still has it, and its state; empty if none has."""
        runs = [self._ledger.fold.invocations[seq] for seq in self._copy.tried]
        open_ones = [run.event for run in runs if run.event.kind == "execution" and run.outcome == "running"]
        if not open_ones:
            return ""
        run = open_ones[-1]
        states = [
            event.data["state"] for event in self._ledger.history.of("entered") if event.cause == run.seq
        ]
        return f"{run.subject} has not ended" + (f", it is in its state {states[-1]}" if states else "")


def _here(event: Event, copy: Copy) -> str:
    """The line for an event at the place of a copy."""
    if event.kind == "arrived" and not copy.on_its_way:
        again = " again" if event.data.get("copy") else ""
        return f"  → {copy.place}  {copy.id[:8]} arrived{again}"
    if event.kind == "filtered":
        return f"  → {copy.place}  {copy.why}"
    if event.kind == "received":
        count = event.data.get("counts", {}).get(copy.id)
        return f"    received by {event.actor}" + (f" (receive {count})" if count else "")
    if event.kind == "deleted":
        return f"    deleted by {event.actor}" + (", late" if event.data.get("late") else "")
    if event.kind == "timer":
        return f"    {event.data.get('what')}"
    if event.kind == "dead-lettered":
        return f"    to {event.data.get('to')}: {event.data.get('reason')}"
    if event.kind == "moved":
        return f"  moved to {event.data.get('to')}"
    if event.kind not in _GONE:
        return ""
    why = event.data.get("reason")
    return f"    {event.kind}: {why}" if why else f"    {event.kind}"


def _ended(event: Event, copies: dict[tuple[str, str], Copy]) -> str:
    outcome = event.data.get("outcome")
    if outcome == "ok":
        mine = {id for _, id in copies}
        failed = mine & set(event.data.get("failed") or ())
        return f"    {event.subject} {'reported it as failed' if failed else 'handled it'}"
    if outcome == "pending":
        return f"    {event.subject} has not ended: it goes on later"
    error = _REQUEST.sub("", str(event.data.get("error") or "").partition("\n")[0])
    return f"    {event.subject}: {outcome}" + (f": {_short(error)}" if error else "")


def _shortened(lines: list[Line]) -> list[Line]:
    """At most `LINES_MAX` lines, those of faults and those that stand there again before others; equal lines
    in a row become one, with their number."""
    counted: list[tuple[Line, int]] = []
    for line in lines:
        if counted and counted[-1][0][0] == line[0]:
            counted[-1] = (counted[-1][0], counted[-1][1] + 1)
        else:
            counted.append((line, 1))
    lines = [(text if count == 1 else f"{text}, {often(count)}", at) for (text, at), count in counted]
    if len(lines) <= LINES_MAX:
        return lines
    middle = _telling([text for text, _ in lines])
    for half in range(LINES_MAX // 2, 0, -1):
        ends = {*range(half), *range(len(lines) - half, len(lines))}
        kept = sorted([*ends, *[number for number in middle if number not in ends][:MIDDLE_MAX]])
        shown: list[Line] = []
        for before, number in pairwise([-1, *kept]):
            left_out = number - before - 1
            shown += [(f"    … {left_out} more …", None)] * bool(left_out) + [lines[number]]
        if len(shown) <= LINES_MAX + 1:
            break
    return shown


def _telling(texts: Sequence[str]) -> list[int]:
    """The numbers of the lines of faults, then of calls that are made again; of equal ones the first two."""
    calls = [text.partition("  [")[0] if text.startswith(_CALL) and ":" in text else "" for text in texts]
    times, seen = Counter(calls), Counter[str]()
    faults = [number for number, text in enumerate(texts) if FAULT in text]
    again = [number for number, call in enumerate(calls) if call and times[call] > 1]
    found = []
    for number in dict.fromkeys([*faults, *again]):
        seen[texts[number]] += 1
        found += [number] if seen[texts[number]] <= 2 else []
    return found


def _aligned(lines: list[Line]) -> list[str]:
    width = min(WIDTH_MAX, max(len(text) for text, _ in lines))
    return [text if at is None else f"{text:<{width}}  +{at:.3f}s" for text, at in lines]


def _short(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
