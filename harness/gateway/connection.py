"""A client's connection: requests come in one after the other, and each is answered in its turn.

Made of aiohttp's protocol and parser, as the way to the emulator is. Its server makes two tasks, a request
and a response of each request, none of which a proxy needs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser

from harness.gateway.incoming import Answer, Incoming
from harness.gateway.upstream import CHUNK_BYTES, HOP_BY_HOP, RawHeaders, Reply, Unreachable

Handle = Callable[[Incoming], Awaitable[Answer | Reply]]

LEFT_SECONDS = 5.0
"""So long the rest of a request may take that was answered before its end."""

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
_WITHOUT_BODY = frozenset((204, 304))
_log = logging.getLogger("harness.gateway")


class Connection(BaseProtocol):
    """One of those in `connections`, while it is open. `handle` answers; where it raises `ConnectionError`,
    the connection breaks."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handle: Handle, connections: set[Connection]) -> None:
        parser = HttpRequestParser(
            self,
            loop,
            CHUNK_BYTES,
            max_line_size=CHUNK_BYTES,
            max_field_size=CHUNK_BYTES,
            payload_exception=ConnectionResetError,
            auto_decompress=False,
        )
        super().__init__(loop, parser)
        self._handle = handle
        self._connections = connections
        self._requests: deque[Incoming] = deque()
        self._current: Incoming | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        super().connection_made(transport)
        self._connections.add(self)
        self._task = self._loop.create_task(self._live())

    def data_received(self, data: bytes) -> None:
        """Part of a request has come."""
        if self.transport is None or self._parser is None:
            return
        try:
            messages, _, _ = self._parser.feed_data(data)
        except HttpProcessingError as problem:
            self._refuse(problem)
            return
        for message, stream in messages:
            self._requests.append(Incoming.of(message, stream))
        if messages:
            self._wake()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Whoever reads a body calls this each time; there is something to do after a pause only."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has gone. What it asked for goes on."""
        super().connection_lost(exc)
        self._connections.discard(self)
        self._parser = None
        gone = ConnectionResetError("the client has gone")
        for request in (self._current, *self._requests):
            if request is not None and not request.stream.is_eof():
                request.stream.set_exception(gone)
        self._requests.clear()
        self._wake()

    async def close(self) -> None:
        """Break the connection, and whatever it waits for."""
        if self.transport is not None:
            self.transport.abort()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _live(self) -> None:
        try:
            while self.transport is not None:
                if self._requests:
                    self._current = self._requests.popleft()
                    await self._answer(self._current)
                    self._current = None
                else:
                    self._waiter = self._loop.create_future()
                    await self._waiter
        except ConnectionError:
            pass
        except Exception:
            _log.exception("a request could not be handled")
        finally:
            if self.transport is not None:
                self.transport.close()

    async def _answer(self, request: Incoming) -> None:
        if "Expect" in request.headers:
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        answer = await self._handle(request)
        if isinstance(answer, Answer):
            self._write_whole(request, answer)
            await self._drain_helper()
        else:
            async with answer:
                await self._pass_on(request, answer)
        if not request.stream.at_eof():
            async with asyncio.timeout(LEFT_SECONDS):
                while not request.stream.at_eof():
                    await request.stream.readany()
        if not request.keeps_alive:
            raise ConnectionResetError("the client wants no more")

    def _write_whole(self, request: Incoming, answer: Answer) -> None:
        headers = [pair for pair in answer.headers if pair[0].lower() not in HOP_BY_HOP]
        body = answer.body
        if request.method == "HEAD":  # its answer says how long the body would be
            body = b""
        else:
            headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
            if answer.status not in _WITHOUT_BODY:
                headers.append((b"Content-Length", b"%d" % len(body)))
        self._write(self._head(request, answer.status, headers) + body)

    async def _pass_on(self, request: Incoming, reply: Reply) -> None:
        """Bit by bit, only as fast as the client takes it."""
        headers = [pair for pair in reply.raw_headers if pair[0].lower() not in HOP_BY_HOP]
        bodiless = request.method == "HEAD" or reply.status in _WITHOUT_BODY
        in_chunks = not bodiless and "Content-Length" not in reply.headers
        if in_chunks:
            headers.append((b"Transfer-Encoding", b"chunked"))
        self._write(self._head(request, reply.status, headers))
        try:
            async for chunk in reply.chunks():
                self._write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if in_chunks else chunk)
                await self._drain_helper()
        except Unreachable as problem:
            raise ConnectionResetError(f"the emulator broke off: {problem}") from None
        if in_chunks:
            self._write(b"0\r\n\r\n")

    def _head(self, request: Incoming, status: int, headers: RawHeaders) -> bytes:
        lines = [b"HTTP/1.1 %d %b" % (status, _REASONS.get(status, b"Status"))]
        lines += [name + b": " + value for name, value in headers]
        if not request.keeps_alive:
            lines.append(b"Connection: close")
        return b"\r\n".join([*lines, b"", b""])

    def _write(self, data: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self.transport.write(data)

    def _refuse(self, problem: HttpProcessingError) -> None:
        """The request is no HTTP."""
        assert self.transport is not None
        told = f"not a request: {problem.message}".encode(errors="replace")
        head = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(told)
        self.transport.write(head + told)
        self.transport.close()
        self._parser = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
