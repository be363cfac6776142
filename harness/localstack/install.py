"""Installs the guest into LocalStack: a folder for its Python, with the entry points that it loads."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

from harness.cloud import Unsupported
from harness.files import cache_folder

SOURCE = Path(__file__).parents[1]
PACKAGE = "harness_guest"
GUEST = "localstack/guest"
PARTS = (GUEST, "aws")
"""The folders of `harness` that the guest consists of. They stand as they do here: so imports hold."""

ENTRY_POINTS = f"""\
[localstack.aws.provider]
dynamodb:harness = {PACKAGE}.localstack.guest.dynamodb:dynamodb
dynamodbstreams:harness = {PACKAGE}.localstack.guest.dynamodbstreams:dynamodbstreams
kinesis:harness = {PACKAGE}.localstack.guest.kinesis:kinesis

[localstack.hooks.on_infra_start]
harness = {PACKAGE}.localstack.guest.plugin:on_start

[localstack.hooks.on_infra_shutdown]
harness = {PACKAGE}.localstack.guest.plugin:on_shutdown

[localstack.lambda.runtime_executor]
harness = {PACKAGE}.localstack.guest.executor:HarnessExecutorPlugin
"""

EXTRA = "pip install 'decoupled-harness[localstack]'"

RELEASE = "4.14.0"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
"""That release from PyPI, and all it needs, each pinned; docker/localstack/build installs the same."""

ENVIRONMENT = {
    "DISABLE_EVENTS": "1",
    "DNS_ADDRESS": "0",
    "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.1",
    "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.01",
    "LAMBDA_RUNTIME_EXECUTOR": "harness",
    "PROVIDER_OVERRIDE_DYNAMODB": "harness",
    "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "harness",
    "PROVIDER_OVERRIDE_KINESIS": "harness",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "SQS_ENDPOINT_STRATEGY": "dynamic",
}
"""Variables of every LocalStack: no downloads, mappings that poll at once, our executor."""


def needs(cloud: str, missing: ImportError) -> Unsupported:
    """The error for a cloud whose packages aren't installed."""
    return Unsupported(f"--cloud {cloud} needs the package {missing.name}: {EXTRA}")


@cache
def guest_files() -> dict[str, bytes]:
    """The guest as it is installed: path → content."""
    files = {
        f"{PACKAGE}/{path.relative_to(SOURCE)}": path.read_bytes()
        for part in PARTS
        for path in sorted((SOURCE / part).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    files[f"{PACKAGE}/__init__.py"] = files[f"{PACKAGE}/localstack/__init__.py"] = b""
    about = f"{PACKAGE}-0.dist-info"
    files[f"{about}/METADATA"] = f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0\n".encode()
    files[f"{about}/top_level.txt"] = f"{PACKAGE}\n".encode()
    files[f"{about}/entry_points.txt"] = ENTRY_POINTS.encode()
    return files


@cache
def guest_digest() -> str:
    """Names this very guest: two that differ in a byte have different digests."""
    digest = hashlib.sha256()
    for path, content in guest_files().items():
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def guest_folder() -> Path:
    """A folder for PYTHONPATH that holds the guest; made once for each state of the guest.

    Raises `Unsupported` if this user may not write it.
    """
    try:
        return _made_once()
    except PermissionError as problem:
        raise Unsupported(f"{problem}; set XDG_CACHE_HOME to a folder of yours") from None


def _made_once() -> Path:
    folder = cache_folder() / f"guest-{guest_digest()}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".guest-", dir=folder.parent))
        for path, content in guest_files().items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_bytes(content)
        (draft / "used").touch()
        try:
            draft.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(draft, ignore_errors=True)
        _remove_unused(folder.parent)
    os.utime(folder / "used")
    return folder


def _remove_unused(folder: Path) -> None:
    """Remove guests that nothing has started with for a week, and what was noted of them."""
    old = time.time() - 7 * 86_400
    for used in folder.glob("guest-*/used"):
        if used.stat().st_mtime < old:
            shutil.rmtree(used.parent, ignore_errors=True)
    for noted in folder.glob("localstack/plux/*"):
        if noted.stat().st_mtime < old:
            noted.unlink(missing_ok=True)
