"""Servers of loopback that benchmarks measure beside each other, and calls to them in turn."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

ACCOUNT = "123456789012"
READY_SECONDS = 30.0
WARM_UP = 50


def in_turn(calls: dict[str, Callable[[], object]], quick: bool) -> dict[str, float]:
    """The median of each, called one after the other in an order that changes."""
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(100 if quick else 600):
        for name in random.sample(list(calls), len(calls)):
            began = time.perf_counter()
            calls[name]()
            took[name].append((time.perf_counter() - began) * 1e6)
    return {name: statistics.median(figures) for name, figures in took.items()}


def client(service: str, url: str) -> Any:
    """A client that sends to this URL."""
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        aws_session_token="harness.test",
    )


@contextmanager
def ministack(environment: Path | None = None) -> Iterator[tuple[str, str]]:
    """MiniStack on a free port of loopback: its URL and version. It pins its botocore, so it is installed
    on its own, unless an `environment` that has it is given."""
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder:
        python = Path(environment or folder, "bin/python")
        if environment is None:
            venv.create(folder, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", "ministack"], check=True)
        asked = "from importlib.metadata import version; print(version('ministack'))"
        told = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout
        port = free_port()
        where = {"BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
        with running([str(python.with_name("ministack"))], port, env={**os.environ, **where}, cwd=folder):
            yield f"http://127.0.0.1:{port}", told.strip()


@contextmanager
def running(command: list[str], port: int, **how: Any) -> Iterator[None]:
    """A server, from when it listens."""
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=silent, stderr=silent, **how)
    try:
        until = time.monotonic() + READY_SECONDS
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{' '.join(command)}: doesn't listen on port {port}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
