"""Task tokens: tasks that wait until somebody says how they ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.faults.active import Hit
from harness.sim.activities import Signal


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The end of a task as its worker reports it: an output, or an error."""

    output: Any = None
    text: str = ""
    failed: bool = False
    error: str | None = None
    cause: str | None = None


@dataclass(slots=True)
class Waiting:
    """A task that waits for its token. `worker` has taken it, if it is an activity's. `lost`: by the fault
    that keeps from it what is sent with the token."""

    token: str
    input: str = ""
    reported: TaskReport | None = None
    heard_at: float = 0.0
    taken: bool = False
    worker: str | None = None
    over: bool = False
    lost: Hit | None = None
    on_taken: Callable[[], object] = field(default=lambda: None)
    changed: Signal = field(default_factory=Signal)
