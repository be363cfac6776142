"""After the last fault, the work that it had disturbed was done in time."""

from __future__ import annotations

from harness.history import History
from harness.history.copies import GONE, Fate, Key, Path
from harness.history.ledger import Ledger
from harness.history.timeline import name_of
from harness.invariants.figures import above
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "recovered_within"
IDLE = "idle"
"""The class of evidence where no fault has acted."""

_ENDINGS = frozenset(("answer", "arrived", "hop-failed", "invocation-ended"))


def recovered_within(history: History, *, seconds: float) -> Verdict:
    """Every message that had been accepted when the last fault ended, and what functions sent on because of
    it, was done with `seconds` (virtual) later, redeliveries included, and none was lost. Dead letters are an
    end. O(n).

    A fault ends with the call, hop or invocation that it hit, and one that lasts for a window with its
    window. Holds in a run that was to have no fault; unknown if one was planned and none has acted, and if a
    message of the test waits in a queue from which nothing takes it: a consumer may be forgotten. A queue
    that an earlier claim has looked into for effects is one of results.
    """
    if not history.header.get("plan", {}).get("faults") and not history.of("fault"):
        return holds(NAME, 0, "no fault was planned, so there is nothing to recover from")
    ledger = Ledger(history)
    end = _end_of_faults(history)
    if end is None:
        return unknown(NAME, "no fault has acted, so there was nothing to recover from", kind=IDLE)
    concerned = _disturbed(history, ledger, end)
    disturbed = [path for path in ledger.paths() if path.message.key in concerned]
    lost = [path for path in disturbed if path.fate in GONE]
    late = [path for path in disturbed if path.fate not in GONE and _done_at(path) > end + seconds]
    if lost or late:
        kind, count = ("lost", len(lost)) if lost else ("late", len(late))
        why = f"{count} of {len(disturbed)} {kind}, with {seconds:g} s to recover"
        evidence = [f"{_told(path)}: lost" for path in lost]
        evidence += [
            f"{_told(path)}: {path.fate} after {above(_done_at(path) - end, seconds)} s" for path in late
        ]
        copies = [path.best for path in [*lost, *late]]
        return broken(NAME, kind, why, evidence, copies, len(disturbed))
    why = unrest(history, ledger)
    if why:
        return unknown(NAME, why)
    waits = _waits(history, disturbed)
    if waits is not None:
        return waits
    took = max((_done_at(path) - end for path in disturbed), default=0.0)
    return holds(NAME, len(disturbed), f"recovered after {max(took, 0.0):.1f} s")


def _waits(history: History, disturbed: list[Path]) -> Verdict | None:
    """The verdict if any still waits for somebody to take it."""
    waiting = [path for path in disturbed if path.fate is Fate.WAITING]
    stuck = [path for path in waiting if _is_consumed(history, path)]
    if stuck:
        why = f"{len(stuck)} of {len(disturbed)} still wait in a queue that is at rest"
        return broken(NAME, "stuck", why, map(_told, stuck), [path.best for path in stuck], len(disturbed))
    results = {event.subject for event in history.of("state")}
    stray = [
        path
        for path in waiting
        if path.message.outside
        and path.best.place not in results
        and not history.place(path.best.place).dead_letters
    ]
    if stray:
        why = (
            f"{len(stray)} of {len(disturbed)} wait in {stray[0].best.place}, from which nothing takes them; "
            "if they are results, claim effects_once there first"
        )
        return unknown(NAME, why, map(_told, stray), [path.best for path in stray])
    return None


def _disturbed(history: History, ledger: Ledger, end: float) -> set[Key]:
    """The messages that were there when the faults ended, and those that came of them."""
    invocations = history.fold.invocations
    found: set[Key] = set()
    for message in ledger.accepted.values():
        held = invocations[message.sent_by].held if message.sent_by is not None else ()
        if message.at <= end or any(copy.origin in found for copy in held):
            found.add(message.key)
    return found


def _is_consumed(history: History, path: Path) -> bool:
    """Is it somewhere where messages are to be taken from?"""
    return path.consumed or history.place(path.best.place).consumed


def _end_of_faults(history: History) -> float | None:
    """The end of the last fault; None if none has acted."""
    faults = history.of("fault")
    if not faults:
        return None
    hit = {event.cause for event in faults}
    ends = [event.at for event in history if event.kind in _ENDINGS and event.cause in hit]
    last: float = history[-1].at
    windows = [min(float(fault.data.get("until") or 0.0), last) for fault in faults]
    return max((*(fault.at for fault in faults), *ends, *windows))


def _done_at(path: Path) -> float:
    return path.ended_at if path.ended_at is not None else 0.0


def _told(path: Path) -> str:
    return f"{name_of(path.message)} at {path.place}"
