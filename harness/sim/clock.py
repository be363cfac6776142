"""Virtual time for ordinary code: what `time`, `datetime` and their friends say while a simulator runs.

time-machine moves the wall clock (`time.time`, `datetime.now`, ...), also where it is already bound by
`from time import time`. The monotonic clocks and `time.sleep` are replaced here.
"""

from __future__ import annotations

import os
import time
from typing import Any

import time_machine

from harness.sim.kernel import EPOCH, Kernel
from harness.sim.patches import current
from harness.sim.patches.current import real_ident, state
from harness.sim.patches.patching import Bindings

MONOTONIC_START = 3600.0
"""The monotonic clocks at the beginning of a run: as if the machine had been up for an hour."""

real_perf_counter = time.perf_counter
"""Real time, for our own limits."""


def _seconds() -> float | None:
    """Virtual seconds since the run began; None outside of the simulator's thread."""
    kernel = state.kernel
    if kernel is None or real_ident() != state.thread_ident:
        return None
    return kernel.now - EPOCH


def _virtual(original: Any, *, whole: bool) -> Any:
    def seconds() -> Any:
        elapsed = _seconds()
        if elapsed is None:
            return original()
        return round(MONOTONIC_START + elapsed, 9)

    def nanoseconds() -> Any:
        elapsed = _seconds()
        if elapsed is None:
            return original()
        return round((MONOTONIC_START + elapsed) * 1e6) * 1000

    clock = nanoseconds if whole else seconds
    clock.__name__ = clock.__qualname__ = original.__name__
    return clock


real_sleep = time.sleep

SLEEP_SECONDS_MIN = 5e-5
"""Linux's timers have this slack: code that sleeps again and again for less comes to its time-out soon.
https://man7.org/linux/man-pages/man2/PR_SET_TIMERSLACK.2const.html"""


def sleep(seconds: float, /) -> None:
    """`time.sleep` in virtual time."""
    kernel = state.kernel
    if kernel is None or real_ident() != state.thread_ident or current.asked_by_debugger():
        return real_sleep(seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if kernel.inside:
        current.sleep(kernel, max(float(seconds), SLEEP_SECONDS_MIN) if seconds else 0.0)
    else:
        current.check_alive()
    return None


_real_ctime, _real_asctime = time.ctime, time.asctime


def ctime(seconds: float | None = None, /) -> str:
    """`time.ctime`, which time-machine leaves alone."""
    return _real_ctime(time.time() if seconds is None else seconds)


def asctime(moment: Any = None, /) -> str:
    """`time.asctime`, which time-machine leaves alone."""
    return _real_asctime(time.localtime() if moment is None else moment)


_real_gettime, _real_gettime_ns = time.clock_gettime, time.clock_gettime_ns


def _gettime(clock: int, /) -> float:
    """`time.clock_gettime`: time-machine knows the wall clock, all others go by virtual time."""
    elapsed = None if clock == time.CLOCK_REALTIME else _seconds()
    return _real_gettime(clock) if elapsed is None else round(MONOTONIC_START + elapsed, 9)


def _gettime_ns(clock: int, /) -> int:
    elapsed = None if clock == time.CLOCK_REALTIME else _seconds()
    return _real_gettime_ns(clock) if elapsed is None else round((MONOTONIC_START + elapsed) * 1e6) * 1000


MONOTONIC = ("monotonic", "perf_counter", "process_time", "thread_time")
"""Computing costs no virtual time, so the clocks of CPU time follow virtual time as well."""


def replace(names: Bindings) -> None:
    """Register the clocks that time-machine leaves alone."""
    names.replace(real_sleep, sleep)
    names.replace(_real_ctime, ctime)
    names.replace(_real_gettime, _gettime)
    names.replace(_real_gettime_ns, _gettime_ns)
    names.replace(_real_asctime, asctime)
    for name in MONOTONIC:
        for whole in (False, True):
            original = getattr(time, f"{name}_ns" if whole else name)
            names.replace(original, _virtual(original, whole=whole))


class WallClock:
    """Moves the wall clock to the kernel's time, in UTC, for the thread that starts it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._travel = time_machine.travel(EPOCH, tick=False)
        self._zone: str | None = None

    def start(self) -> None:
        """From now on it is virtual time."""
        kernel, ident, hatch = self._kernel, real_ident(), time_machine.escape_hatch.time.time_ns

        def time_ns() -> int:
            if real_ident() != ident:
                return int(hatch())
            skew = kernel.current.skew
            return round((kernel.now + (skew.look() if skew else 0.0)) * 1e6) * 1000

        # Asked for on every look at the clock, so nothing has to be moved when virtual time passes.
        vars(self._travel.start())["time_ns"] = time_ns
        self._zone = os.environ.get("TZ")
        if time.timezone or time.daylight:
            os.environ["TZ"] = "UTC"
            set_zone("UTC")

    def stop(self) -> None:
        """The wall clock and its time zone are as before."""
        self._travel.stop()
        if _moved:
            os.environ.pop("TZ", None)
            if self._zone is not None:
                os.environ["TZ"] = self._zone
            set_zone(self._zone)
            _moved.clear()


_real_putenv, _real_unsetenv, _real_tzset = os.putenv, os.unsetenv, time.tzset
_moved: list[str | None] = []
"""Time zones that the process has been given since its own."""


def set_zone(zone: str | None) -> None:
    """The time zone of the process from now on, whatever `os.environ` says."""
    _moved.append(zone)
    if zone is None:
        _real_unsetenv("TZ")
    else:
        _real_putenv("TZ", zone)
    _real_tzset()
