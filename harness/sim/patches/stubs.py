"""HTTP APIs of third parties, and those of the cloud itself, answered in the process: no socket is opened,
waiting takes virtual time.

They are met where `http.client` connects, which `urllib`, `urllib3` and `requests` do by way of it, and in
the transports of httpx and the connections of aiohttp.
"""

from __future__ import annotations

import http.client
import io
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import urllib3.connection

from harness.app.handles.messages import check_answer
from harness.cloud import StubError
from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

LATENCY_SECONDS = 0.05
"""Virtual time that an answer takes."""

_stubs: dict[str, Stub] = {}
_own: list[Callable[[str], Answers | None]] = []
"""Finds what answers at an address of the cloud."""
_made: list[Stub] = []


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

    def header(self, name: str) -> str:
        """A header by its name in any case; "" if there is none."""
        return next((value for known, value in self.headers.items() if known.lower() == name.lower()), "")

    def fields(self) -> dict[str, Any]:
        """The fields of a body in JSON or of a form; of any other the text, as `body`."""
        text = self.body.decode("utf-8", "replace")
        try:
            read = json.loads(text)
        except ValueError:
            is_form = "x-www-form-urlencoded" in self.header("content-type")
            read = dict(parse_qsl(text, keep_blank_values=True)) if is_form else text
        return read if isinstance(read, dict) else {"body": read}


@dataclass(frozen=True)
class StubAnswer:
    """Status and body that a stub answers with, and the type of the body; or all headers of an answer."""

    status: int
    content: bytes
    kind: str
    given: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, given: Any) -> StubAnswer:
        """A body, or a pair of status and body. Bytes and text stay as they are, other values become JSON."""
        status, body = given if isinstance(given, tuple) else (200, given)
        if isinstance(body, bytes | str):
            return cls(status, body.encode() if isinstance(body, str) else body, "text/plain")
        return cls(status, json.dumps(body).encode(), "application/json")

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """As they are sent."""
        if self.given:
            return self.given
        length = str(len(self.content))
        return ("Content-Type", self.kind), ("Content-Length", length), ("Connection", "close")

    def sent(self) -> bytes:
        """The bytes of a response."""
        phrase = http.client.responses.get(self.status, "")
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join((*lines, "", "")).encode() + self.content


@dataclass(frozen=True)
class StubOutcome:
    """What comes of a request: after `seconds` the client has its answer, or an error."""

    seconds: float
    answer: StubAnswer | None = None
    error: OSError | None = None

    @classmethod
    def broken(cls, host: str, seconds: float = 0.0) -> StubOutcome:
        """The connection breaks."""
        return cls(seconds, error=ConnectionResetError(f"{host}: the connection breaks"))

    @classmethod
    def late(cls, seconds: float) -> StubOutcome:
        """The client gives up."""
        return cls(seconds, error=TimeoutError("timed out"))

    def came(self) -> StubAnswer:
        """The answer. Raises `OSError`."""
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer


