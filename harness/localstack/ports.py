"""Free ports on loopback, and when what listens on one is ready."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import urllib3

LOOPBACK = "127.0.0.1"
_EVERY_SECONDS = 0.03
_CHECKS = ("/_localstack/health", "/_harness/health")


class NotReady(RuntimeError):
    """It didn't come up: says what it answered, or how it ended."""


def free_port(host: str = LOOPBACK) -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, within_seconds: float, ended: Callable[[], str] = lambda: "") -> None:
    """Return once LocalStack and the guest in it answer. `ended` says how it ended, '' while it runs.

    Raises `NotReady`.
    """
    until = time.monotonic() + within_seconds
    with urllib3.PoolManager(timeout=urllib3.Timeout(2.0), retries=False) as pool:
        for path in _CHECKS:
            while told := _unhealthy(pool, url + path):
                if how := ended():
                    raise NotReady(how)
                if time.monotonic() > until:
                    raise NotReady(f"after {within_seconds:g} s, {url}{path}: {told}")
                time.sleep(_EVERY_SECONDS)


def is_ready(url: str) -> bool:
    """Does it answer now?"""
    try:
        wait_until_ready(url, 0.0)
    except NotReady:
        return False
    return True


def _unhealthy(pool: urllib3.PoolManager, url: str) -> str:
    """The problem, '' if it is healthy."""
    try:
        status = pool.request("GET", url).status
    except urllib3.exceptions.HTTPError as problem:
        return f"no answer ({problem})"
    return "" if status == 200 else f"status {status}"
