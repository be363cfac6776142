"""Threads as activities: started inside the simulator, they run in its order and its time.

Locks made here are real locks that wait by letting others act, so they also work between a thread that
the simulator doesn't know and after it has ended. `Condition`, `Event`, `Semaphore`, `Barrier`,
`queue.Queue`, `Timer` and `concurrent.futures` are built on them.
"""

from __future__ import annotations

import _thread
import _threading_local
import queue
import sys
import threading
from concurrent.futures.thread import ThreadPoolExecutor
from itertools import count
from typing import Any

from harness.sim.activities import Deadlock, Killed, Signal, Task
from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import (
    TICK_SECONDS,
    Activity,
    SimulatedProcess,
    acting,
    in_simulator_thread,
    real_ident,
    state,
)
from harness.sim.patches.patching import Attributes, Bindings

_real_allocate = _thread.allocate_lock
_real_start = threading.Thread.start
_real_join = threading.Thread.join
_real_is_alive = threading.Thread.is_alive
_real_current = threading.current_thread
_real_main = threading.main_thread
_real_start_new = _thread.start_new_thread

FIRST_IDENT = 1 << 62
"""Idents of simulated threads: no real one has such a number."""

BESIDE_SECONDS = 2.0
"""Real time in which a thread that is older than the run may free a lock that the test waits for."""

_TASK = "_harness_task"


class Numbering:
    """Idents and default names of threads, and names of asyncio's tasks, begin anew in each run: handlers
    write them to their logs."""

    idents = count(1)
    tasks = count(1)

    def start(self) -> None:
        """Count from the beginning."""
        Numbering.idents = count(FIRST_IDENT)
        Numbering.tasks = count(1)
        self._names = threading.__dict__["_counter"], ThreadPoolExecutor.__dict__["_counter"]
        threading.__dict__["_counter"] = count(1).__next__
        type.__setattr__(ThreadPoolExecutor, "_counter", count().__next__)

    def stop(self) -> None:
        """Count from where it was."""
        threading.__dict__["_counter"] = self._names[0]
        type.__setattr__(ThreadPoolExecutor, "_counter", self._names[1])


