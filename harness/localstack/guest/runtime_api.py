"""Serves the Lambda Runtime API to the processes of functions.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One thread accepts for all environments;
each has a port of its own on loopback, because the runtimes take a host and a port, and no path.
"""

from __future__ import annotations

import json
import logging
import selectors
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

LOG = logging.getLogger(__name__)

PREFIX = "/2018-06-01/runtime/"
RESPONSE_BYTES_MAX = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


@dataclass(frozen=True, kw_only=True)
class NextInvocation:
    """One invocation as the runtime gets it. `deadline_ms`: on the clock that the process sees."""

    request_id: str
    function_arn: str
    payload: bytes
    deadline_ms: int
    trace_id: str = ""
    client_context: str = ""


@dataclass(frozen=True)
class RuntimeAnswer:
    """The runtime's answer to an invocation: the handler's result, or an error."""

    payload: bytes
    is_error: bool


class Conversation:
    """The exchange between one environment and its runtime. Threads wait on `changed`."""

    def __init__(self, changed: threading.Condition) -> None:
        self.changed = changed
        self.asking = False
        self.answer: RuntimeAnswer | None = None
        self.init_error: bytes | None = None
        self.closed = False
        self._work: NextInvocation | None = None
        self._open: str | None = None

    def give(self, work: NextInvocation) -> None:
        """The runtime is to run this."""
        with self.changed:
            self.answer, self._work, self._open = None, work, work.request_id
            self.asking = False
            self.changed.notify_all()

    def close(self) -> None:
        """The process is gone, nobody will ask again."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def next(self) -> NextInvocation | None:
        """The runtime asks for an invocation, and waits for it. None: there will be none."""
        with self.changed:
            self.asking = self._work is None
            self.changed.notify_all()
            while self._work is None and not self.closed:
                self.changed.wait()
            work, self._work = self._work, None
            return work

    def answered(self, request_id: str, payload: bytes, is_error: bool) -> bool:
        """The runtime is done with an invocation. False: not with the one that is under way."""
        with self.changed:
            if request_id != self._open:
                return False
            self._open = None
            self.answer = RuntimeAnswer(payload, is_error)
            self.changed.notify_all()
            return True

    def init_failed(self, payload: bytes) -> None:
        """The runtime couldn't load the handler."""
        with self.changed:
            self.init_error = payload
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Any

    @property
    def conversation(self) -> Conversation:
        conversation: Conversation = self.server
        return conversation

    def do_GET(self) -> None:
        if self.path != f"{PREFIX}invocation/next":
            self._send(404, b"{}")
            return
        work = self.conversation.next()
        if work is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": work.request_id,
            "Lambda-Runtime-Deadline-Ms": str(work.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": work.function_arn,
            "Lambda-Runtime-Trace-Id": work.trace_id,
            "Lambda-Runtime-Client-Context": work.client_context,
        }
        self._send(200, work.payload, {name: value for name, value in headers.items() if value})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = self.path.removeprefix(PREFIX).split("/")
        if place == ["init", "error"]:
            self.conversation.init_failed(body)
            self._send(202, b'{"status":"OK"}')
        elif len(place) == 3 and place[0] == "invocation" and place[2] in ("response", "error"):
            self._answered(place[1], body, place[2] == "error")
        else:
            self._send(404, b"{}")

    def _answered(self, request_id: str, body: bytes, is_error: bool) -> None:
        too_large = len(body) > RESPONSE_BYTES_MAX
        if too_large:
            body, is_error = _too_large(len(body)), True
        if self.conversation.answered(request_id, body, is_error):
            self._send(413 if too_large else 202, b'{"status":"OK"}')
        else:
            self._send(400, b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}')

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        return


def _too_large(size: int) -> bytes:
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({RESPONSE_BYTES_MAX} bytes)."
    )
    return json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).encode()


class RuntimeApi:
    """Listens for all environments of this LocalStack."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self, conversation: Conversation) -> socket.socket:
        """Listen on a port of its own for the runtime of one environment; `close` takes the socket."""
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        with self._lock:
            self._selector.register(listener, selectors.EVENT_READ, conversation)
            if self._thread is None:
                self._thread = threading.Thread(target=self._accept, name="harness-runtime-api", daemon=True)
                self._thread.start()
        return listener

    def close(self, listener: socket.socket) -> None:
        """Listen no more."""
        with self._lock:
            self._selector.unregister(listener)
        listener.close()

    def _accept(self) -> None:
        while True:
            for key, _ in self._selector.select():
                listener = key.fileobj
                try:
                    assert isinstance(listener, socket.socket)
                    connection, address = listener.accept()
                except OSError:
                    continue
                connection.setblocking(True)
                threading.Thread(
                    target=_serve,
                    args=(connection, address, key.data),
                    name="harness-runtime-connection",
                    daemon=True,
                ).start()


def _serve(connection: socket.socket, address: Any, conversation: Any) -> None:
    with connection:
        try:
            _Handler(connection, address, conversation)
        except OSError as error:
            LOG.debug("a runtime's connection ended: %s", error)


runtime_api = RuntimeApi()
