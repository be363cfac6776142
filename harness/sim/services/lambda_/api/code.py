"""The source of a function's code, and the folder that it runs from.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
"""

from __future__ import annotations

import atexit
import io
import os
import shutil
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import sha256
from os import getpid
from pathlib import Path

from harness.cloud import Unsupported
from harness.sim.sandbox.runtimes import NO_IMAGES
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.code import HOT_RELOAD, Code
from harness.sim.services.service import Params, ServiceError

KEPT_SECONDS = 7 * 86_400.0
"""An unpacked archive that no process has asked for in this time is removed."""
ZIP_BYTES_MAX = 52_428_800
UNZIPPED_BYTES_MAX = 262_144_000


_looked_through: set[Path] = set()
_utime = os.utime  # handlers' code gets a replacement

Read = Callable[[str, str, str | None], bytes]
"""Gives the content of an object from bucket, key and version. Raises `ServiceError`."""


def code_of(params: Params, read: Read) -> Code:
    """The code that `Code` of CreateFunction, `Content` of PublishLayerVersion and UpdateFunctionCode name.

    Raises `ServiceError`, or `Unsupported` for container images.
    """
    if params.get("ImageUri"):
        raise Unsupported(NO_IMAGES)
    if params.get("ZipFile") is not None:
        _check_upload(bytes(params["ZipFile"]))
        return _unpacked(bytes(params["ZipFile"]))
    bucket, key = params.get("S3Bucket"), params.get("S3Key")
    if bucket == HOT_RELOAD and key:
        return _in_place(str(key))
    if bucket and key:
        return _unpacked(_fetched(str(bucket), str(key), params.get("S3ObjectVersion"), read))
    raise invalid("Please provide a source for function code.")


def _fetched(bucket: str, key: str, version: str | None, read: Read) -> bytes:
    try:
        return read(bucket, key, version)
    except ServiceError as problem:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {problem.code}. "
            f"S3 Error Message: {problem.message}"
        ) from None


def _in_place(key: str) -> Code:
    folder = _path(key)
    if not folder.is_absolute() or not folder.is_dir():
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: NoSuchKey. "
            f"S3 Error Message: {key} is not an absolute path of a folder."
        )
    return Code(folder, _digest(key.encode()), 0, f"s3://{HOT_RELOAD}/{key}")


_path = lru_cache(maxsize=256)(Path)


def _check_upload(archive: bytes) -> None:
    if len(archive) > ZIP_BYTES_MAX:
        raise ServiceError(
            "RequestEntityTooLargeException", f"Zipped size must be smaller than {ZIP_BYTES_MAX} bytes", 413
        )


def _unpacked(archive: bytes) -> Code:
    if not archive:
        raise invalid("Uploaded file must be a non-empty zip")
    folder = _store() / sha256(archive).hexdigest()
    _unpack(archive, folder)
    _utime(folder)
    _remove_unused(folder.parent, folder.stat().st_mtime)
    return Code(folder, _digest(archive), len(archive), folder.as_uri())


def _unpack(archive: bytes, folder: Path) -> None:
    """Make the folder complete; another process may do the same at this moment."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            members = packed.infolist()
            if not members:
                raise invalid("Uploaded file must be a non-empty zip")
            if sum(member.file_size for member in members) >= UNZIPPED_BYTES_MAX:
                raise invalid(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
            if not all((folder / member.filename).exists() for member in members):
                _place(packed, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None


def _place(packed: zipfile.ZipFile, folder: Path) -> None:
    """In one step, so that nobody sees half of it."""
    part = folder.with_suffix(f".{getpid()}")
    packed.extractall(part)
    for member in packed.infolist():
        if (member.external_attr >> 16) & 0o111 and not member.is_dir():
            (part / member.filename).chmod(0o755)
    try:
        part.rename(folder)
    except OSError:
        shutil.copytree(part, folder, dirs_exist_ok=True)
        shutil.rmtree(part)


def _digest(content: bytes) -> str:
    return b64encode(sha256(content).digest()).decode()


@cache
def _store() -> Path:
    """Unpacked archives, one folder each. The same in every process, as tracebacks name it and histories
    must not differ by it; one of our own where the shared one belongs to somebody else."""
    shared = Path(tempfile.gettempdir()) / f"harness-code-{os.getuid()}"
    shared.mkdir(mode=0o700, exist_ok=True)
    found = shared.lstat()
    if shared.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o022:
        own = tempfile.mkdtemp(prefix="harness-code-")
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        return Path(own)
    return shared


def _remove_unused(store: Path, now: float) -> None:
    """Once a process: whoever has used an archive lately has given its folder the time of that."""
    if store in _looked_through:
        return
    _looked_through.add(store)
    for folder in store.iterdir():
        with suppress(FileNotFoundError):  # another process does the same
            if now - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
