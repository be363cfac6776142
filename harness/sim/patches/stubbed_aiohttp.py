"""aiohttp, as far as its requests go to hosts that have a stub, or to those of the cloud.

Its connections to them are made here: https://docs.aiohttp.org/en/stable/client_advanced.html#connectors
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

Find = Callable[[str], Any]
"""Finds what answers at a host; None if nobody does."""


async def exchanged(known: Any, request: Any, timeout: float | None) -> Any:
    """What comes of a request. One to the cloud waits in a thread: other tasks go on meanwhile."""
    if known.answers_at_once:
        return known.exchange(request, timeout)
    return await asyncio.to_thread(known.exchange, request, timeout)


def attributes(find: Find, request_of: Callable[[bytes], Any], aiohttp: Any) -> Attributes:
    """What to replace. `request_of` reads the bytes of a request."""
    replaced = Attributes()
    original = aiohttp.TCPConnector._create_connection

    async def create(connector: Any, request: Any, *rest: Any) -> Any:
        is_direct = acting() is not None and getattr(request, "proxy", None) is None
        known = find(request.url.raw_host or "") if is_direct else None
        if known is None:
            return await original(connector, request, *rest)
        known.refuses()
        protocol = connector._factory()
        protocol.connection_made(_Wire(known, protocol, request_of))
        return protocol

    replaced.add(aiohttp.TCPConnector, "_create_connection", create)
    return replaced


class _Wire(asyncio.Transport):
    """Takes the bytes of requests, and gives those of the answers."""

    def __init__(self, known: Any, protocol: Any, request_of: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._known = known
        self._protocol = protocol
        self._request_of = request_of
        self._sent = b""
        self._is_closing = False
        self._answering: asyncio.Task[None] | None = None

    def write(self, data: Any) -> None:
        """A request, or a part of it."""
        self._sent += bytes(data)
        if _is_whole(self._sent):
            sent, self._sent = self._sent, b""
            self._answering = asyncio.get_running_loop().create_task(self._answer(sent))

    async def _answer(self, sent: bytes) -> None:
        try:
            outcome = await exchanged(self._known, self._request_of(sent), None)
            await asyncio.sleep(outcome.seconds)
            answer = outcome.came()
        except Exception as problem:
            self._lose(problem)
            return
        if not self._is_closing:
            self._protocol.data_received(answer.sent())

    def _lose(self, problem: Exception | None) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._protocol.connection_lost(problem)

    def close(self) -> None:
        """Nothing is open."""
        asyncio.get_running_loop().call_soon(self._lose, None)

    abort = close

    def is_closing(self) -> bool:
        """Is it closed?"""
        return self._is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket."""
        return default

    def pause_reading(self) -> None:
        """An answer comes as a whole."""

    resume_reading = pause_reading

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits to be sent."""

    def get_write_buffer_size(self) -> int:
        """Nothing waits to be sent."""
        return 0

    def can_write_eof(self) -> bool:
        """A request says where it ends."""
        return False


def _is_whole(sent: bytes) -> bool:
    head, blank, body = sent.partition(b"\r\n\r\n")
    told = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in told.get(b"transfer-encoding", b""):
        return body.endswith(b"0\r\n\r\n")
    return bool(blank) and len(body) >= int(told.get(b"content-length", b"0"))
