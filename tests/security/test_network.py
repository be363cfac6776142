"""No byte leaves: not from a handler, not from the test, not from what they start."""

from __future__ import annotations

import _socket
import _thread
import io
import os
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

import harness
from harness import namespace
from harness.sim.patches import children
from harness.sim.patches.network import NetworkRefused

ROOT = Path(__file__).parents[2]

CONNECT = "import socket; socket.create_connection(({host!r}, {port}), 5).close(); print('reached')"


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("192.0.2.1", 80)),
        lambda: socket.getnameinfo(("192.0.2.1", 80), 0),
        lambda: socket.getaddrinfo("example.com", 80),
        lambda: _socket.getaddrinfo("example.com", 80),
        lambda: _socket.socket(_socket.AF_INET).connect(("192.0.2.1", 80)),
        lambda: _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    ],
)
def test_a_test_reaches_nobody(reach):
    with harness.Simulator(), pytest.raises(NetworkRefused, match=r"Nothing was sent"):
        reach()


@pytest.mark.parametrize(
    "send",
    [
        lambda older: older.sendall(b"select 1"),
        lambda older: older.send(b"select 1"),
        lambda older: older.sendmsg([b"select 1"]),
        lambda older: older.sendfile(io.BytesIO(b"select 1")),
    ],
    ids=["sendall", "send", "sendmsg", "sendfile"],
)
def test_a_socket_that_was_connected_before_the_run_sends_nothing_to_another_machine(
    monkeypatch, server, send
):
    with socket.create_connection(server) as older:
        monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.1", 5432))
        with harness.Simulator(), pytest.raises(NetworkRefused, match=r"to 192\.0\.2\.1:5432"):
            send(older)


def test_the_name_of_this_machine_is_looked_up_here(deployed):
    code = """
        import email.utils, socket
        def handler(event, context):
            return [socket.getaddrinfo(socket.gethostname(), 80)[0][4][0], "." in email.utils.make_msgid()]
    """
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=code).function("F").invoke() in (["127.0.0.1", True], ["::1", True])
        assert socket.gethostbyname(socket.gethostname()) == "127.0.0.1"


def test_a_thread_started_beside_threading_is_one_of_the_run():
    start = _thread.start_new_thread
    seen = []
    with harness.Simulator() as cloud:
        threading.__dict__["_start_new_thread"](lambda: seen.append(cloud.kernel.inside), ())
        _thread.start_new_thread(lambda: seen.append(cloud.kernel.inside), ())
        cloud.advance(1)
    assert seen == [True, True]
    assert _thread.start_new_thread is start


def test_a_function_reaches_this_machine_and_no_other(deployed, server):
    code = """
        import socket

        def handler(event, context):
            socket.create_connection(tuple(event)).close()
    """
    with harness.Simulator() as cloud:
        function = deployed(cloud, F=code).function("F")
        function.invoke(server)
        with pytest.raises(Exception, match=r"this machine, by its loopback address"):
            function.invoke(["192.0.2.1", 80])


@pytest.mark.namespaces
def test_children_have_no_network(deployed, server):
    child = [sys.executable, "-c", CONNECT.format(host=server[0], port=server[1])]
    code = f"""
        import os, subprocess

        def handler(event, context):
            ran = subprocess.run({child!r}, capture_output=True, text=True)
            shell = os.system('test "$AWS_LAMBDA_FUNCTION_NAME" = "" && exit 3; exit 4')
            return [ran.stdout, ran.stderr.splitlines()[-1], shell]
    """
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=code).function("F").invoke() == [
            "",
            "ConnectionRefusedError: [Errno 111] Connection refused",
            4 << 8,
        ]
        ran = subprocess.run(child, check=False, capture_output=True, text=True)
        assert "Connection refused" in ran.stderr
        assert os.spawnv(os.P_WAIT, sys.executable, child) == 1
        with pytest.raises(children.ChildRefused, match=r"os\.posix_spawn can't start one without"):
            os.posix_spawn(sys.executable, child, {})
    assert subprocess.run(child, check=True, capture_output=True, text=True).stdout == "reached\n"


def test_children_are_refused_where_they_cannot_be_sealed_unless_they_are_permitted(monkeypatch, server):
    monkeypatch.setattr(namespace, "available", lambda: False)
    child = [sys.executable, "-c", CONNECT.format(host=server[0], port=server[1])]
    with (
        harness.Simulator(),
        pytest.raises(
            children.ChildRefused, match=r"the test starts a process.*Simulator\(open_children=True\)"
        ),
    ):
        subprocess.run(child, check=True)
    with harness.Simulator(open_children=True):
        assert subprocess.run(child, check=True, capture_output=True, text=True).stdout == "reached\n"
    monkeypatch.setenv("HARNESS_OPEN_CHILDREN", "1")
    with harness.Simulator():
        assert subprocess.run(child, check=True, capture_output=True, text=True).stdout == "reached\n"


HANDLER = """
    import _socket, boto3, os, socket, subprocess, urllib.request

    def attempt(act):
        try:
            act()
        except BaseException as error:
            return type(error).__name__

    def handler(event, context):
        boto3.client("sqs").list_queues()
        boto3.client("s3", endpoint_url="https://192.0.2.7").list_buckets()
        return [
            attempt(lambda: urllib.request.urlopen("http://192.0.2.1/")),
            attempt(lambda: urllib.request.urlopen("https://example.com/")),
            attempt(lambda: socket.getnameinfo(("192.0.2.1", 80), 0)),
            attempt(lambda: _socket.socket(_socket.AF_INET).connect(("192.0.2.1", 80))),
            attempt(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))),
            attempt(lambda: socket.create_connection(("127.0.0.1", 9))),
            attempt(lambda: subprocess.run(["true"], check=True)),
        ]
"""

SCRIPT = """
    import json, sys
    import harness

    with harness.Simulator() as cloud:
        app = cloud.deploy(sys.argv[1])
        print(json.dumps(app.function("F").invoke()))
"""


@pytest.mark.strace
@pytest.mark.namespaces
def test_a_run_makes_no_system_call_that_names_another_machine(deployed, tmp_path):
    with harness.Simulator() as cloud:
        deployed(cloud, F=HANDLER)
    script, trace = tmp_path / "script.py", tmp_path / "trace"
    script.write_text(textwrap.dedent(SCRIPT))
    traced = ["strace", "-f", "-e", "trace=%network", "-o", str(trace), sys.executable, str(script)]
    seal = (
        "import os, sys; from harness.namespace import enter; enter(); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", seal, *traced, str(tmp_path / "template.json")],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.stdout == (
        '["NetworkRefused", "NetworkRefused", "NetworkRefused", "NetworkRefused", "NetworkRefused", '
        '"ConnectionRefusedError", null]\n'
    )
    calls = [
        line
        for line in trace.read_text().splitlines()
        if "AF_INET" in line and ("connect(" in line or "send" in line)
    ]
    assert [line for line in calls if '"127.0.0.1"' not in line and '"::1"' not in line] == []
    assert calls
