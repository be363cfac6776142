"""Stops a handler that computes for ever without yielding.

A thread of real time asks, by a signal, the thread of the simulator to look at itself. So does a timer of
the system that counts the processor's time: the thread can't while C code keeps Python's lock. Whether the
handler is to be stopped is decided there, at the very moment when the exception would be raised: what runs
after the handler has yielded can't be hit. C code that never looks at signals is ended by `faulthandler`,
with the whole process.
"""

from __future__ import annotations

import _thread
import bdb
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from greenlet import getcurrent

from harness.sim.activities import Killed, Task
from harness.sim.clock import real_perf_counter

LOOK_EVERY_SECONDS = 0.25
"""Real time between two looks."""

LAST_RESORT_SECONDS = 60.0
"""Real time without a look, as C code keeps Python's lock, after which the process is ended."""

UNREACHED_SECONDS = 240.0
"""The same for C code that gives back Python's lock, and looks at no signal either."""

last_words: Any = sys.__stderr__
"""Where the process then says where it was; a test run puts a file here that isn't captured."""

IDLE_LOOKS = 8
"""After so many looks with no simulator active the thread ends."""

_signal = signal.signal
_getsignal = signal.getsignal
_setitimer, _getitimer = signal.setitimer, signal.getitimer
_kill_thread = signal.pthread_kill
_getpid = os.getpid
_dump_later = faulthandler.dump_traceback_later
_cancel_later = faulthandler.cancel_dump_traceback_later
_real_allocate = _thread.allocate_lock
_real_start = getattr(_thread, "_original_start_new_thread", _thread.start_new_thread)
"""pydevd, the debugger of VS Code, keeps the original there. It stops threads that begin by its own."""


class Hung(Killed):
    """Raised in a handler that has used up the real time it may use without yielding, and again, if it
    goes on."""


class Watch:
    """The state that the watchdog checks. `task` is the handler that runs, if one does, since `since` (real
    seconds).

    A handler that yields, and to which no virtual time passes, hasn't come any further: `spent` is what each
    has used up at this `instant`.

    `looks` counts how often the watchdog has found it running, `seen` is which one, and when. It can't look
    while the process stands still or collects garbage, and that isn't the handler's fault.
    """

    __slots__ = ("instant", "limit_seconds", "looks", "seen", "since", "spent", "task", "thread_ident")

    def __init__(self, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        self.task: Task | None = None
        self.since = 0.0
        self.instant = 0.0
        self.spent: dict[Task, float] = {}
        self.seen: tuple[Task | None, float] = (None, 0.0)
        self.looks = 0
        self.thread_ident = _thread.get_ident()

    def goes_on(self, now: float) -> None:
        """The handler that runs has waited, at this virtual time with nobody in between."""
        if now != self.instant:
            self.instant = now
            self.spent.clear()
            self.since = real_perf_counter()

    def turns_to(self, task: Task | None, now: float) -> None:
        """From this virtual time on, another one runs; None: no handler."""
        if now != self.instant:
            self.instant = now
            if self.spent:
                self.spent.clear()
        elif self.task is not None:
            self.spent[self.task] = real_perf_counter() - self.since
        self.task = task
        if task is not None:
            self.since = real_perf_counter() - self.spent.get(task, 0.0)

    @property
    def is_late(self) -> bool:
        """Has the handler run too long, and for at least half of that time before the watchdog's eyes?"""
        return (
            self.task is not None
            and real_perf_counter() - self.since > self.limit_seconds
            and self.seen == (self.task, self.instant)
            and self.looks * LOOK_EVERY_SECONDS >= self.limit_seconds / 2
        )

    def look(self) -> None:
        """Count one more look at the handler that runs."""
        found = self.task, self.instant
        self.looks = self.looks + 1 if self.seen == found else 1
        self.seen = found

    def forget(self) -> None:
        """The run is over: hold nothing of it."""
        self.task, self.seen = None, (None, 0.0)
        self.spent.clear()

    @property
    def is_beyond_help(self) -> bool:
        """Has it been told to stop so long ago that no signal reaches it?"""
        return self.is_late and real_perf_counter() - self.since > self.limit_seconds + UNREACHED_SECONDS


class _Dog:
    def __init__(self) -> None:
        self.watch: Watch | None = None
        self.be_none()

    def be_none(self) -> None:
        """Nobody looks in this process yet."""
        self._guard = _real_allocate()
        self._arming = _real_allocate()
        self._pid = 0
        self.armed = False

    def before_fork(self) -> None:
        """The thread of `faulthandler` isn't there in a fork, which would wait for it for ever."""
        self._arming.acquire()
        if self.armed:
            _cancel_later()
            self.armed = False

    def after_fork(self) -> None:
        """In the parent, go on."""
        self._arming.release()

    def ensure_running(self) -> None:
        with self._guard:
            if self._pid != _getpid():
                self._pid = _getpid()
                _real_start(self._look, ())

    def _look(self) -> None:
        idle = 0
        pause = _real_allocate()
        pause.acquire()
        while True:
            pause.acquire(True, LOOK_EVERY_SECONDS)
            watch = self.watch
            idle = 0 if watch is not None else idle + 1
            if watch is not None:
                watch.look()
                if watch.is_late:
                    _kill_thread(watch.thread_ident, signal.SIGURG)
                if not watch.is_beyond_help:
                    with self._arming:
                        _dump_later(LAST_RESORT_SECONDS, exit=True, file=last_words)
                        self.armed = True
            elif idle == 1:
                with self._arming:
                    _cancel_later()
                    self.armed = False
            if idle > IDLE_LOOKS:
                with self._guard:
                    if self.watch is None:
                        self._pid = 0
                        return


_dog = _Dog()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_dog.before_fork, after_in_parent=_dog.after_fork, after_in_child=_dog.be_none)


