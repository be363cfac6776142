"""The fold of a history that was folded before, and has grown since.

Between the claims of a test little happens: what was claimed is noted, and states are looked at. Such events
change nothing of messages and invocations, so the fold goes on where it was.
"""

from __future__ import annotations

from harness.history.event import Event
from harness.history.fold import HANDLERS, Fold
from harness.history.store import History


def folded(history: History, earlier: Fold | None) -> Fold:
    """The fold of this history; `earlier` is that of its beginning, if there is one."""
    if earlier is None or history.places != earlier.history.places:
        return Fold(history)
    begun = len(earlier.history)
    if any(_matters(event, begun) for event in history[begun:]):
        return Fold(history)
    return earlier.longer(history)


def _matters(event: Event, begun: int) -> bool:
    """Can it change anything of messages and invocations, if what is before `begun` is known?"""
    if event.kind == "answer":
        return event.cause is None or event.cause < begun
    return event.kind in HANDLERS if event.kind != "call" else event.cause is not None
