"""Listens on loopback, and passes each request to the process that holds the simulator."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from harness.serving.messages import END, Answered, Asked, json_answer

HOST = "127.0.0.1"
LIMIT_BYTES = 256 << 20
WAITS_SECONDS = 900.0
"""The longest that a client is kept waiting: as long as a function can run."""
_OF_THE_CONNECTION = frozenset(("connection", "transfer-encoding", "content-length", "date", "server"))
DEPLOYING = "the app is being deployed"


class SimulatorGone(ConnectionError):
    """The simulator's process has ended, or is being replaced."""


class SimulatorLink:
    """The way to one process that holds a simulator: many requests at a time over one pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()
        self._waiting: dict[int, tuple[threading.Event, list[Answered]]] = {}
        self._ids = count(1)
        self._closed = False
        threading.Thread(target=self._receive, name="harness up: answers", daemon=True).start()

    def ask(
        self, method: str, target: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
    ) -> Answered:
        """Pass a request on, and wait for its answer. Raises `SimulatorGone`."""
        arrived, answers = entry = threading.Event(), list[Answered]()
        id_ = next(self._ids)
        self._waiting[id_] = entry
        try:
            with self._sending:
                if self._closed:
                    raise SimulatorGone("the simulator has ended")
                self._pipe.send(Asked(id_, method, target, headers, body))
            if not arrived.wait(WAITS_SECONDS) or not answers:
                raise SimulatorGone("the simulator gave no answer")
        except OSError as problem:
            raise SimulatorGone(str(problem)) from None
        finally:
            self._waiting.pop(id_, None)
        return answers[0]

    def close(self) -> None:
        """Let go of the process, which ends by that."""
        with self._sending, suppress(OSError):  # it may have ended by itself
            self._closed = True
            self._pipe.send(END)

    def _receive(self) -> None:
        while True:
            try:
                answer: Answered = self._pipe.recv()
            except (EOFError, OSError):
                break
            if answer.id in self._waiting:
                arrived, answers = self._waiting[answer.id]
                answers.append(answer)
                arrived.set()
        self._closed = True
        self._pipe.close()
        for arrived, _ in list(self._waiting.values()):
            arrived.set()


class Front(ThreadingHTTPServer):
    """The listener. `link` is the way to the simulator, and may be replaced while it listens; `absent`: why
    there is none."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        """Raises `OSError` if the port is taken; 0 is any."""
        super().__init__((HOST, port), _Handler)
        self.link: SimulatorLink | None = None
        self.absent = DEPLOYING

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Front

    def _pass_on(self) -> None:
        body = self._body()
        if body is None:
            return
        link = self.server.link
        try:
            if link is None:
                raise SimulatorGone(self.server.absent)
            answer = link.ask(self.command, self.path, tuple(self.headers.items()), body)
        except SimulatorGone as problem:
            answer = json_answer(0, 503, {"message": str(problem)})
        if answer.status == 0:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        size = str(len(answer.body))
        for name, value in answer.headers:
            if name.lower() not in _OF_THE_CONNECTION:
                self.send_header(name, value)
            elif name.lower() == "content-length" and self.command == "HEAD":
                size = value
        if answer.status not in (204, 304):
            self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_PUT = do_POST = do_HEAD = do_PATCH = do_DELETE = do_OPTIONS = _pass_on

    def _body(self) -> bytes | None:
        """The request's body; None if it can't be read, which is told."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        size = self.headers.get("Content-Length", "0")
        if not size.isdigit() or int(size) > LIMIT_BYTES:
            self.send_error(413 if size.isdigit() else 400)
            return None
        return self.rfile.read(int(size))

    def _chunks(self) -> bytes | None:
        parts, total = [], 0
        while size := self._size_of_chunk():
            total += size
            if total > LIMIT_BYTES:
                self.send_error(413)
                return None
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            """Trailers say nothing that matters here."""
        return b"".join(parts)

    def _size_of_chunk(self) -> int:
        try:
            return int(self.rfile.readline().partition(b";")[0], 16)
        except ValueError:
            return 0

    def log_message(self, format: str, *args: Any) -> None:
        """The table shows what happens."""
