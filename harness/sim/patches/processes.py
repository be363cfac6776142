"""Exits, signals and children of a function's process, kept away from the process of the tests."""

from __future__ import annotations

import _thread
import atexit
import errno
import multiprocessing.process
import multiprocessing.synchronize
import os
import signal
import sys
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from harness.sim.patches import current
from harness.sim.patches.current import SimulatedProcess
from harness.sim.patches.patching import Attributes, Bindings


class Exited(BaseException):
    """The process of a function ends: `os._exit`, or a signal that it sent to itself."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def inside(original: Any, instead: Callable[..., Any]) -> Any:
    """`instead` for code of a function, `original` for everybody else."""

    @wraps(original)
    def chosen(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        return original(*args, **kwargs) if process is None else instead(process, *args, **kwargs)

    return chosen


def end(process: SimulatedProcess, how: str) -> NoReturn:
    """The process is gone at once, whichever thread ends it, and whatever catches the exception."""
    process.exit(how)
    raise Exited(how)


def _exit(process: SimulatedProcess, status: int) -> None:
    end(process, f"exit status {status}")


def _abort(process: SimulatedProcess) -> None:
    end(process, "signal: aborted")


def _kill(process: SimulatedProcess, pid: int, number: int) -> None:
    """Of other processes a function sees the children that it has started, and no others."""
    if pid in (os.getpid(), 0, -1) or -pid == _real_getpgid(0):
        return _raise_signal(process, number) if number else None
    if abs(pid) not in {child.pid for child in process.children}:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    _real_kill(pid, number)


def _kill_group(process: SimulatedProcess, group: int, number: int) -> None:
    """A function has its process group for itself."""
    _kill(process, -group, number)


def _open_pidfd(process: SimulatedProcess, pid: int, flags: int = 0) -> int:
    if pid not in {child.pid for child in process.children}:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    opened: int = _real_open_pidfd(pid, flags)
    return opened


def _raise_signal(process: Any, number: int) -> None:
    handler = process.signal_handlers.get(number)
    if callable(handler):
        handler(number, sys._getframe(2))
        return
    if handler is signal.SIG_IGN or (handler in (None, signal.SIG_DFL) and number in _IGNORED):
        return
    end(process, f"signal: {(signal.strsignal(number) or str(number)).lower()}")


def _interrupt_main(process: SimulatedProcess, number: int = signal.SIGINT) -> None:
    _raise_signal(process, number)


def _await_signal(process: SimulatedProcess, *_: Any) -> None:
    """None comes: those that a function sends itself reach its handlers at once."""
    kernel = current.acting()
    while kernel is not None:
        current.sleep(kernel, _LONG_SECONDS)


def _await_signal_for(process: SimulatedProcess, numbers: Any, seconds: float) -> None:
    kernel = current.acting()
    if kernel is not None:
        current.sleep(kernel, seconds)


def _kill_thread(process: SimulatedProcess, _: int, number: int) -> None:
    """A signal without a handler ends the process, whichever thread gets it."""
    if number:
        _raise_signal(process, number)


def _no_fork(process: SimulatedProcess, *_: Any) -> None:
    raise OSError(errno.ENOSYS, f"{process.name}: the simulator can't fork a function's process")


def _no_semaphore(process: SimulatedProcess, *_: Any, **__: Any) -> None:
    raise OSError(
        errno.ENOSYS,
        "Function not implemented: multiprocessing locks, queues, pools and ProcessPoolExecutor don't work "
        "on Lambda either, which has no shared memory; use threads",
    )


def _no_process(process: SimulatedProcess, *_: Any) -> None:
    raise NotImplementedError(
        f"{process.name}: the simulator can't run multiprocessing.Process: a second process has a clock of "
        "its own. Use threads here."
    )


def _signal(process: Any, number: int, handler: Any) -> Any:
    before = process.signal_handlers.get(number, signal.SIG_DFL)
    process.signal_handlers[number] = handler
    return before


def _getsignal(process: Any, number: int) -> Any:
    return process.signal_handlers.get(number, signal.SIG_DFL)


def _no_alarm(process: SimulatedProcess, *_: Any) -> None:
    raise NotImplementedError(f"{process.name}: alarm signals run in real time; the simulator has none")


def _keep_own_environment(process: SimulatedProcess, *_: Any) -> None:
    """`os.environ` writes through to the process: a function's variables must not get there."""


def _register_at_exit(process: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Lambda freezes an environment and ends it: what its code registers never runs, here too."""
    caller = sys._getframe(2).f_globals.get("__name__", "")
    if not process.has_module(getattr(function, "__module__", "")) and not process.has_module(caller):
        return _real_register(function, *args, **kwargs)
    return function


def _finalize(process: SimulatedProcess, finalizer: Any, *args: Any, **kwargs: Any) -> None:
    """A finalizer of a function is forgotten with its process: Python would run it when it exits itself."""
    _real_finalize(finalizer, *args, **kwargs)
    process.finalizers.append(finalizer)


_IGNORED = frozenset({signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT, signal.SIGPIPE})
"""Signals that Python and Linux ignore."""

_LONG_SECONDS = 3600.0

_real_kill, _real_getpgid = os.kill, os.getpgid
_real_open_pidfd: Any = getattr(os, "pidfd_open", None)
_real_register = atexit.register
_real_finalize = weakref.finalize.__init__


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what reaches beyond one function."""
    attributes.add(os, "_exit", inside(os._exit, _exit))
    attributes.add(os, "abort", inside(os.abort, _abort))
    attributes.add(os, "kill", inside(os.kill, _kill))
    attributes.add(os, "killpg", inside(os.killpg, _kill_group))
    names.replace(signal.raise_signal, inside(signal.raise_signal, _raise_signal))
    names.replace(signal.pthread_kill, inside(signal.pthread_kill, _kill_thread))
    attributes.add(_thread, "interrupt_main", inside(_thread.interrupt_main, _interrupt_main))
    for wait in (signal.pause, signal.sigwait, signal.sigwaitinfo):
        names.replace(wait, inside(wait, _await_signal))
    names.replace(signal.sigtimedwait, inside(signal.sigtimedwait, _await_signal_for))
    if _real_open_pidfd is not None:
        names.replace(_real_open_pidfd, inside(_real_open_pidfd, _open_pidfd))
    attributes.add(os, "fork", inside(os.fork, _no_fork))
    attributes.add(os, "forkpty", inside(os.forkpty, _no_fork))
    attributes.add(os, "putenv", inside(os.putenv, _keep_own_environment))
    attributes.add(os, "unsetenv", inside(os.unsetenv, _keep_own_environment))
    attributes.add(atexit, "register", inside(atexit.register, _register_at_exit))
    attributes.add(weakref.finalize, "__init__", inside(_real_finalize, _finalize))
    semaphore = multiprocessing.synchronize.SemLock
    attributes.add(semaphore, "__init__", inside(semaphore.__init__, _no_semaphore))
    process = multiprocessing.process.BaseProcess
    attributes.add(process, "start", inside(process.start, _no_process))
    names.replace(signal.signal, inside(signal.signal, _signal))
    names.replace(signal.getsignal, inside(signal.getsignal, _getsignal))
    for alarm in (signal.alarm, signal.setitimer):
        names.replace(alarm, inside(alarm, _no_alarm))
