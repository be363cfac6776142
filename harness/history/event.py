"""One thing that happened in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from harness.frozen import making, quickly_made

KINDS = (
    "call",
    "answer",
    "accepted",
    "deduplicated",
    "unheard",
    "left",
    "hop",
    "arrived",
    "hop-failed",
    "filtered",
    "received",
    "hidden",
    "deleted",
    "kept",
    "dead-lettered",
    "expired",
    "purged",
    "removed",
    "dropped",
    "moved",
    "invocation",
    "invocation-ended",
    "execution",
    "entered",
    "execution-ended",
    "timer",
    "fault",
    "state",
    "settled",
    "expectation",
)
"""Every kind of event; `docs/reference/history.md` says what each one carries."""


@final
@quickly_made
@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: what, when, to which messages, and because of what.

    `at` is in virtual seconds since the run began. `cause` is the `seq` of the event that led here.
    """

    seq: int
    at: float
    kind: str
    cause: int | None
    actor: str
    subject: str
    messages: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


make_event = making(Event)
