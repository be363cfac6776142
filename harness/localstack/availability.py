"""Checks this machine's means to run LocalStack, for `harness doctor` and before a test run begins."""

from __future__ import annotations

import shutil
import subprocess

from harness.cloud import Unsupported
from harness.localstack.install import RELEASE, needs


def docker() -> str:
    """The Docker daemon and the image that a container would be started from, or what is missing."""
    from harness.localstack import container

    try:
        client = container.connect()
    except Unsupported as problem:
        return _not_available("localstack", problem)
    try:
        image = container.image_at_hand(client)
        return f"available: Docker {client.version()['Version']}, {image or 'no image yet'}"
    finally:
        client.close()


def localstack_host() -> str:
    """The release of LocalStack that would run as a process, or what is missing."""
    try:
        from harness.localstack import host
    except ImportError as missing:
        return _not_available("localstack-host", needs("localstack-host", missing))
    try:
        host.demand()
    except Unsupported as problem:
        return _not_available("localstack-host", problem)
    found = host.installed_release()
    return f"available: LocalStack {found or f'{RELEASE} is installed at the first use'}"


def _not_available(cloud: str, problem: Unsupported) -> str:
    return f"not available: {str(problem).removeprefix(f'--cloud {cloud} ')}"


def demand(kind: str) -> None:
    """Raise `Unsupported` if `localstack` or `localstack-host` can't run here; start and install nothing."""
    try:
        from harness.localstack import container, host
    except ImportError as missing:
        raise needs(kind, missing) from None
    if kind == "localstack":
        container.connect().close()
    else:
        host.demand()


def nodejs() -> str:
    """The version of Node.js on PATH; '' if there is none."""
    node = shutil.which("node")
    if node is None:
        return ""
    done = subprocess.run([node, "--version"], capture_output=True, text=True)
    return done.stdout.strip().removeprefix("v")
