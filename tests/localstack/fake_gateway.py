"""Stands in for the gateway: notes what the guest tells it, and answers as a test scripts it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Told = dict[str, Any]


class FakeGateway:
    """Every request as (verb, what it says). `answers`: by verb, what to answer; by default all may pass."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Told]] = []
        self.tokens: set[str] = set()
        self.answers: dict[str, Callable[[Told], Told]] = {}
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeGateway:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def hear(self, verb: str, told: Told) -> Told:
        with self._changed:
            seq = len(self.heard)
            self.heard.append((verb, told))
            self._changed.notify_all()
        answer = self.answers.get(verb)
        return {verb: seq, "event": seq, **(answer(told) if answer else {})}

    def of(self, verb: str, **fields: Any) -> list[Told]:
        """What was heard with this verb and these fields."""
        with self._changed:
            found = [told for heard, told in self.heard if heard == verb]
        return [told for told in found if all(told.get(name) == value for name, value in fields.items())]

    def events(self, kind: str) -> list[Told]:
        """Events of a kind."""
        return self.of("event", kind=kind)

    def await_(self, look: Callable[[], Any], seconds: float = 15.0) -> Any:
        """What `look` finds, as soon as it finds something."""
        until = time.monotonic() + seconds
        while not (found := look()):
            with self._changed:
                left = until - time.monotonic()
                assert left > 0, f"it didn't come to that; heard: {self.heard}"
                self._changed.wait(min(left, 0.05))
        return found


def _handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["content-length"])))
            gateway.tokens.add(self.headers.get("x-harness-token", ""))
            verb = self.path.removeprefix("/_harness/")
            content = json.dumps(gateway.hear(verb, told)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