class Watchdog:
    """Watches one simulator, which must be in the main thread: only there Python runs signal handlers.

    `hung` is told of a handler, and what to say about it, just before it is stopped. `interrupted`: somebody
    has pressed Ctrl-C.
    """

    def __init__(self, limit_seconds: float, hung: Callable[[Task, str], None]) -> None:
        self.watch = Watch(limit_seconds)
        self.interrupted = False
        self._hung = hung
        self._before: dict[int, Any] = {}
        self._ticks = False

    def start(self) -> None:
        """Begin to watch."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._handle(signal.SIGURG, self._on_signal)
        self._handle(signal.SIGINT, self._on_interrupt)
        if _getitimer(signal.ITIMER_VIRTUAL)[0] == 0:
            self._ticks = True
            self._handle(signal.SIGVTALRM, self._on_tick)
            _setitimer(signal.ITIMER_VIRTUAL, LOOK_EVERY_SECONDS, LOOK_EVERY_SECONDS)
        _dog.watch = self.watch
        _dog.ensure_running()

    def stop(self) -> None:
        """Watch no more."""
        if self._before:
            _dog.watch = None
            if self._ticks:
                _setitimer(signal.ITIMER_VIRTUAL, 0)
            for number, handler in self._before.items():
                _signal(number, signal.SIG_DFL if handler is None else handler)
            self._before.clear()
        self.watch.forget()  # the thread that looks keeps it until it looks again

    def _handle(self, number: int, handler: Any) -> None:
        self._before[number] = _getsignal(number)
        _signal(number, handler)

    def _on_interrupt(self, number: int, frame: Any) -> None:
        self.interrupted = True
        before = self._before[number]
        if callable(before):
            before(number, frame)

    def _on_tick(self, number: int, frame: Any) -> None:
        """So much time of the processor has been used: the system says so, whoever holds Python's lock."""
        self.watch.look()
        self._on_signal(number, frame)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Don't watch in this block, in which the process may be forked; then watch again."""
        task, self.watch.task = self.watch.task, None
        try:
            yield
        finally:
            if self._before:
                _dog.ensure_running()
            if self._ticks:  # a fork has none
                _setitimer(signal.ITIMER_VIRTUAL, LOOK_EVERY_SECONDS, LOOK_EVERY_SECONDS)
            self.watch.task, self.watch.since = task, real_perf_counter()

    def _on_signal(self, number: int, frame: Any) -> None:
        watch, task = self.watch, self.watch.task
        if task is None or not watch.is_late or getcurrent() is not task._greenlet:
            return
        if _debugged():
            watch.since = real_perf_counter()
            return
        watch.since = real_perf_counter() - watch.limit_seconds + 1.0
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "?"
        says = (
            f"{task.name} ran for {watch.limit_seconds:g} s of real time without a call, a sleep or a wait; "
            f"it was at {where}"
        )
        self._hung(task, says)
        raise Hung(says)


def _debugged() -> bool:
    trace = sys.gettrace()
    return isinstance(getattr(trace, "__self__", None), bdb.Bdb) or "pydevd" in sys.modules
