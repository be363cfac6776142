"""A request as it reached the gateway, and an answer as it leaves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import StreamReader, web
from botocore.awsrequest import AWSResponse
from multidict import CIMultiDict, CIMultiDictProxy

from harness.gateway.upstream import HOP_BY_HOP, RawHeaders, Reply, Unreachable

BODY_BYTES_MAX = 256 << 20
"""A request that must be looked into may be so large. AWS takes less of any that isn't streamed."""


class TooLarge(ConnectionError):
    """Nobody sends so much in one request that isn't streamed."""


@dataclass(slots=True)
class Incoming:
    """A request as it came, in the form that `harness.wire` reads. `body` is None while it is a stream."""

    method: str
    target: str
    url: str
    headers: CIMultiDictProxy[str]
    raw_headers: RawHeaders
    stream: StreamReader
    body: bytes | None = None

    @classmethod
    def of(cls, request: web.BaseRequest) -> Incoming:
        """Of a request whose body nobody has read."""
        target = request.raw_path
        url = f"http://{request.headers.get('Host', '')}{target}"
        return cls(request.method, target, url, request.headers, request.raw_headers, request.content)

    async def load(self) -> None:
        """Read the whole body. Raises `TooLarge`."""
        if self.body is not None:
            return
        chunks, size = [], 0
        while chunk := await self.stream.readany():
            chunks.append(chunk)
            if (size := size + len(chunk)) > BODY_BYTES_MAX:
                raise TooLarge(f"{self.method} {self.url}: more than {BODY_BYTES_MAX} bytes")
        self.body = b"".join(chunks)

    def to_send(self) -> bytes | AsyncIterator[bytes] | None:
        """The body as it goes on: what was read, or a stream."""
        if self.body is not None:
            return self.body or None
        return self.stream.iter_any() if "Content-Length" in self.headers or self._is_chunked() else None

    def _is_chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is there as a whole. `error`: the code of the error that it carries."""

    status: int
    headers: RawHeaders
    body: bytes
    error: str | None = None

    @classmethod
    def of(cls, response: AWSResponse, error: str | None = None) -> Answer:
        """What `harness.wire` has rendered."""
        headers = [(name.encode(), str(value).encode()) for name, value in response.headers.items()]
        return cls(response.status_code, headers, response.content, error)


class Whole(web.StreamResponse):
    """An answer on its way to the client, written in one piece, its headers as they came."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(status=answer.status)
        self._answer = answer
        self._keeps_alive = False

    @property
    def keep_alive(self) -> bool | None:
        """Does the connection stay open?"""
        return self._keeps_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write it."""
        transport, answer = request.transport, self._answer
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self._keeps_alive = request.keep_alive
        headers = [pair for pair in answer.headers if pair[0].lower() not in HOP_BY_HOP]
        if request.method != "HEAD":  # where it says how long the body would be
            headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
            if answer.status != 204:
                headers.append((b"Content-Length", b"%d" % len(answer.body)))
        if not self._keeps_alive:
            headers.append((b"Connection", b"close"))
        lines = [b"HTTP/1.1 %d %b" % (answer.status, _REASONS.get(answer.status, b"Status"))]
        lines += [name + b": " + value for name, value in headers]
        transport.write(b"\r\n".join([*lines, b"", answer.body]))

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything was written at once."""


_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


async def stream(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Pass an answer on to the client bit by bit. Raises `ConnectionError` where it breaks off."""
    response = web.StreamResponse(status=reply.status, reason=reply.reason, headers=_passed_on(reply.headers))
    if reply.length is None:
        response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        async for chunk in reply.chunks():
            await response.write(chunk)
    except Unreachable as problem:
        raise ConnectionResetError(f"the emulator broke off: {problem}") from None
    await response.write_eof()
    return response


def _passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((n, value) for n, value in headers.items() if n.lower().encode() not in HOP_BY_HOP)
