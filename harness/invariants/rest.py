"""Is a run at rest, so that what is missing now will not come any more?"""

from __future__ import annotations

from harness.history import Event, History
from harness.history.ledger import Ledger

_WORK = frozenset(("accepted", "hop", "invocation", "execution", "moved"))
_MOTION = frozenset(("received", "dead-lettered"))
"""Motion too, unless it is the test that looks into a queue."""


def unrest(history: History, ledger: Ledger) -> str:
    """Why the run can't be judged in the end yet; empty if it can."""
    hung = ledger.hung()
    return _still_runs(history, hung[0]) if hung else unsettled(history)


def effects_may_come(history: History, ledger: Ledger) -> str:
    """Why an effect that is missing may still come; empty if it doesn't.

    It doesn't from an execution that waits for an answer while nothing else moves, as it doesn't from a
    message that waits in a queue.
    """
    waits = all(_waits_at_rest(history, run) for run in ledger.hung())
    return unsettled(history) if waits else unrest(history, ledger)


def _still_runs(history: History, run: Event) -> str:
    if not _waits_at_rest(history, run):
        return f"{run.subject} hung or was still running: nobody knows what it has done"
    entered = [event for event in history.of("entered") if event.cause == run.seq]
    where = f" in its state {entered[-1].data['state']}" if entered else ""
    return f"{run.subject} waits{where} for an answer, and nothing moves that could give it"


def _waits_at_rest(history: History, run: Event) -> bool:
    return run.kind == "execution" and not unsettled(history)


def disturbed(history: History) -> str:
    """Why not even an invariant of the user's own can be taken for passed; empty if it can."""
    settled = history.of("settled")
    gave_up = bool(settled) and not settled[-1].data["settled"]
    hung = any(event.data.get("outcome") == "hung" for event in history.of("invocation-ended"))
    return unrest(history, Ledger(history)) if gave_up or hung else ""


def unsettled(history: History) -> str:
    """Why the run isn't at rest; empty if it is."""
    settled = history.of("settled")
    if not settled:
        return "the run was not settled: call settle() before judging it"
    last = settled[-1]
    if not last.data["settled"]:
        moving = ", ".join(dict.fromkeys(last.data.get("moving", ())))
        longer = "" if "not settle" in moving else "; settle(within_seconds=…) lets more than a day pass"
        return f"the run did not settle: still moving: {moving}{longer}"
    if any(_moves(event) for event in history[last.seq + 1 :]):
        return "something happened after the run had settled: call settle() once more"
    return ""


def _moves(event: Event) -> bool:
    return event.kind in _WORK or (event.kind in _MOTION and event.actor != "test")
