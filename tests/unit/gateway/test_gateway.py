"""The gateway as a proxy: bodies, connections, restarts, who calls, and what is left behind."""

from __future__ import annotations

import hashlib
import http.client
import logging
import socket
import threading
import urllib.error
import urllib.request

import pytest
from aiohttp import web
from botocore.exceptions import HTTPClientError

from harness.gateway.memory import KnownEnvironment
from tests.unit.gateway.fakes import answering

BIG = bytes(range(256)) * 4096 * 24
"""24 MiB."""


def listening(port, host="127.0.0.1"):
    with socket.socket() as one:
        one.settimeout(30)
        return one.connect_ex((host, port)) == 0


def test_nothing_listens_and_no_thread_lives_after_it_was_closed(doors, fakes):
    threads = set(threading.enumerate())
    fake = fakes()
    door = doors(fake.url)
    door.client("sqs").list_queues()
    assert listening(door.gateway.port)
    door.gateway.close()
    door.gateway.close()
    fake.close = lambda: None
    fake_thread = fake._thread
    assert not listening(door.gateway.port)
    assert set(threading.enumerate()) - threads - {fake_thread} == set()
    fake._loop.call_soon_threadsafe(fake._stop.set)
    fake_thread.join()


def test_it_closes_at_once_while_a_call_is_under_way(doors, fakes):
    arrived = threading.Event()

    async def never(request):
        import asyncio

        arrived.set()
        await asyncio.sleep(3600)

    door = doors(fakes(never).url)
    failed = []

    def call():
        try:
            door.client("sqs").list_queues()
        except HTTPClientError as error:
            failed.append(error)

    calling = threading.Thread(target=call)
    calling.start()
    assert arrived.wait(60)
    door.gateway.close()
    calling.join(60)
    assert len(failed) == 1


def test_it_listens_on_the_given_hosts_and_no_other(doors, fakes):
    door = doors(fakes().url, hosts=("127.0.0.1", "127.0.0.2"))
    assert listening(door.gateway.port, "127.0.0.1")
    assert listening(door.gateway.port, "127.0.0.2")
    assert not listening(door.gateway.port, "127.0.0.3")


def test_connections_to_the_emulator_are_used_again(doors, fakes):
    fake = fakes()
    sqs = doors(fake.url).client("sqs")
    for _ in range(10):
        sqs.list_queues()
    assert fake.connections == 1


def test_a_client_keeps_its_connection(doors, fakes):
    connection = http.client.HTTPConnection("127.0.0.1", doors(fakes().url).gateway.port)
    connection.request("GET", "/")
    connection.getresponse().read()
    kept = connection.sock
    connection.request("GET", "/")
    connection.getresponse().read()
    assert connection.sock is kept is not None


def test_an_emulator_that_is_gone_breaks_the_connection_and_one_that_is_back_answers(doors, fakes):
    fake = fakes()
    door = doors(fake.url)
    sqs = door.client("sqs")
    sqs.list_queues()
    fake._loop.call_soon_threadsafe(fake._stop.set)
    fake._thread.join()
    with pytest.raises(HTTPClientError):
        sqs.list_queues()
    answer = door.of("answer")[-1]
    assert (answer.data["error"], answer.data["lost"]) == ("Unreachable", False)
    fakes(port=fake.port)
    fake.close = lambda: None
    sqs.list_queues()


def test_an_emulator_that_dies_over_a_request_may_have_applied_it(doors, fakes):
    async def dies(request):
        request.transport.close()
        return web.Response()

    door = doors(fakes(dies).url)
    with pytest.raises(HTTPClientError):
        door.client("sqs").list_queues()
    answer = door.of("answer")[-1]
    assert (answer.data["error"], answer.data["lost"]) == ("Unreachable", True)


def test_large_objects_pass_both_ways(door):
    s3 = door.client("s3")
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="a/b c", Body=BIG)
    got = s3.get_object(Bucket="large", Key="a/b c")
    assert hashlib.md5(got["Body"].read()).digest() == hashlib.md5(BIG).digest()
    assert s3.head_object(Bucket="large", Key="a/b c")["ContentLength"] == len(BIG)


def test_a_large_body_is_not_gathered_in_the_gateway(doors, fakes):
    """The emulator sees its beginning before its end was sent."""
    began, seen = threading.Event(), []

    async def handle(request):
        seen.append(len(await request.content.readany()))
        began.set()
        await request.content.read()
        return web.Response()

    door = doors(fakes(handle).url)
    with socket.create_connection(("127.0.0.1", door.gateway.port)) as one:
        one.sendall(
            b"PUT /bucket/key HTTP/1.1\r\nHost: s3\r\nContent-Length: 2000000\r\n"
            b"Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request\r\n\r\n"
        )
        one.sendall(b"x" * 1_000_000)
        assert began.wait(60)
        assert 0 < seen[0] <= 1_000_000
        one.sendall(b"x" * 1_000_000)
        assert one.recv(100).startswith(b"HTTP/1.1 200")
    assert door.of("call")[0].subject == "s3:PutObject bucket"


