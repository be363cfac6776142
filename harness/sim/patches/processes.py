"""Exits, signals and children of a function's process, kept away from the process of the tests."""

from __future__ import annotations

import atexit
import errno
import multiprocessing.process
import multiprocessing.synchronize
import os
import signal
import sys
import weakref
from collections.abc import Callable
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.current import SimulatedProcess
from harness.sim.patches.patching import Attributes, Bindings


class Exited(BaseException):
    """The process of a function ends: `os._exit`, or a signal that it sent to itself."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def _inside(original: Any, instead: Callable[..., Any]) -> Any:
    """`instead` for code of a function, `original` for everybody else."""

    def chosen(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        return original(*args, **kwargs) if process is None else instead(process, *args, **kwargs)

    chosen.__name__ = getattr(original, "__name__", "chosen")
    return chosen


def _exit(process: SimulatedProcess, status: int) -> None:
    raise Exited(f"exit status {status}")


def _abort(process: SimulatedProcess) -> None:
    raise Exited("signal: aborted")


def _kill(process: SimulatedProcess, pid: int, number: int) -> None:
    if pid != os.getpid():
        return _real_kill(pid, number)
    if number == 0:
        return None
    _raise_signal(process, number)


def _kill_group(process: SimulatedProcess, group: int, number: int) -> None:
    """A function has its process group for itself."""
    if group not in (0, os.getpgid(0)):
        return _real_kill_group(group, number)
    _raise_signal(process, number)


def _raise_signal(process: Any, number: int) -> None:
    handler = process.signal_handlers.get(number)
    if callable(handler):
        handler(number, sys._getframe(2))
        return
    if handler is signal.SIG_IGN:
        return
    raise Exited(f"signal: {(signal.strsignal(number) or str(number)).lower()}")


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


_real_kill = os.kill
_real_kill_group = os.killpg
_real_register = atexit.register
_real_finalize = weakref.finalize.__init__


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what reaches beyond one function."""
    attributes.add(os, "_exit", _inside(os._exit, _exit))
    attributes.add(os, "abort", _inside(os.abort, _abort))
    attributes.add(os, "kill", _inside(os.kill, _kill))
    attributes.add(os, "killpg", _inside(os.killpg, _kill_group))
    names.replace(signal.raise_signal, _inside(signal.raise_signal, _raise_signal))
    names.replace(signal.pthread_kill, _inside(signal.pthread_kill, _kill_thread))
    attributes.add(os, "fork", _inside(os.fork, _no_fork))
    attributes.add(os, "forkpty", _inside(os.forkpty, _no_fork))
    attributes.add(os, "putenv", _inside(os.putenv, _keep_own_environment))
    attributes.add(os, "unsetenv", _inside(os.unsetenv, _keep_own_environment))
    attributes.add(atexit, "register", _inside(atexit.register, _register_at_exit))
    attributes.add(weakref.finalize, "__init__", _inside(_real_finalize, _finalize))
    semaphore = multiprocessing.synchronize.SemLock
    attributes.add(semaphore, "__init__", _inside(semaphore.__init__, _no_semaphore))
    process = multiprocessing.process.BaseProcess
    attributes.add(process, "start", _inside(process.start, _no_process))
    names.replace(signal.signal, _inside(signal.signal, _signal))
    names.replace(signal.getsignal, _inside(signal.getsignal, _getsignal))
    for alarm in (signal.alarm, signal.setitimer):
        names.replace(alarm, _inside(alarm, _no_alarm))