class Answers(Protocol):
    """What answers at a host. `answers_at_once`: an exchange lets nobody else act."""

    answers_at_once: bool

    @property
    def host(self) -> str:
        """The host."""

    def connect(self, timeout: Any) -> StubConnection:
        """What the client takes for a socket. Raises `ConnectionRefusedError`."""

    def refuses(self) -> None:
        """Raises `ConnectionRefusedError` if this is to go wrong now."""

    def exchange(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""


class Door(Protocol):
    """Requests to stubs pass here."""

    def exchange(self, stub: Stub, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""


class Stub:
    """The double of one host. `requests` are those that reached it, in order.

    `answer` is a body (bytes and text as they are, other values as JSON), a pair of status and body, or a
    function that gets the request and gives one of these. What goes wrong happens to the next requests.
    `idempotent_by`: a header; a request whose value of it came before gets the same answer, without effect.
    """

    answers_at_once = True

    def __init__(
        self, host: str, answer: Any, door: Door, idempotent_by: str = "", before: Stub | None = None
    ) -> None:
        self.host = host
        self.requests: list[StubRequest] = []
        self._answer = answer
        self._door = door
        self._idempotent_by = idempotent_by
        self._before: dict[str, StubAnswer] = {} if before is None else before._before
        self._effects: list[dict[str, Any]] = [] if before is None else before._effects
        self._wrong: list[tuple[str, float]] = []
        self.is_idle = True

    def slow(self, seconds: float, times: int = 1) -> None:
        """The answer comes so much later. A client with a shorter timeout gives up, its request arrived."""
        self._wrong += [("slow", seconds)] * times

    def refuse(self, times: int = 1) -> None:
        """The connection is refused: nothing arrives."""
        self._wrong += [("refuse", 0.0)] * times

    def lose_answer(self, times: int = 1) -> None:
        """The request arrives, and the connection breaks before its answer does."""
        self._wrong += [("lose", 0.0)] * times

    def effects(self) -> list[dict[str, Any]]:
        """The fields of all requests that changed something: neither read, nor refused, nor sent again."""
        return list(self._effects)

    def connect(self, timeout: Any) -> StubConnection:
        """What the client takes for a socket. Raises `ConnectionRefusedError`."""
        self.refuses()
        return StubConnection(self, timeout if isinstance(timeout, int | float) else None)

    def refuses(self) -> None:
        """Something is sent. Raises `ConnectionRefusedError` if this is to go wrong now."""
        self.is_idle = False
        if self._next("refuse") is not None:
            raise ConnectionRefusedError(f"{self.host}: the stub refuses the connection")

    def slow_seconds(self) -> float:
        """The delay of this answer."""
        return self._next("slow") or 0.0

    def loses_answer(self) -> bool:
        """Is this answer lost?"""
        return self._next("lose") is not None

    def _next(self, how: str) -> float | None:
        if self._wrong and self._wrong[0][0] == how:
            return self._wrong.pop(0)[1]
        return None

    def exchange(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""
        return self._door.exchange(self, request, timeout)

    def answered(self, request: StubRequest, *, applied: bool) -> StubAnswer:
        """The answer to a request that has arrived; `applied`: it changes something, if it succeeds.

        Raises `StubError`."""
        self.requests.append(request)
        same = request.header(self._idempotent_by) if self._idempotent_by else ""
        if same in self._before:
            return self._before[same]
        answer = StubAnswer.of(self._asked(request) if callable(self._answer) else self._answer)
        if applied and answer.status < 400:
            self._effects.append(request.fields())
        if same and answer.status < 500:
            self._before[same] = answer
        return answer

    def _asked(self, request: StubRequest) -> Any:
        """The answer of the test's own function. Raises `StubError`, as it is no third party that fails."""
        about = f'stub_http("{self.host}", …): for {request.method} {request.path} its function'
        try:
            given = self._answer(request)
        except Exception as problem:
            _, *frames = traceback.extract_tb(problem.__traceback__)
            place = f" at {Path(frames[0].filename).name}:{frames[0].lineno}" if frames else ""
            instead = "; refuse(), lose_answer() and slow() make it go wrong" * isinstance(problem, OSError)
            raise StubError(
                f"{about} raised {type(problem).__name__}: {problem}{place}{instead}"
            ) from problem
        if given is None:
            raise StubError(f"{about} gave None; give a body, or a pair of status and body")
        try:
            check_answer(given)
        except (TypeError, ValueError) as problem:
            raise StubError(f"{about} gave {given!r:.80}: {problem}") from None
        return given


class StubConnection:
    """As much of a socket as `http.client` uses."""

    def __init__(self, stub: Answers, timeout: float | None) -> None:
        self._stub = stub
        self._timeout = timeout
        self._sent = b""

    def sendall(self, data: Any) -> None:
        self._sent += bytes(data)

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        """The client wants its answer: it has sent all."""
        kernel = acting()
        assert kernel is not None
        exchange = self._stub.exchange(read(self._sent), self._timeout)
        self._sent = b""
        current.sleep(kernel, exchange.seconds)
        return io.BytesIO(exchange.came().sent())

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def setsockopt(self, *_: Any) -> None:
        """There are none."""

    def shutdown(self, _: int) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


def read(sent: bytes) -> StubRequest:
    """A request from its bytes."""
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


def stub(host: str, answer: Any, door: Door, idempotent_by: str = "") -> Stub:
    """From now on, this host is answered for until the run is over. One that had a stub keeps its effects."""
    name = host.lower()
    before = _stubs.get(name)
    _stubs[name] = made = Stub(name, answer, door, idempotent_by, before)
    _made.append(made)
    return made


def serve(find: Callable[[str], Answers | None]) -> None:
    """From now on, `find` gives what answers at an address of the cloud, until the run is over."""
    _own[:] = [find]


def idle() -> list[Stub]:
    """The stubs that nothing was sent to, in the order in which they were made."""
    return [stub for stub in _made if stub.is_idle]


def found(host: str) -> Stub | None:
    """The stub of a host."""
    return _stubs.get(host.lower()) if _stubs else None


def own(host: str) -> Answers | None:
    """What answers at an address of the cloud."""
    return _own[0](host) if _own else None


def answering(host: str) -> Answers | None:
    """What answers at a host: its stub, or the cloud itself."""
    return found(host) or own(host)


def ask(
    url: str, method: str, headers: Mapping[str, str], body: str
) -> tuple[int, tuple[tuple[str, str], ...], bytes] | None:
    """Status, headers and body that a stub or the cloud answers; None: neither does. Raises `OSError`."""
    parts, kernel = urlsplit(url), acting()
    known = answering(parts.hostname or "")
    if known is None or kernel is None:
        return None
    known.refuses()
    path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
    exchange = known.exchange(StubRequest(method, path, dict(headers), body.encode()), None)
    current.sleep(kernel, exchange.seconds)
    answer = exchange.came()
    return answer.status, answer.headers, answer.content


def forget() -> None:
    """The run is over."""
    _stubs.clear()
    _own.clear()
    _made.clear()


def _connecting(original: Callable[..., None]) -> Callable[..., None]:
    def connect(connection: Any) -> None:
        known = answering(str(connection.host)) if acting() is not None else None
        if known is None:
            return original(connection)
        connection.sock = known.connect(connection.timeout)
        connection.is_verified = True
        connection._has_connected_to_proxy = False
        return None

    return connect


def replace(attributes: Attributes) -> None:
    """Register what connects."""
    of_library = (http.client.HTTPConnection, http.client.HTTPSConnection)
    for kind in (*of_library, urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection):
        attributes.add(kind, "connect", _connecting(kind.connect))
