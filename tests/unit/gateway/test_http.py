"""HTTP as clients may speak it: framing, 100 Continue, pipelining, old versions, and what isn't HTTP."""

from __future__ import annotations

import socket
import threading

import pytest
from aiohttp import web

from harness import faults
from tests.unit.gateway.fakes import answering

S3 = b"Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request\r\n"
JSON = (
    S3.replace(b"s3", b"sqs")
    + b"X-Amz-Target: AmazonSQS.SendMessage\r\nContent-Type: application/x-amz-json-1.0\r\n"
)


class Client:
    """A socket to the gateway."""

    def __init__(self, door):
        self._socket = socket.create_connection(("127.0.0.1", door.gateway.port), timeout=60)

    def send(self, text):
        self._socket.sendall(text)

    def until(self, end):
        """What comes, up to this."""
        got = b""
        while not got.endswith(end):
            got += (more := self._socket.recv(1))
            assert more, got
        return got

    def rest(self):
        """What comes until the gateway closes the connection."""
        return b"".join(iter(lambda: self._socket.recv(1 << 16), b""))

    def close(self):
        self._socket.close()


@pytest.fixture
def asked():
    """What the emulator was asked: method, headers, body."""
    return []


@pytest.fixture
def client(doors, fakes, asked):
    """Talks to a gateway in front of an emulator that answers `ok`."""

    async def handle(request):
        asked.append((request.method, dict(request.headers), await request.content.read()))
        return web.Response(body=b"ok")

    one = Client(doors(fakes(handle).url))
    yield one
    one.close()


@pytest.mark.parametrize("scope", [S3, JSON], ids=["streamed", "looked into"])
def test_a_body_in_chunks_goes_on_whole(client, asked, scope):
    client.send(b"PUT /b/k HTTP/1.1\r\nHost: x\r\n" + scope + b"Transfer-Encoding: chunked\r\n\r\n")
    client.send(b'8\r\n{"a": 1,\r\n7\r\n"b": 2}\r\n0\r\n\r\n')
    client.until(b"ok")
    assert asked[0][2] == b'{"a": 1,"b": 2}'


def test_a_client_that_waits_for_100_continue_is_told_before_it_sends_the_body(client, asked):
    client.send(
        b"PUT /b/k HTTP/1.1\r\nHost: x\r\n" + S3 + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    )
    assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
    client.send(b"body")
    assert client.until(b"ok").startswith(b"HTTP/1.1 200 OK\r\n")
    assert (asked[0][2], "Expect" in asked[0][1]) == (b"body", False)


def test_requests_that_come_together_are_answered_one_after_the_other(client, asked):
    client.send(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nDELETE /2 HTTP/1.1\r\nHost: x\r\n\r\n")
    client.until(b"ok")
    client.until(b"ok")
    assert [method for method, _, _ in asked] == ["GET", "DELETE"]


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.0", b"GET / HTTP/1.1\r\nConnection: close"])
def test_a_client_that_wants_no_more_gets_its_answer_and_the_end_of_the_connection(client, request_line):
    client.send(request_line + b"\r\nHost: x\r\n\r\n")
    assert client.rest().endswith(b"\r\n\r\nok")


def test_the_answer_to_head_has_the_length_of_a_body_that_does_not_come(doors, fakes):
    client = Client(doors(fakes(answering(b"12345")).url))
    client.send(b"HEAD /b/k HTTP/1.1\r\nHost: x\r\n" + S3 + b"Connection: close\r\n\r\n")
    told = client.rest()
    client.close()
    assert b"\r\ncontent-length: 5\r\n" in told.lower()
    assert told.endswith(b"\r\n\r\n")


def test_what_is_no_http_is_refused_with_a_sentence(client, asked):
    client.send(b"\x16\x03\x01 hello\r\n\r\n")
    told = client.rest()
    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"not a request: " in told
    assert asked == []


def test_what_a_client_asked_for_goes_on_after_it_has_gone(doors, fakes):
    arrived = threading.Event()

    async def handle(request):
        arrived.set()
        return web.Response()

    door = doors(fakes(handle).url)
    door.inject(faults.slow("s3:DeleteObject", 0.05))
    client = Client(door)
    client.send(b"DELETE /b/k HTTP/1.1\r\nHost: x\r\n" + S3 + b"\r\n")
    client.close()
    assert arrived.wait(60)


def test_a_client_that_goes_in_the_middle_of_its_body_leaves_a_call_whose_end_is_unknown(doors, fakes):
    gone = threading.Event()

    async def handle(request):
        try:
            await request.content.read()
        finally:
            gone.set()
        return web.Response()

    door = doors(fakes(handle).url)
    client = Client(door)
    client.send(b"PUT /b/k HTTP/1.1\r\nHost: x\r\n" + S3 + b"Content-Length: 10\r\n\r\nhalf")
    client.close()
    assert gone.wait(60)
    answer = door.of("answer")[0]
    assert (answer.data["error"], answer.data["lost"]) == ("Unreachable", True)
