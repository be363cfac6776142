"""HTTP on both sides of the gateway: h11 parses and frames, asyncio's streams carry.

`serve` has the requests of a client answered, `Upstream` sends requests to the emulator. Both pass headers on
as they came, and bodies only as fast as the other side takes them. Nothing is retried. Whatever breaks a
connection is a `ConnectionError`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import h11
from botocore.awsrequest import AWSResponse
from urllib3 import HTTPHeaderDict

RawHeaders = list[tuple[bytes, bytes]]

CHUNK_BYTES = 1 << 16
BODY_BYTES_MAX = 256 << 20
"""A request that must be looked into may be so large. AWS takes less of any that isn't streamed."""

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 3.0
"""A connection to the emulator is used again within this: less than after which emulators close theirs."""

LEFT_SECONDS = 5.0
"""So long the rest of a request may take that was answered before its end."""

LENGTHS = frozenset((b"content-length", b"transfer-encoding"))
HOP_BY_HOP = frozenset(
    b"connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"upgrade".split()
)
"""Headers that concern one connection, but for the one that frames the body.
https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
_log = logging.getLogger("harness.gateway")


class Unreachable(ConnectionError):
    """Nothing listens there, so nobody can have taken the request."""


class Link:
    """A connection, on which one message comes after the other."""

    def __init__(
        self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._http = http
        self._reader = reader
        self._writer = writer

    @property
    def is_open(self) -> bool:
        """Has neither side closed it, as far as is known?"""
        return not (self._reader.at_eof() or self._writer.is_closing())

    async def receive(self) -> object:
        """The next part of a message: an event of h11, or that the next one must wait."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self.send(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await self._reader.read(CHUNK_BYTES))
        except (OSError, h11.RemoteProtocolError) as problem:
            raise _broken(problem) from problem
        return event

    async def body(self) -> AsyncIterator[bytes]:
        """The rest of the message that is being received."""
        while self._http.their_state is h11.SEND_BODY:
            if isinstance(event := await self.receive(), h11.Data):
                yield bytes(event.data)

    async def send(self, *events: h11.Event) -> None:
        """The next parts of a message."""
        try:
            self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
            await self._writer.drain()
        except (OSError, h11.LocalProtocolError) as problem:
            raise _broken(problem) from problem

    def renew(self) -> bool:
        """Is it good for one more request?"""
        with suppress(h11.LocalProtocolError):
            self._http.start_next_cycle()
            return True
        return False

    def close(self, *, at_once: bool = False) -> None:
        """Close it, by default after everything was sent."""
        if at_once:
            self._writer.transport.abort()
        self._writer.close()


@dataclass(slots=True)
class Incoming:
    """A request as it came, in the form that `harness.wire` reads. `body` is None while it is a stream."""

    method: str
    target: str
    headers: HTTPHeaderDict
    raw_headers: RawHeaders
    link: Link
    body: bytes | None = None

    @property
    def url(self) -> str:
        """The address that the client has asked."""
        return f"http://{self.headers.get('Host', '')}{self.target}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    async def load(self, limit: int = BODY_BYTES_MAX) -> bytes:
        """Read the whole body, once. Raises `ConnectionError` if it is too large."""
        if self.body is None:
            chunks, size = [], 0
            async for chunk in self.link.body():
                chunks.append(chunk)
                if (size := size + len(chunk)) > limit:
                    raise ConnectionAbortedError(f"{self.method} {self.url}: more than {limit} bytes")
            self.body = b"".join(chunks)
        return self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is there as a whole. `error`: the code of the error that it carries."""

    status: int
    raw_headers: RawHeaders
    body: bytes
    error: str | None = None

    @classmethod
    def of(cls, response: AWSResponse, error: str | None = None) -> Answer:
        """An answer that `harness.wire` has rendered."""
        headers = [(name.encode(), str(value).encode()) for name, value in response.headers.items()]
        return cls(response.status_code, headers, response.content, error)


class Reply:
    """An answer of the emulator of which the head is there. Use it in an `async with` block."""

    def __init__(self, upstream: Upstream, link: Link, head: h11.Response) -> None:
        self._upstream = upstream
        self._link = link
        self.status = head.status_code
        self.raw_headers: RawHeaders = head.headers.raw_items()
        self.chunks = link.body

    async def __aenter__(self) -> Reply:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._upstream.give_back(self._link)

    @property
    def headers(self) -> HTTPHeaderDict:
        """As text."""
        return _texts(self.raw_headers)

    @property
    def length(self) -> int | None:
        """Bytes of the body; None if that isn't known in advance."""
        told = (int(value) for name, value in self.raw_headers if name.lower() == b"content-length")
        return next(told, None)

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self.chunks()])

    def drop(self) -> None:
        """Nobody wants to hear it."""
        self._link.close()


