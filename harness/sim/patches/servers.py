"""Sockets between activities of a run: who waits for the other side lets it act.

All share one thread of the system, in which a server that waits for clients, or a client that waits for its
answer, would wait for ever.
"""

from __future__ import annotations

import select
import socket
import socketserver
from typing import Any

from harness.sim.clock import real_perf_counter
from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

POLL_SECONDS = 0.001
"""Virtual time between two looks at a socket."""

POLL_SECONDS_MAX = 0.05

PATIENCE_SECONDS = 0.002
"""Real time that a look lasts: the other side may be another process."""

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


def _waiting(original: Any) -> Any:
    """A method of sockets that waits until something has come."""

    def method(sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
        kernel = acting()
        if kernel is not None and sock.gettimeout() != 0 and sock.family in (socket.AF_INET, socket.AF_INET6):
            _wait(kernel, sock)
        return original(sock, *args, **kwargs)

    method.__name__ = original.__name__
    return method


def _wait(kernel: Kernel, sock: socket.socket) -> None:
    timeout = sock.gettimeout()
    until = None if timeout is None else real_perf_counter() + timeout
    patience, pause = 0.0, POLL_SECONDS
    while not select.select([sock], [], [], patience)[0]:
        if until is not None and real_perf_counter() > until:
            raise TimeoutError("timed out")
        current.idle(kernel, pause)
        patience, pause = PATIENCE_SECONDS, min(2 * pause, POLL_SECONDS_MAX)


def replace(attributes: Attributes) -> None:
    """Register what waits for the other side."""
    attributes.add(socketserver, "_ServerSelector", _ServerSelector)
    for name in ("accept", "recv", "recv_into"):
        attributes.add(socket.socket, name, _waiting(getattr(socket.socket, name)))
