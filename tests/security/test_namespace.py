"""A process in a network namespace of its own reaches itself, and nobody else."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest


@pytest.mark.namespaces
def test_loopback_is_up_and_the_rest_of_the_world_is_not_there():
    code = """
        import socket
        from harness import namespace
        namespace.enter()
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=5)
        except OSError as problem:
            print(problem)
        print(sorted(name for _, name in socket.if_nameindex() if name == "lo"))
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[Errno 101] Network is unreachable\n['lo']\n"
