"""APIs and URLs of functions for HTTP clients of the process that connect to them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from harness.aws.rules.http.model import HttpRequest, HttpResponse
from harness.sim.kernel import Kernel
from harness.sim.own_hosts import OwnHost
from harness.sim.patches.stubs import StubAnswer, StubOutcome, StubRequest

Ask = Callable[[str, HttpRequest], HttpResponse | None]


class ApiHost(OwnHost):
    """An API, or the URL of a function."""

    def __init__(self, host: str, kernel: Kernel, ask: Ask) -> None:
        super().__init__(host)
        self._kernel = kernel
        self._ask = ask

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
                ended.append(self._ask(self.host, given))
            except Exception as problem:
                ended.append(problem)

        if not self._kernel.spawn(f"request to {self.host}", ask).join(timeout):
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
