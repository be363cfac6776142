"""asyncio in virtual time: an event loop that has nothing to do lets others act.

Which loop runs is known to Python by OS thread, of which all activities share one: it is put aside
with the activity whose loop it is, so that two of them can be in `asyncio.run` at once.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from asyncio import _get_running_loop, _set_running_loop
from asyncio.base_events import BaseEventLoop
from asyncio.selector_events import BaseSelectorEventLoop
from typing import Any

from harness.sim.activities import Deadlock, Signal, Task
from harness.sim.patches import current, servers
from harness.sim.patches.current import acting, in_simulator_thread
from harness.sim.patches.patching import Attributes
from harness.sim.patches.threads import Numbering

_SELECTORS = ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
_WOKEN = "_harness_woken"

_real_run_once = BaseEventLoop._run_once  # type: ignore[attr-defined]
_real_wake = BaseSelectorEventLoop._write_to_self  # type: ignore[attr-defined]


def _select_of(original: Any) -> Any:
    def select(selector: Any, timeout: float | None = None) -> Any:
        woken = vars(selector).get(_WOKEN)
        if woken is None:
            return servers.select_of(selector, original, timeout)
        kernel = acting()
        if kernel is None:
            return original(selector, timeout)
        ready = original(selector, 0)
        if ready:
            return ready
        if timeout is not None and timeout <= 0:
            current.check_alive()
            return ready
        try:
            current.wait(kernel, woken, timeout)
        except Deadlock:
            if len(selector.get_map()) < 2:
                raise
            return original(selector, timeout)
        return original(selector, 0)

    return select


def _run_once(loop: Any) -> None:
    """Only the selectors of event loops wait in virtual time: other things that they wait for, such as
    child processes, are real."""
    if in_simulator_thread() and (selector := getattr(loop, "_selector", None)) is not None:
        vars(selector).setdefault(_WOKEN, Signal())
    _real_run_once(loop)


def _write_to_self(loop: Any) -> None:
    _real_wake(loop)
    if in_simulator_thread():
        woken = vars(loop._selector).get(_WOKEN)
        if woken is not None:
            woken.notify()


def _no_subprocess(original: Any) -> Any:
    async def refuse(loop: Any, *args: Any, **kwargs: Any) -> Any:
        if current.process() is None:
            return await original(loop, *args, **kwargs)
        raise RuntimeError(
            "the simulator can't run asyncio subprocesses: they would take real time. subprocess.run works."
        )

    return refuse


_real_create_task = BaseEventLoop.create_task


def _create_task(loop: Any, coro: Any, *, name: Any = None, **kwargs: Any) -> Any:
    """asyncio counts tasks for as long as the process lives, in C."""
    if name is None and in_simulator_thread():
        name = f"Task-{next(Numbering.tasks)}"
    return _real_create_task(loop, coro, name=name, **kwargs)


def replace(attributes: Attributes) -> None:
    """Register the waits of asyncio and `selectors`."""
    for name in _SELECTORS:
        kind = getattr(selectors, name, None)
        if kind is not None:
            attributes.add(kind, "select", _select_of(kind.select))
    attributes.add(BaseEventLoop, "_run_once", _run_once)
    attributes.add(BaseEventLoop, "create_task", _create_task)
    attributes.add(BaseSelectorEventLoop, "_write_to_self", _write_to_self)
    for name in ("subprocess_exec", "subprocess_shell"):
        attributes.add(BaseEventLoop, name, _no_subprocess(getattr(BaseEventLoop, name)))


class Loops:
    """Puts the running loop aside with its activity. `aside`: the loops of others."""

    def __init__(self) -> None:
        self.aside: dict[Task, tuple[Any, Any]] = {}

    def switch(self, left: Task, entered: Task) -> None:
        """`left` no longer acts, `entered` does."""
        loop = _get_running_loop()
        if loop is not None:
            self.aside[left] = loop, _leave_task(loop)
            _set_running_loop(None)
        if (found := self.aside.pop(entered, None)) is not None:
            _set_running_loop(found[0])
            _enter_task(*found)


def _leave_task(loop: Any) -> Any:
    """Since Python 3.14 the current task is kept by OS thread as well."""
    if sys.version_info < (3, 14):
        return None
    return asyncio.tasks._swap_current_task(loop, None)


def _enter_task(loop: Any, task: Any) -> None:
    if sys.version_info >= (3, 14) and task is not None:
        asyncio.tasks._swap_current_task(loop, task)
