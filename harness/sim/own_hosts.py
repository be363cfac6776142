"""The addresses of APIs and of functions' URLs, for HTTP clients of the process that connect to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from harness.aws.rules.http.model import HttpRequest, HttpResponse
from harness.sim.patches.stubs import StubAnswer, StubConnection, StubOutcome, StubRequest
from harness.sim.requests import AnswersRequests

if TYPE_CHECKING:
    from harness.sim.world import World


class OwnHosts:
    """Those of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, host: str) -> OwnHost | None:
        """What answers at a host; None: it isn't one of this cloud."""
        world = self._world
        server = world.owner(f"arn:aws:execute-api:{world.region}:{world.account}:*")
        is_own = isinstance(server, AnswersRequests) and server.has_host(host)
        return OwnHost(world, server, host) if is_own and isinstance(server, AnswersRequests) else None


class OwnHost:
    """An API, or the URL of a function. Requests to it are recorded as calls, and meet faults."""

    def __init__(self, world: World, server: AnswersRequests, host: str) -> None:
        self.host = host
        self._world = world
        self._server = server

    def connect(self, timeout: object) -> StubConnection:
        """What the client takes for a socket."""
        return StubConnection(self, timeout if isinstance(timeout, int | float) else None)

    def refuses(self) -> None:
        """It doesn't."""

    def exchange(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds; it goes on without the client."""
        parts = urlsplit(request.path)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        given = HttpRequest(
            request.method, parts.path or "/", query, tuple(request.headers.items()), request.body
        )
        ended: list[HttpResponse | Exception | None] = []

        def ask() -> None:
            try:
                ended.append(self._server.ask(self.host, given))
            except Exception as problem:
                ended.append(problem)

        if not self._world.kernel.spawn(f"request to {self.host}", ask).join(timeout):
            return StubOutcome.late(0.0)
        [answer] = ended
        if isinstance(answer, ConnectionError) or answer is None:
            return StubOutcome.broken(self.host)
        if isinstance(answer, Exception):
            raise answer
        return StubOutcome(0.0, StubAnswer(answer.status, answer.body, "", _headers(answer)))


def _headers(answer: HttpResponse) -> tuple[tuple[str, str], ...]:
    """Those of the answer, with its length."""
    kept = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
    return (*kept, ("Content-Length", str(len(answer.body))), ("Connection", "keep-alive"))
