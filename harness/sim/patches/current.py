"""The code that runs now: its activity, and the simulated process that it is part of."""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from greenlet import getcurrent, greenlet

from harness.sim.activities import Killed, Signal, Task
from harness.sim.kernel import Kernel
from harness.sim.patches.patching import DEBUGGERS

if TYPE_CHECKING:
    from harness.sim.sandbox.invocation import RunningHandler

real_ident = _thread.get_ident

TICK_SECONDS = 1e-6
"""The smallest step of time: a shorter wait could be lost in the kernel's float of epoch seconds, and code
that waits again for the rest would do so for ever."""

STUBBORN = 1000
"""An activity that survives so many attempts to end it is parked for good."""


class SimulatedProcess(Protocol):
    """The simulated process of an activity, as the replacements see it."""

    name: str
    dead: bool
    frozen: bool
    thawed: Signal
    thread: threading.Thread
    invocation: RunningHandler | None
    finalizers: list[Any]
    children: list[Any]
    processors: int
    terminal: Any

    def real_path(self, path: str) -> str:
        """The path on this machine for a path of this process."""

    def looked_at(self, path: str) -> None:
        """The times of a file of this machine are asked for."""

    def shown_folder(self, folder: str) -> str:
        """The name that this process has for a folder of this machine."""

    def for_children(self, given: Mapping[str, str]) -> dict[str, str]:
        """The variables of a process that this one starts."""

    def began(self, task: Task) -> None:
        """A thread of this process starts."""

    def ended(self, task: Task) -> None:
        """A thread of this process is over."""

    def move(self, zone: str) -> None:
        """This process is in another time zone from now on."""

    def exit(self, how: str) -> None:
        """This process is over: `how` it ended, in Lambda's words."""

    def note(self, text: str) -> None:
        """The simulator has something to say in the log of this process."""

    def complain(self, thread: threading.Thread) -> None:
        """A thread of this process ended by an exception."""


class Activity:
    """One activity: its simulated process (None: the test's) and its thread."""

    __slots__ = ("process", "refused", "task", "thread", "waits_for")

    def __init__(self, process: SimulatedProcess | None, thread: threading.Thread) -> None:
        self.process = process
        self.thread = thread
        self.task: Task | None = None
        self.refused = 0
        self.waits_for: str | None = None

    def take(self, task: Task) -> None:
        """From now on, `task` acts here."""
        self.task = task
        task.owner = self


class _State:
    __slots__ = ("activity", "kernel", "open_children", "pid", "thread_ident")

    def __init__(self) -> None:
        self.kernel: Kernel | None = None
        self.activity: Activity | None = None
        self.thread_ident = 0
        self.open_children = False
        self.pid = 0


state = _State()


def acting() -> Kernel | None:
    """The kernel, if one of its activities runs this code."""
    kernel = state.kernel
    if kernel is None or not kernel.inside or ("pydevd" in sys.modules and asked_by_debugger()):
        return None
    return kernel


def activity() -> Activity | None:
    """The running activity; None for the test itself and for the cloud's own."""
    return None if acting() is None else state.activity


def process() -> SimulatedProcess | None:
    """The simulated process that runs this code, if one does."""
    running = activity()
    return None if running is None else running.process


def activity_of(task: Task) -> Activity | None:
    """The activity that `task` runs. Tasks inherit the owner of their maker, which is not theirs."""
    owner = task.owner
    return owner if type(owner) is Activity and owner.task is task else None


_WAYS = frozenset({"harness", *sys.stdlib_module_names})
"""Top-level modules by which a debugger waits and asks for threads; none of them is code that is debugged."""


def asked_by_debugger() -> bool:
    """Does a debugger call that has stopped the code? It waits for a human, in real time."""
    if "pydevd" not in sys.modules:
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name.startswith(DEBUGGERS):
            return True
        if name.partition(".")[0] not in _WAYS:
            return False
        frame = frame.f_back
    return False


def in_simulator_thread() -> bool:
    """Does this code run in the OS thread that a simulator uses?"""
    return state.kernel is not None and real_ident() == state.thread_ident


def sleep(kernel: Kernel, seconds: float) -> None:
    """Let virtual time pass for the running activity; the dead and the frozen don't return."""
    if 0 < seconds < TICK_SECONDS:
        seconds = TICK_SECONDS
    activity = state.activity
    if activity is None or activity.process is None:
        kernel.sleep(seconds)
        return
    check_alive()
    kernel.sleep(seconds)
    _stay_frozen(kernel, activity)


def idle(kernel: Kernel, seconds: float) -> None:
    """Let virtual time pass for an activity that waits for what may never come: nobody settles for it."""
    task = kernel.current
    before, task.background = task.background, True
    try:
        sleep(kernel, seconds)
    finally:
        task.background = before


def wait(kernel: Kernel, signal: Signal, timeout_seconds: float | None = None) -> bool:
    """Wait for a signal. False: the time was up first."""
    if timeout_seconds is not None and 0 < timeout_seconds < TICK_SECONDS:
        timeout_seconds = TICK_SECONDS
    activity = state.activity
    if activity is None or activity.process is None:
        return kernel.wait(signal, timeout_seconds)
    check_alive()
    woken = kernel.wait(signal, timeout_seconds)
    _stay_frozen(kernel, activity)
    return woken


def check_alive() -> None:
    """Raise `Killed` in an activity whose process has died, however often it catches it."""
    activity = state.activity
    if activity is None or activity.process is None or not activity.process.dead:
        return
    activity.refused += 1
    if activity.refused > STUBBORN:
        _park_for_ever()
    raise Killed(f"{activity.process.name}: this environment is gone")


_parked: list[greenlet] = []
"""Kept, as the end of a greenlet is one more exception to be thrown into it."""


def _park_for_ever() -> None:
    _parked.append(getcurrent())
    while True:
        with contextlib.suppress(BaseException):
            getcurrent().parent.switch()


def _stay_frozen(kernel: Kernel, activity: Activity) -> None:
    """Between two invocations an environment stands still, its threads included."""
    process = activity.process
    while process is not None and process.frozen:
        kernel.wait(process.thawed)
    check_alive()
