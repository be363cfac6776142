"""What tests of real machinery need, and what is missing of it here.

`HARNESS_REQUIRE=docker,localstack-host,browser` turns the skips for these reasons into failures, as does any
other name of `MISSING`.
"""

from __future__ import annotations

import os
import shutil
import warnings
from functools import cache

import pytest

from harness.cloud import Unsupported


@cache
def missing_docker() -> str:
    """Why no LocalStack container can be started here; '' if one can."""
    from harness.localstack import container

    try:
        client = container.connect()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            container.available_image(client)
        client.close()
    except Unsupported as problem:
        return str(problem)
    return ""


@cache
def missing_localstack_host() -> str:
    """Why LocalStack can't run as a process here; '' if it can."""
    from harness.localstack import host

    if host.installed_release():
        return ""
    return (
        "no Python 3.13 with LocalStack: set HARNESS_LOCALSTACK_PYTHON, "
        "or run pytest --cloud localstack-host once"
    )


def browser() -> str:
    """The browser that tests drive; "" if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def missing_browser() -> str:
    """Why no browser can be driven here; '' if one can."""
    return "" if browser() else "no Chromium: install Debian's package chromium, or Chrome"


def missing_libfaketime() -> str:
    """Why no process can see another time here; '' if one can."""
    from harness.localstack.guest import faketime

    return "" if faketime.library() else "libfaketime isn't installed (Debian: libfaketime)"


def missing_namespaces() -> str:
    """Why no process can be cut off from the network here; '' if one can."""
    from harness import namespace

    return "" if namespace.available() else "this system lets nobody make a network namespace"


def missing_nodejs() -> str:
    """Why no function in JavaScript runs here; '' if one does."""
    return "" if shutil.which("node") else "there is no node on the PATH (Debian: nodejs)"


def missing_strace() -> str:
    """Why nobody sees system calls here; '' if somebody does."""
    return "" if shutil.which("strace") else "strace isn't installed (Debian: strace)"


MISSING = {
    "browser": missing_browser,
    "docker": missing_docker,
    "libfaketime": missing_libfaketime,
    "localstack_host": missing_localstack_host,
    "namespaces": missing_namespaces,
    "nodejs": missing_nodejs,
    "strace": missing_strace,
}
"""Marker → what is missing."""


def skip_or_fail(item: pytest.Item) -> None:
    """Skip a test whose marker names what isn't here; fail it where that is required."""
    required = os.environ.get("HARNESS_REQUIRE", "").replace("-", "_").split(",")
    for marker, missing in MISSING.items():
        if item.get_closest_marker(marker) and (why := missing()):
            if marker in required:
                pytest.fail(f"HARNESS_REQUIRE has {marker}: {why}", pytrace=False)
            pytest.skip(why)
