"""The way to the emulator: pooled connections, bodies streamed, nothing retried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from types import TracebackType

import aiohttp
from yarl import URL

IDLE_SECONDS = 3.0
"""A pooled connection is used again within this: less than after which emulators close theirs."""

CHUNK_BYTES = 1 << 16

HOP_BY_HOP = frozenset(
    (
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers that concern one connection. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""


class Unreachable(ConnectionError):
    """The emulator doesn't take the request. `sent`: it may have, and then went away without an answer."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Reply:
    """An answer of the emulator of which the head is there. Use it in an `async with` block."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers

    async def __aenter__(self) -> Reply:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._response.release()
        else:
            self._response.close()

    def drop(self) -> None:
        """Nobody wants to hear it."""
        self._response.close()

    @property
    def length(self) -> int | None:
        """Bytes of the body; None if that isn't known in advance."""
        return self._response.content_length

    async def read(self) -> bytes:
        """The whole body. Raises `Unreachable`."""
        try:
            return await self._response.read()
        except aiohttp.ClientError as problem:
            raise Unreachable(str(problem), sent=True) from None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body bit by bit. Raises `Unreachable`."""
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except aiohttp.ClientError as problem:
            raise Unreachable(str(problem), sent=True) from None


class Upstream:
    """Sends requests to the emulator at `url`. Used on one loop only."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | AsyncIterator[bytes] | None,
    ) -> Reply:
        """Send a request as it is, and wait for the head of its answer. Raises `Unreachable`."""
        session = self._session or self._begin()
        try:
            response = await session.request(
                method,
                URL(self._url + target, encoded=True),
                headers=[(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP],
                data=body,
                allow_redirects=False,
            )
        except aiohttp.ClientConnectorError as problem:
            raise Unreachable(str(problem), sent=False) from None
        except (aiohttp.ClientError, OSError) as problem:
            raise Unreachable(str(problem) or type(problem).__name__, sent=True) from None
        return Reply(response)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _begin(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS, use_dns_cache=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            read_bufsize=CHUNK_BYTES,
            max_line_size=CHUNK_BYTES,
            max_field_size=CHUNK_BYTES,
        )
        return self._session