class Lock:
    """`threading.Lock`, which lets other activities act while it waits."""

    __slots__ = ("__weakref__", "_freed", "_holder", "_real")

    def __init__(self) -> None:
        self._real = _real_allocate()
        self._freed: Signal | None = None
        self._holder: Activity | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._real.acquire(False):
            self._holder = state.activity
            return True
        kernel = acting()
        if kernel is None or not blocking:
            return self._real.acquire(blocking, timeout)
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if self._freed is None:
            self._freed = Signal()
        until = None if timeout < 0 else kernel.now + (timeout and max(timeout, TICK_SECONDS))
        activity = state.activity
        if activity is not None and until is None:
            activity.waits_for = self._described()
        try:
            while until is None or kernel.now < until:
                if self._wait(kernel, None if until is None else until - kernel.now):
                    self._holder = activity
                    return True
        finally:
            if activity is not None:
                activity.waits_for = None
        return False

    def _wait(self, kernel: Kernel, seconds: float | None) -> bool:
        """Wait for the lock in virtual time, and where nobody of the run can free it, for threads beside it.
        Has it been taken?"""
        assert self._freed is not None
        try:
            current.wait(kernel, self._freed, seconds)
        except Deadlock:
            if not _others_run() or not self._real.acquire(True, BESIDE_SECONDS):
                raise
            return True
        return self._real.acquire(False)

    def _described(self) -> str:
        holder = self._holder
        return "a lock" if holder is None else f"a lock that {holder.thread.name} took"

    def release(self) -> None:
        self._real.release()
        if self._freed is not None and in_simulator_thread():
            self._freed.notify()

    def locked(self) -> bool:
        return self._real.locked()

    __enter__ = acquire
    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def __exit__(self, *_: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._real = _real_allocate()
        self._freed = None

    def __repr__(self) -> str:
        return f"<{'locked' if self.locked() else 'unlocked'} lock of the simulator at {id(self):#x}>"


class RLock(threading._PyRLock):  # type: ignore[name-defined, misc]
    """`threading.RLock` on such a lock, owned by a simulated thread."""


class SimpleQueue(queue._PySimpleQueue):  # type: ignore[name-defined, misc]
    """`queue.SimpleQueue` on such a lock."""


class local(_threading_local.local):
    """`threading.local` by simulated thread."""


def _others_run() -> bool:
    """Are there threads that the simulator doesn't know?"""
    here, known = real_ident(), threading._active  # type: ignore[attr-defined]
    return any(ident != here and ident < FIRST_IDENT for ident in known)


def get_ident() -> int:
    """`threading.get_ident`: each simulated thread has its own."""
    activity = current.activity()
    return real_ident() if activity is None else activity.thread._ident  # type: ignore[attr-defined]


def current_thread() -> threading.Thread:
    """`threading.current_thread` of the running activity."""
    activity = current.activity()
    return _real_current() if activity is None else activity.thread


def main_thread() -> threading.Thread:
    """`threading.main_thread` of the running activity's process."""
    activity = current.activity()
    return _real_main() if activity is None or activity.process is None else activity.process.thread


def new_main_thread() -> threading.Thread:
    """The main thread of a simulated process."""
    thread = threading.Thread(name="MainThread", daemon=False)
    _mark_as_started(thread)
    return thread


def start_as(task: Task, process: SimulatedProcess | None, thread: threading.Thread) -> Activity:
    """Let `task` act as this thread of this process."""
    activity = Activity(process, thread)
    activity.take(task)
    return activity


def _start(thread: threading.Thread) -> None:
    kernel = acting()
    if kernel is None:
        return _real_start(thread)
    if not thread._initialized:  # type: ignore[attr-defined]
        raise RuntimeError("thread.__init__() not called")
    if thread._started.is_set():  # type: ignore[attr-defined]
        raise RuntimeError("threads can only be started once")
    process = current.process()
    _mark_as_started(thread)
    where = process.name if process is not None else "test"
    task = kernel.spawn(f"{where}, thread {thread.name}", lambda: _run(thread, task, process))
    start_as(task, process, thread)
    thread.__dict__[_TASK] = task
    threading._active[thread._ident] = thread  # type: ignore[attr-defined]
    if process is not None:
        process.began(task)
    return None


def _run(thread: threading.Thread, task: Task, process: SimulatedProcess | None) -> None:
    try:
        thread.run()
    except SystemExit:
        pass
    except Killed:
        raise
    except BaseException:
        if process is not None:
            process.complain(thread)
        else:
            thread._invoke_excepthook(thread)  # type: ignore[attr-defined]
    finally:
        threading._active.pop(thread._ident, None)  # type: ignore[attr-defined]
        if process is not None:
            process.ended(task)


def _mark_as_started(thread: threading.Thread) -> None:
    """To Python, after the simulator has gone, such a thread is one that has ended."""
    inner: Any = thread
    inner._ident = next(Numbering.idents)
    inner._started.set()
    if sys.version_info >= (3, 13):
        inner._handle = threading._make_thread_handle(inner._ident)  # type: ignore[attr-defined]
        inner._handle._set_done()
    else:
        inner._is_stopped = True


def _is_alive(thread: threading.Thread) -> bool:
    task: Task | None = thread.__dict__.get(_TASK)
    if task is None:
        return _real_is_alive(thread)
    return not task.ended


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    task: Task | None = thread.__dict__.get(_TASK)
    kernel = acting()
    if task is None or kernel is None:
        return _real_join(thread, timeout)
    if current_thread() is thread:
        raise RuntimeError("cannot join current thread")
    if not task.ended:
        current.wait(kernel, task.done, timeout)
    return None


def _start_new_thread(function: Any, args: Any, kwargs: Any = None) -> int:
    """`_thread.start_new_thread` for those who call it themselves."""
    if acting() is None:
        return _real_start_new(function, args, kwargs or {})
    thread = threading.Thread(target=function, args=args, kwargs=kwargs or {}, daemon=True)
    thread.start()
    return thread.ident or 0


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register threads, locks, and what is built on C locks."""
    names.replace(_real_allocate, Lock)
    if threading.Lock is not _real_allocate:
        names.replace(threading.Lock, Lock)
    names.replace(_thread.RLock, RLock)
    names.replace(real_ident, get_ident)
    names.replace(_real_current, current_thread)
    names.replace(_real_main, main_thread)
    names.replace(threading.local, local)
    names.replace(queue.SimpleQueue, SimpleQueue)
    names.replace(_real_start_new, _start_new_thread)
    for name in ("start_new_thread", "start_new"):
        attributes.add(_thread, name, _start_new_thread)
    attributes.add(threading.Thread, "start", _start)
    attributes.add(threading.Thread, "join", _join)
    attributes.add(threading.Thread, "is_alive", _is_alive)
