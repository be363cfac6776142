"""Checks this machine's means to run LocalStack, for `harness doctor` and before a test run begins."""

from __future__ import annotations

import shutil
import subprocess

from harness.cloud import Unsupported
from harness.localstack.install import RELEASE

INSTALL = "pip install 'decoupled-harness[localstack]'"


def docker() -> str:
    """The Docker daemon and the image that a container would be started from, or what is missing."""
    from harness.localstack import container

    try:
        client = container.connect()
    except Unsupported as problem:
        return f"not available: {problem}"
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
        return f"not available: {missing.name} is missing: {INSTALL}"
    try:
        host.demand()
    except Unsupported as problem:
        return f"not available: {problem}"
    found = host.installed_release()
    return f"available: LocalStack {found or f'{RELEASE} is installed at the first use'}"


def demand(kind: str) -> None:
    """Raise `Unsupported` if `localstack` or `localstack-host` can't run here; start and install nothing."""
    try:
        from harness.localstack import container, host
    except ImportError as missing:
        raise Unsupported(f"--cloud {kind} needs the package {missing.name}: {INSTALL}") from None
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
