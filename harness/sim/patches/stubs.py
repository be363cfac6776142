"""HTTP APIs of third parties, answered in the process: no socket is opened, waiting takes virtual time.

They are met where `http.client` connects, which `urllib`, `urllib3` and `requests` do by way of it.
"""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import urllib3.connection

from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

LATENCY_SECONDS = 0.05
"""Virtual time that an answer takes."""

_stubs: dict[str, Stub] = {}


@dataclass(frozen=True)
class StubRequest:
    """A request that a stub has got. `path` has the query with it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Stub:
    """The double of one host. `requests` are those that reached it, in order.

    `answer` is a body (bytes and text as they are, other values as JSON), a pair of status and body, or a
    function that gets the request and gives one of these. What goes wrong happens to the next requests.
    """

    def __init__(self, host: str, answer: Any) -> None:
        self.host = host
        self.requests: list[StubRequest] = []
        self._answer = answer
        self._wrong: list[tuple[str, float]] = []

    def slow(self, seconds: float, times: int = 1) -> None:
        """The answer comes so much later. A client with a shorter timeout gives up, its request arrived."""
        self._wrong += [("slow", seconds)] * times

    def refuse(self, times: int = 1) -> None:
        """The connection is refused: nothing arrives."""
        self._wrong += [("refuse", 0.0)] * times

    def lose_answer(self, times: int = 1) -> None:
        """The request arrives, and the connection breaks before its answer does."""
        self._wrong += [("lose", 0.0)] * times

    def connect(self, timeout: Any) -> _Connection:
        """What the client takes for a socket."""
        wrong = self._wrong.pop(0) if self._wrong else ("", 0.0)
        if wrong[0] == "refuse":
            raise ConnectionRefusedError(f"{self.host}: the stub refuses the connection")
        return _Connection(self, timeout if isinstance(timeout, int | float) else None, wrong)

    def answered(self, request: StubRequest) -> bytes:
        """The response to a request, as it is sent."""
        self.requests.append(request)
        given = self._answer(request) if callable(self._answer) else self._answer
        status, body = given if isinstance(given, tuple) else (200, given)
        kind = "text/plain"
        if not isinstance(body, bytes | str):
            body, kind = json.dumps(body), "application/json"
        content = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n"
        return f"{head}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content


class _Connection:
    """As much of a socket as `http.client` uses."""

    def __init__(self, stub: Stub, timeout: float | None, wrong: tuple[str, float]) -> None:
        self._stub = stub
        self._timeout = timeout
        self._wrong = wrong
        self._sent = b""

    def sendall(self, data: Any) -> None:
        self._sent += bytes(data)

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        """The client wants its answer: it has sent all."""
        kernel, (how, seconds) = acting(), self._wrong
        assert kernel is not None
        answer = self._stub.answered(_read(self._sent))
        self._sent = b""
        self._wait(kernel, LATENCY_SECONDS + seconds)
        if how == "lose":
            raise ConnectionResetError(f"{self._stub.host}: the stub loses the answer")
        return io.BytesIO(answer)

    def _wait(self, kernel: Kernel, seconds: float) -> None:
        if self._timeout is not None and seconds > self._timeout:
            current.sleep(kernel, self._timeout)
            raise TimeoutError("timed out")
        current.sleep(kernel, seconds)

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def setsockopt(self, *_: Any) -> None:
        """There are none."""

    def shutdown(self, _: int) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


def _read(sent: bytes) -> StubRequest:
    head, _, body = sent.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = dict(BytesParser().parsebytes(rest + b"\r\n\r\n").items())
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        body = _unchunked(body)
    return StubRequest(method, path, headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


def stub(host: str, answer: Any) -> Stub:
    """From now on, this host is answered for until the run is over."""
    _stubs[host.lower()] = made = Stub(host, answer)
    return made


def ask(
    url: str, method: str, headers: Mapping[str, str], body: str
) -> tuple[int, tuple[tuple[str, str], ...], bytes] | None:
    """Status, headers and body that the stub of a host answers; None: it has no stub. Raises `OSError`."""
    parts = urlsplit(url)
    if (parts.hostname or "") not in _stubs:
        return None
    connection = http.client.HTTPSConnection(parts.hostname or "")
    connection.request(
        method, f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}", body, dict(headers)
    )
    answer = connection.getresponse()
    return answer.status, tuple(answer.getheaders()), answer.read()


def forget() -> None:
    """The run is over."""
    _stubs.clear()


def _connecting(original: Callable[..., None]) -> Callable[..., None]:
    def connect(connection: Any) -> None:
        found = _stubs.get(str(connection.host).lower()) if _stubs and acting() is not None else None
        if found is None:
            return original(connection)
        connection.sock = found.connect(connection.timeout)
        connection.is_verified = True
        connection._has_connected_to_proxy = False
        return None

    return connect


def replace(attributes: Attributes) -> None:
    """Register what connects."""
    of_library = (http.client.HTTPConnection, http.client.HTTPSConnection)
    for kind in (*of_library, urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection):
        attributes.add(kind, "connect", _connecting(kind.connect))
