"""Sockets between activities of a run: who waits for the other side lets it act.

All share one thread of the system, in which a server that waits for clients, or a client that waits for its
answer, would wait for ever.
"""

from __future__ import annotations

import select
import socket
import socketserver
from collections.abc import Callable
from typing import Any

from harness.sim.clock import real_perf_counter
from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes, Bindings
from harness.sim.patches.processes import inside

POLL_SECONDS = 0.001
"""Virtual time between two looks at a socket."""

POLL_SECONDS_MAX = 0.05

PATIENCE_SECONDS = 0.002
"""Real time that a look lasts: the other side may be another process."""

LAST_LOOK_SECONDS = 0.1
"""Real time of the last look, when virtual time is up."""

_LONG_SECONDS = 86_400.0

_real_select = select.select
_real_poll: Any = getattr(select, "poll", None)
_real_epoll: Any = getattr(select, "epoll", None)

_Selector: Any = socketserver._ServerSelector  # type: ignore[attr-defined]


class _ServerSelector(_Selector):  # type: ignore[misc]
    """Of `serve_forever`."""

    def select(self, timeout: float | None = None) -> Any:
        kernel = acting()
        ready = super().select(timeout if kernel is None else 0)
        if ready or kernel is None or timeout == 0:
            return ready
        current.idle(kernel, POLL_SECONDS if timeout is None else timeout)
        return super().select(0)


def _until_ready(kernel: Kernel, look: Callable[[float], Any], seconds: float | None) -> Any:
    """What a look finds, which takes so much real time, when something is there or virtual time is up."""
    # A moment longer: who looks at the clock afterwards finds that the time is up.
    until = None if seconds is None else kernel.now + seconds + current.TICK_SECONDS
    found, pause = look(0), POLL_SECONDS
    while not found and (until is None or kernel.now < until):
        current.idle(kernel, pause if until is None else min(pause, until - kernel.now))
        found, pause = look(PATIENCE_SECONDS), min(2 * pause, POLL_SECONDS_MAX)
    return found or look(LAST_LOOK_SECONDS)


def _of_function() -> Kernel | None:
    """The kernel, if a function waits whose child processes have ended: they need real time."""
    process = current.process()
    if process is None or any(child.poll() is None for child in process.children):
        return None
    return acting()


def _waiting(original: Any) -> Any:
    """A method of sockets that waits until something has come."""

    def method(sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
        kernel = acting()
        if kernel is not None and sock.gettimeout() != 0:
            if (virtual := _of_function()) is not None:
                if not _until_ready(
                    virtual, lambda real: _real_select([sock], [], [], real)[0], sock.gettimeout()
                ):
                    raise TimeoutError("timed out")
            elif sock.family in (socket.AF_INET, socket.AF_INET6):
                _wait(kernel, sock)
        return original(sock, *args, **kwargs)

    method.__name__ = original.__name__
    return method


def _wait(kernel: Kernel, sock: socket.socket) -> None:
    """The test waits in real time: the other side may be another process."""
    timeout = sock.gettimeout()
    until = None if timeout is None else real_perf_counter() + timeout
    patience, pause = 0.0, POLL_SECONDS
    while not _real_select([sock], [], [], patience)[0]:
        if until is not None and real_perf_counter() > until:
            raise TimeoutError("timed out")
        current.idle(kernel, pause)
        patience, pause = PATIENCE_SECONDS, min(2 * pause, POLL_SECONDS_MAX)


def select_of(selector: Any, original: Any, timeout: float | None) -> Any:
    """A selector that no event loop waits with."""
    kernel = None if timeout is not None and timeout <= 0 else _of_function()
    if kernel is None:
        return original(selector, timeout)
    if not selector.get_map():
        current.sleep(kernel, _LONG_SECONDS if timeout is None else timeout)
        return []
    return _until_ready(kernel, lambda real: original(selector, real), timeout)


def _select(reads: Any, writes: Any, errors: Any, timeout: float | None = None, /) -> Any:
    """`select.select` in virtual time."""
    kernel = None if timeout is not None and timeout <= 0 else _of_function()
    if kernel is None:
        return _real_select(reads, writes, errors, timeout)
    given = list(reads), list(writes), list(errors)
    if not any(given):
        current.sleep(kernel, _LONG_SECONDS if timeout is None else timeout)
        return [], [], []

    def look(real: float) -> Any:
        found = _real_select(*given, real)
        return found if any(found) else None

    return _until_ready(kernel, look, timeout) or ([], [], [])


class _Poll:
    """`select.poll` and `select.epoll` in virtual time. `unit`: seconds of a timeout of 1."""

    def __init__(self, made: Any, unit: float) -> None:
        self._made = made
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    def __enter__(self) -> _Poll:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def poll(self, timeout: float | None = None, *rest: Any) -> Any:
        """Wait until something has come."""
        kernel = None if timeout == 0 else _of_function()
        if kernel is None:
            return self._made.poll(timeout, *rest)
        seconds = None if timeout is None or timeout < 0 else timeout * self._unit
        return _until_ready(kernel, lambda real: self._made.poll(real / self._unit, *rest), seconds)


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what waits for the other side."""
    attributes.add(socketserver, "_ServerSelector", _ServerSelector)
    for name in ("accept", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"):
        attributes.add(socket.socket, name, _waiting(getattr(socket.socket, name)))
    names.replace(_real_select, _select)
    if hasattr(select, "poll"):
        attributes.add(select, "poll", inside(select.poll, lambda _: _Poll(_real_poll(), 1e-3)))
    if hasattr(select, "epoll"):
        attributes.add(
            select, "epoll", inside(select.epoll, lambda _, *a, **k: _Poll(_real_epoll(*a, **k), 1.0))
        )