class Upstream:
    """Sends requests to the emulator at `url`. Used on one loop only."""

    def __init__(self, url: str, trusted: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._tls = trusted if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        self._idle: list[tuple[float, Link]] = []

    async def ask(
        self, method: str, target: str, headers: RawHeaders, body: bytes | AsyncIterator[bytes]
    ) -> Reply:
        """Send a request, and wait for the head of its answer. The headers say how long a stream is."""
        link = self._take() or await self._connect()
        passed = _passed(headers, body if isinstance(body, bytes) else None)
        try:
            head = h11.Request(method=method, target=self._path + target, headers=passed)
            if isinstance(body, bytes):
                await link.send(head, h11.Data(data=body), h11.EndOfMessage())
            else:
                await link.send(head)
                async for chunk in body:
                    await link.send(h11.Data(data=chunk))
                await link.send(h11.EndOfMessage())
            while not isinstance(answer := await link.receive(), h11.Response):
                if not isinstance(answer, h11.InformationalResponse):
                    raise ConnectionResetError("the emulator closed the connection")
            return Reply(self, link, answer)
        except BaseException:
            link.close()
            raise

    def give_back(self, link: Link) -> None:
        """Its answer has been read, or nobody will read the rest."""
        if link.renew():
            self._idle.append((time.monotonic(), link))
        else:
            link.close()

    def close(self) -> None:
        """Close every connection that isn't in use."""
        while self._idle:
            self._idle.pop()[1].close()

    def _take(self) -> Link | None:
        """The connection that was used last, if it is still good."""
        while self._idle:
            since, link = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and link.is_open:
                return link
            link.close()
        return None

    async def _connect(self) -> Link:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        except OSError as problem:
            raise Unreachable(str(problem)) from None
        return Link(h11.Connection(h11.CLIENT, CHUNK_BYTES), *streams)


async def serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    handle: Callable[[Incoming], Awaitable[Answer | Reply]],
) -> None:
    """Have each request of a client answered by `handle`; a `ConnectionError` of it breaks the connection.

    A request goes on also where the client has gone meanwhile.
    """
    link = Link(h11.Connection(h11.SERVER, CHUNK_BYTES), reader, writer)
    try:
        while (head := await _next_request(link)) is not None:
            headers = head.headers.raw_items()
            request = Incoming(head.method.decode(), head.target.decode(), _texts(headers), headers, link)
            await _answer(request, await handle(request))
            async with asyncio.timeout(LEFT_SECONDS):
                async for _ in link.body():
                    pass
            if not link.renew():
                break
    except (ConnectionError, TimeoutError):
        pass
    except asyncio.CancelledError:  # the gateway closes
        link.close(at_once=True)
    except Exception:
        _log.exception("a request could not be handled")
    finally:
        link.close()


async def _next_request(link: Link) -> h11.Request | None:
    """The next one, None if there is none. What isn't HTTP is refused."""
    try:
        head = await link.receive()
    except ConnectionError as broken:
        if isinstance(problem := broken.__cause__, h11.RemoteProtocolError):
            told = f"not a request: {problem}".encode(errors="replace")
            headers = [(b"Connection", b"close"), *_passed([], told)]
            await link.send(
                _head(problem.error_status_hint, headers), h11.Data(data=told), h11.EndOfMessage()
            )
        return None
    return head if isinstance(head, h11.Request) else None


async def _answer(request: Incoming, answer: Answer | Reply) -> None:
    if isinstance(answer, Reply):
        async with answer:
            await request.link.send(_head(answer.status, _passed(answer.raw_headers, None)))
            async for chunk in answer.chunks():
                await request.link.send(h11.Data(data=chunk))
            await request.link.send(h11.EndOfMessage())
    elif request.method == "HEAD" or answer.status in (204, 304):  # the headers say how long a body would be
        await request.link.send(_head(answer.status, _passed(answer.raw_headers, None)), h11.EndOfMessage())
    else:
        head = _head(answer.status, _passed(answer.raw_headers, answer.body))
        await request.link.send(head, h11.Data(data=answer.body), h11.EndOfMessage())


def _head(status: int, headers: RawHeaders) -> h11.Response:
    return h11.Response(status_code=status, headers=headers, reason=_REASONS.get(status, b"Status"))


def _passed(headers: RawHeaders, body: bytes | None) -> RawHeaders:
    """The headers to pass on with this body; None: it is a stream, as long as the headers say."""
    dropped = HOP_BY_HOP if body is None else HOP_BY_HOP | LENGTHS
    passed = [pair for pair in headers if pair[0].lower() not in dropped]
    return passed if body is None else [*passed, (b"Content-Length", b"%d" % len(body))]


def _texts(headers: RawHeaders) -> HTTPHeaderDict:
    return HTTPHeaderDict([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])


def _broken(problem: Exception) -> ConnectionError:
    return ConnectionResetError(str(problem) or type(problem).__name__)
