"""The way to the emulator: pooled connections, bodies streamed, nothing retried.

Made of aiohttp's client protocol and parser. Its session does much that a proxy has no use for (URLs,
cookies, redirects, proxies of its own), and that would be most of what the gateway costs.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from urllib.parse import urlsplit

from aiohttp import StreamReader
from aiohttp.client_exceptions import ClientError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage

RawHeaders = Iterable[tuple[bytes, bytes]]

IDLE_SECONDS = 3.0
"""A pooled connection is used again within this: less than after which emulators close theirs."""

CONNECT_SECONDS = 5.0
CHUNK_BYTES = 1 << 16
_CHUNKED = (b"Transfer-Encoding", b"chunked")

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers that concern one connection. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""


class Unreachable(ConnectionError):
    """The emulator doesn't take the request. `sent`: it may have, and then went away without an answer."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Link(ResponseHandler):
    """A connection to the emulator."""

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Whoever reads a body calls this each time; there is something to do after a pause only."""
        if self._reading_paused:
            super().resume_reading(resume_parser)


class Reply:
    """An answer of the emulator of which the head is there. Use it in an `async with` block."""

    def __init__(
        self, upstream: Upstream, connection: Link, head: RawResponseMessage, body: StreamReader
    ) -> None:
        self._upstream = upstream
        self._connection = connection
        self._body = body
        self.status = head.code
        self.reason = head.reason
        self.headers = head.headers
        self.raw_headers: RawHeaders = head.raw_headers

    async def __aenter__(self) -> Reply:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._upstream.give_back(self._connection)

    def drop(self) -> None:
        """Nobody wants to hear it."""
        self._upstream.discard(self._connection)

    @property
    def length(self) -> int | None:
        """Bytes of the body; None if that isn't known in advance."""
        if self._body.is_eof():
            return self._body.total_bytes
        told = self.headers.get("Content-Length", "")
        return int(told) if told.isdigit() else None

    async def read(self) -> bytes:
        """The whole body. Raises `Unreachable`."""
        try:
            return await self._body.read()
        except (ClientError, OSError) as problem:
            raise _lost(problem) from None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body bit by bit. Raises `Unreachable`."""
        try:
            async for chunk in self._body.iter_any():
                yield chunk
        except (ClientError, OSError) as problem:
            raise _lost(problem) from None


class Upstream:
    """Sends requests to the emulator at `url`. Used on one loop only."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._tls = _unverified() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/").encode()
        self._idle: list[tuple[float, Link]] = []
        self._busy: set[Link] = set()

    async def ask(
        self, method: str, target: str, headers: RawHeaders, body: bytes | AsyncIterator[bytes] | None
    ) -> Reply:
        """Send a request as it is, and wait for the head of its answer. Raises `Unreachable`.

        The length of a body stands in `headers`; where it doesn't, the body goes in chunks.
        """
        connection = self._take()
        if connection is None:
            connection = await self._connect()
        self._busy.add(connection)
        try:
            connection.set_response_params(
                skip_payload=method == "HEAD",
                read_until_eof=True,
                auto_decompress=False,
                read_bufsize=CHUNK_BYTES,
                max_line_size=CHUNK_BYTES,
                max_field_size=CHUNK_BYTES,
            )
            await _send(connection, method.encode() + b" " + self._path + target.encode(), headers, body)
            while True:
                head, content = await connection.read()
                if head.code >= 200:
                    return Reply(self, connection, head, content)
        except (ClientError, HttpProcessingError, OSError) as problem:
            self.discard(connection)
            raise _lost(problem) from None
        except BaseException:
            self.discard(connection)
            raise

    def give_back(self, connection: Link) -> None:
        """Its answer has been read, or nobody will read the rest."""
        self._busy.discard(connection)
        if connection.should_close or not connection.is_connected():
            connection.close()
        else:
            self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        """Close every connection."""
        for connection in [*self._busy, *(connection for _, connection in self._idle)]:
            connection.close()
        self._busy.clear()
        self._idle.clear()

    def discard(self, connection: Link) -> None:
        """It is of no use any more."""
        self._busy.discard(connection)
        connection.close()

    def _take(self) -> Link | None:
        """The connection that was used last, if it is still good."""
        now = time.monotonic()
        while self._idle:
            since, connection = self._idle.pop()
            if now - since < IDLE_SECONDS and connection.is_connected() and not connection.should_close:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Link:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: Link(loop), self._host, self._port, ssl=self._tls
                )
        except OSError as problem:
            raise Unreachable(str(problem), sent=False) from None
        return connection


async def _send(
    connection: Link,
    begin: bytes,
    headers: RawHeaders,
    body: bytes | AsyncIterator[bytes] | None,
) -> None:
    """Write a request; goes on reading a stream only as fast as the emulator takes it."""
    passed = [pair for pair in headers if pair[0].lower() not in HOP_BY_HOP]
    streamed = body is not None and not isinstance(body, bytes)
    in_chunks = streamed and not any(name.lower() == b"content-length" for name, _ in passed)
    if in_chunks:
        passed.append(_CHUNKED)
    lines = [begin + b" HTTP/1.1", *(name + b": " + value for name, value in passed), b"", b""]
    head = b"\r\n".join(lines)
    transport = connection.transport
    if transport is None:
        raise ConnectionResetError("the emulator closed the connection")
    if body is None or isinstance(body, bytes):
        transport.write(head + (body or b""))
        return
    transport.write(head)
    async for chunk in body:
        if connection.transport is None:
            return  # reading the answer says why
        transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if in_chunks else chunk)
        await connection._drain_helper()
    if in_chunks:
        transport.write(b"0\r\n\r\n")


def _lost(problem: Exception) -> Unreachable:
    return Unreachable(str(problem) or type(problem).__name__, sent=True)


def _unverified() -> ssl.SSLContext:
    """For an emulator on this machine, whose certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
