"""A request as it reached the gateway, and an answer that is there as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import StreamReader
from aiohttp.http_parser import RawRequestMessage
from botocore.awsrequest import AWSResponse
from multidict import CIMultiDictProxy

from harness.gateway.upstream import RawHeaders

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
    keeps_alive: bool = True
    body: bytes | None = None

    @classmethod
    def of(cls, message: RawRequestMessage, stream: StreamReader) -> Incoming:
        """Of a request whose body nobody has read."""
        headers, target = message.headers, message.path
        url = f"http://{headers.get('Host', '')}{target}"
        keeps_alive = not (message.should_close or message.upgrade)
        return cls(message.method, target, url, headers, message.raw_headers, stream, keeps_alive)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    async def load(self, limit: int = BODY_BYTES_MAX) -> bytes:
        """Read the whole body, once. Raises `TooLarge`."""
        if self.body is None:
            chunks, size = [], 0
            while not self.stream.at_eof():
                chunks.append(await self.stream.readany())
                if (size := size + len(chunks[-1])) > limit:
                    raise TooLarge(f"{self.method} {self.url}: more than {limit} bytes")
            self.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return self.body

    def to_send(self) -> bytes | AsyncIterator[bytes] | None:
        """The body as it goes on: what was read, or a stream."""
        if self.body is not None:
            return self.body or None
        return None if self.stream.at_eof() else self.stream.iter_any()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is there as a whole. `error`: the code of the error that it carries."""

    status: int
    headers: RawHeaders
    body: bytes
    error: str | None = None

    @classmethod
    def of(cls, response: AWSResponse, error: str | None = None) -> Answer:
        """An answer that `harness.wire` has rendered."""
        headers = [(name.encode(), str(value).encode()) for name, value in response.headers.items()]
        return cls(response.status_code, headers, response.content, error)
