"""The activities of a run, and what they wait for: tasks, timers and signals.

The kernel runs them; see `harness.sim.kernel`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from harness.sim.skew import Skew

if TYPE_CHECKING:
    from harness.sim.kernel import Kernel


class Killed(BaseException):
    """Thrown into an activity that must end now. Not an `Exception`: nothing should survive it."""


class Deadlock(RuntimeError):
    """Somebody waits for something that can't happen any more."""


class Timer:
    """An action that is due at a moment. Background timers don't keep a run from being settled.

    `planned` is its number on the agenda; 0: it was done or cancelled.
    """

    __slots__ = ("_act", "_context", "_moves", "background", "due", "name", "planned")

    def __init__(self, due: float, act: Callable[[], object], background: bool, name: str) -> None:
        self.due = due
        self.background = background
        self.name = name
        self._act = act
        self._context = copy_context()
        self.planned = 0
        self._moves = False


class Signal:
    """Wakes everyone who waits for it. It remembers nothing: check the state, then wait, then check again."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[Kernel, Task]] = []

    def notify(self) -> None:
        """Wake all who wait now."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for kernel, task in waiting:
                kernel._wake(task)

    def _forget(self, task: Task) -> None:
        self._waiting = [entry for entry in self._waiting if entry[1] is not task]


class Task:
    """An activity: a function in a greenlet, which it keeps until it has ended.

    `owner` is for the use of the spawner; a task inherits it from the task that spawned it. `bare`: it
    runs only the cloud's own code, which needs none of a function's surroundings.
    """

    __slots__ = (
        "_context",
        "_done",
        "_error",
        "_greenlet",
        "_kernel",
        "_moves",
        "_run",
        "_waits_for",
        "_woken",
        "background",
        "bare",
        "ended",
        "error",
        "name",
        "owner",
        "planned",
        "result",
        "skew",
    )

    def __init__(
        self, kernel: Kernel, name: str, owner: Any, run: Callable[[], object] | None = None
    ) -> None:
        self._kernel = kernel
        self._run = run
        self._context = copy_context()
        self._greenlet: greenlet | None = None
        self.planned = 0
        self._moves = False
        self._woken = False
        self._error: BaseException | None = None
        self._waits_for: Signal | None = None
        self.name = name
        self.owner = owner
        self.background = False
        self.bare = False
        self._done: Signal | None = None
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.skew: Skew | None = None

    @property
    def done(self) -> Signal:
        """The signal of its end. It is made on demand, because few tasks are waited for."""
        if self._done is None:
            self._done = Signal()
        return self._done

    def kill(self, error: BaseException | None = None) -> None:
        """End it at the point where it yielded, by throwing `error` (`Killed` if none) there."""
        self._kernel._kill(self, error or Killed(f"{self.name} was ended"))

    def join(self, timeout_seconds: float | None = None) -> bool:
        """Wait until it has ended. False: the time was up."""
        if not self.ended:
            self._kernel.wait(self.done, timeout_seconds)
        return self.ended