def test_a_large_answer_is_not_gathered_in_the_gateway(doors, fakes):
    """The client sees its beginning before its end was made."""
    go_on = threading.Event()

    async def handle(request):
        import asyncio

        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b"begin")
        await asyncio.to_thread(go_on.wait, 10)
        await response.write(b"end")
        await response.write_eof()
        return response

    body = doors(fakes(handle).url).client("s3").get_object(Bucket="b", Key="k")["Body"]
    assert body.read(5) == b"begin"
    go_on.set()
    assert body.read() == b"end"


def test_the_request_goes_on_as_it_is_with_its_cause(doors, fakes):
    seen = []

    async def handle(request):
        seen.append((request.method, request.raw_path, dict(request.headers), await request.content.read()))
        return web.Response()

    door = doors(fakes(handle).url)
    target = "/some%20where/?a=%2F&b"
    request = urllib.request.Request(
        door.gateway.url + target, b"\x00\xff", {"X-Odd": "\xe9", "Accept-Encoding": "gzip"}
    )
    urllib.request.urlopen(request).read()
    method, path, headers, body = seen[0]
    assert (method, path, body) == ("POST", target, b"\x00\xff")
    assert headers["Host"] == f"127.0.0.1:{door.gateway.port}"
    assert headers["x-harness-cause"] == str(door.of("call")[0].seq)
    assert headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_a_request_that_nobody_knows_goes_on_and_is_recorded_as_such(doors, fakes, method):
    door = doors(fakes(answering(b"hello", 418)).url)
    connection = http.client.HTTPConnection("127.0.0.1", door.gateway.port)
    connection.request(method, "/a/page?x=1")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (418, b"hello")
    call, answered = door.history()
    assert (call.kind, call.subject, call.actor) == ("call", f"unknown:{method} /a/page", "worker")
    assert (answered.kind, answered.data["status"]) == ("answer", 418)


def test_a_call_whose_parameters_make_no_sense_is_for_the_emulator_to_refuse(doors, fakes):
    door = doors(fakes(answering(b'{"__type": "SerializationException"}', 400)).url)
    scope = (
        "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    )
    request = urllib.request.Request(
        door.gateway.url,
        b"{not json",
        {"Authorization": scope, "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request)
    call, answer = door.history()
    assert (call.data["operation"], call.data["region"]) == ("SendMessage", "eu-west-1")
    assert answer.data["error"] == "SerializationException"


def test_presigned_urls_are_recognized(door):
    s3 = door.client("s3")
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key="k", Body=b"hello")
    url = s3.generate_presigned_url("get_object", {"Bucket": "signed", "Key": "k"})
    assert urllib.request.urlopen(url).read() == b"hello"
    assert door.of("call")[-1].subject == "s3:GetObject signed"
    assert door.of("call")[-1].actor == "test"


def test_the_session_token_says_who_calls(doors, fakes):
    door = doors(fakes().url)
    begun = door.recorder.invocation("F", (), request_id="r")
    environment = KnownEnvironment("e-1", "F")
    environment.begin(begun, None)
    door.gateway._memory.environments["e-1"] = environment
    for token in ("harness.test", "harness.env.e-1", "harness.env.unknown", "else", None):
        door.client("sqs", token=token).list_queues()
    calls = door.of("call")
    assert [call.actor for call in calls] == ["test", "F", "worker", "worker", "worker"]
    assert [call.cause for call in calls] == [None, begun.seq, None, None, None]


def test_calls_of_a_dead_environment_have_no_effect(doors, fakes):
    door = doors(fakes().url)
    door.gateway._memory.environments["e-1"] = KnownEnvironment("e-1", "F", dead=True)
    with pytest.raises(HTTPClientError):
        door.client("sqs", token="harness.env.e-1").list_queues()
    assert len(door.history()) == 0


def test_nothing_of_it_is_logged_as_an_error(doors, fakes, caplog):
    from harness import faults

    door = doors(fakes().url)
    door.inject(faults.request_lost("sqs:ListQueues"))
    with caplog.at_level(logging.DEBUG), pytest.raises(HTTPClientError):
        door.client("sqs").list_queues()
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_what_is_busy_leaves_out_the_test_and_calls_that_only_wait(doors, fakes):
    busy = []

    async def handle(request):
        await request.content.read()
        busy.append([what for what, _ in door.gateway.busy()])
        return web.Response(body=b"{}", content_type="application/x-amz-json-1.0")

    door = doors(fakes(handle).url)
    door.client("sqs").list_queues()
    worker = door.client("sqs", token=None)
    worker.list_queues()
    worker.receive_message(QueueUrl="http://x/1/q", WaitTimeSeconds=1)
    assert busy == [[], ["sqs:ListQueues"], []]
    assert door.gateway.busy() == []
