"""What a function may do to its process, which isn't the process of the tests: it changes settings of its
own, and is refused what Lambda refuses.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from harness.sim.patches.patching import Bindings
from harness.sim.patches.processes import inside

_REFUSED = (
    *("chroot", "initgroups", "sched_setparam", "sched_setscheduler", "setegid", "seteuid", "setgid"),
    *("setgroups", "setregid", "setresgid", "setresuid", "setreuid", "setuid"),
)
"""A function is nobody special: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""

_WITHOUT_EFFECT = ("closerange", "sched_setaffinity", "setpgid", "setpgrp", "setsid")

_OF_FAULTHANDLER = (
    *("cancel_dump_traceback_later", "disable", "dump_traceback_later", "enable", "register", "unregister"),
)

_STANDARD = (0, 1, 2)
"""File descriptors of the test's own input and output."""


def _refuse(process: Any, *_: Any, **__: Any) -> None:
    raise PermissionError(errno.EPERM, f"{os.strerror(errno.EPERM)}: {process.name} has no privileges")


def _nothing(process: Any, *_: Any, **__: Any) -> None:
    """The process of the tests stays as it is."""


def _nice(process: Any, more: int) -> int:
    process.settings["nice"] = min(process.settings.get("nice", 0) + more, 19)
    return int(process.settings["nice"])


def _set_priority(process: Any, which: int, who: int, priority: int) -> None:
    process.settings["nice"] = priority


def _get_priority(process: Any, which: int, who: int) -> int:
    return int(process.settings.get("nice", 0))


def _set_limit(process: Any, kind: int, limits: Any) -> None:
    process.settings["limit", kind] = tuple(limits)


def _get_limit(process: Any, kind: int) -> Any:
    found = process.settings.get(("limit", kind))
    return _real_getrlimit(kind) if found is None else found


def _limit_of(process: Any, pid: int, kind: int, limits: Any = None) -> Any:
    before = _get_limit(process, kind)
    if limits is not None:
        _set_limit(process, kind, limits)
    return before


def _mask(process: Any, how: int, numbers: Any) -> Any:
    """No signal of another process reaches a function, so what it blocks is remembered and no more."""
    before = process.settings.get("blocked", frozenset())
    given = frozenset(map(signal.Signals, numbers))
    changed: dict[int, Any] = {signal.SIG_BLOCK: before | given, signal.SIG_UNBLOCK: before - given}
    process.settings["blocked"] = changed.get(how, given)
    return set(before)


def _close(process: Any, descriptor: int) -> None:
    if descriptor not in _STANDARD:
        _real_close(descriptor)


def _dup2(process: Any, descriptor: int, other: int, inheritable: bool = True) -> int:
    by_pytest = sys._getframe(2).f_globals.get("__name__") == "_pytest.capture"
    if other in _STANDARD and not by_pytest:  # which gives the terminal to a debugger
        return other
    return _real_dup2(descriptor, other, inheritable)


def _write(process: Any, descriptor: int, data: Any) -> int:
    if descriptor not in _STANDARD[1:]:
        return _real_write(descriptor, data)
    process.log.write(bytes(data).decode("utf-8", "replace"))
    return len(data)


_real_close, _real_dup2, _real_write = os.close, os.dup2, os.write
_real_getrlimit = resource.getrlimit


def replace(names: Bindings) -> None:
    """Register what changes a process."""
    instead: list[tuple[Any, Callable[..., Any]]] = [
        (os.nice, _nice),
        (os.setpriority, _set_priority),
        (os.getpriority, _get_priority),
        (resource.setrlimit, _set_limit),
        (resource.getrlimit, _get_limit),
        (signal.pthread_sigmask, _mask),
        (signal.siginterrupt, _nothing),
        (signal.set_wakeup_fd, lambda *_, **__: -1),
        (time.clock_settime, _refuse),
        (time.clock_settime_ns, _refuse),
        (socket.sethostname, _refuse),
        (os.close, _close),
        (os.dup2, _dup2),
        (os.write, _write),
        (gc.freeze, _nothing),
        (gc.unfreeze, _nothing),
        *((getattr(faulthandler, name), _nothing) for name in _OF_FAULTHANDLER),
    ]
    if hasattr(resource, "prlimit"):
        instead.append((resource.prlimit, _limit_of))
    for wanted, action in ((_REFUSED, _refuse), (_WITHOUT_EFFECT, _nothing)):
        instead += [(getattr(os, name), action) for name in wanted if hasattr(os, name)]
    for original, action in instead:
        names.replace(original, inside(original, action))
