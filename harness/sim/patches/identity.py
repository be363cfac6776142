"""Who a function's process is: its number, its host, its processors, its clocks of processor time.

Those of this machine would differ from run to run. A function has what it has on Lambda.
"""

from __future__ import annotations

import _thread
import os
import platform
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.current import SimulatedProcess
from harness.sim.patches.patching import Attributes, Bindings
from harness.sim.patches.processes import inside

PID = 8
"""The process of the runtime."""

PARENT = 1

HOST = "169.254.76.1"

_PROCESSORS = ((3008, 2), (5307, 3), (7076, 4), (8845, 5))
"""Processors by memory in MB, as far as so much memory; more have six."""

real_hostname = socket.gethostname
_real_uname, _real_usage = os.uname, resource.getrusage


def processors(memory_mb: int) -> int:
    """The processors that a function sees."""
    return next((count for most, count in _PROCESSORS if memory_mb <= most), 6)


def _native_id(process: SimulatedProcess) -> int:
    activity = current.activity()
    thread: Any = None if activity is None else activity.thread
    return PID + (thread.ident - process.thread.ident if thread is not None else 0)


def _uname(process: SimulatedProcess) -> Any:
    found = _real_uname()
    return os.uname_result((found.sysname, HOST, found.release, found.version, found.machine))


def _times(process: SimulatedProcess) -> Any:
    return os.times_result((time.process_time(), 0.0, 0.0, 0.0, time.monotonic()))


def _usage(process: SimulatedProcess, who: int) -> Any:
    """Memory is that of this machine."""
    found = _real_usage(who)
    return resource.struct_rusage((time.process_time(), 0.0, *found[2:]))


def _processors(process: SimulatedProcess) -> int:
    return process.processors


def _affinity(process: SimulatedProcess, pid: int) -> set[int]:
    return set(range(process.processors))


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what tells who and where a process is."""
    instead: list[tuple[Any, Callable[..., Any]]] = [
        (os.getpid, lambda _: PID),
        (os.getppid, lambda _: PARENT),
        (os.uname, _uname),
        (os.times, _times),
        (os.cpu_count, _processors),
        (time.tzset, lambda process: process.move(os.environ.get("TZ", ""))),
        (resource.getrusage, _usage),
        (socket.gethostname, lambda _: HOST),
        (_thread.get_native_id, _native_id),
    ]
    for name, action in (("process_cpu_count", _processors), ("sched_getaffinity", _affinity)):
        if hasattr(os, name):
            instead.append((getattr(os, name), action))
    for original, action in instead:
        names.replace(original, inside(original, action))
    attributes.add(platform, "node", inside(platform.node, lambda _: HOST))
