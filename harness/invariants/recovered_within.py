"""After the last fault, the work that it had disturbed was done in time."""

from __future__ import annotations

from harness.history import History
from harness.history.copies import GONE, Fate, Path
from harness.history.ledger import Ledger
from harness.history.life import name_of
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown

NAME = "recovered_within"

_ENDINGS = frozenset(("answer", "arrived", "hop-failed", "invocation-ended"))


def recovered_within(history: History, *, seconds: float) -> Verdict:
    """Every message that had been accepted when the last fault ended was done with `seconds` (virtual) later,
    redeliveries included, and none was lost. Dead letters are an end. O(n).

    A fault ends with the call, hop or invocation that it hit, and one that lasts for a window with its
    window. Unknown if no fault has acted: there was nothing to recover from.
    """
    ledger = Ledger(history)
    end = _end_of_faults(history)
    if end is None:
        return unknown(NAME, "no fault has acted, so there was nothing to recover from")
    disturbed = [path for path in ledger.paths() if path.message.at <= end]
    lost = [path for path in disturbed if path.fate in GONE]
    late = [path for path in disturbed if path.fate not in GONE and _done_at(path) > end + seconds]
    if lost or late:
        kind, count = ("lost", len(lost)) if lost else ("late", len(late))
        why = f"{count} of {len(disturbed)} {kind}, with {seconds:g} s to recover"
        evidence = [f"{_told(path)}: lost" for path in lost]
        evidence += [f"{_told(path)}: {path.fate.value} after {_done_at(path) - end:.1f} s" for path in late]
        copies = [path.best for path in [*lost, *late]]
        return broken(NAME, kind, why, evidence, copies, len(disturbed))
    why = unrest(history, ledger)
    if why:
        return unknown(NAME, why)
    stuck = [path for path in disturbed if path.fate is Fate.WAITING and path.consumed]
    if stuck:
        why = f"{len(stuck)} of {len(disturbed)} still wait in a queue that is at rest"
        return broken(NAME, "stuck", why, map(_told, stuck), [path.best for path in stuck], len(disturbed))
    took = max((_done_at(path) - end for path in disturbed), default=0.0)
    return holds(NAME, len(disturbed), f"recovered after {max(took, 0.0):.1f} s")


def _end_of_faults(history: History) -> float | None:
    """When the last fault was over; None if none has acted."""
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
