"""A function's folder as the zip that is uploaded, with the packages that its requirements.txt names.

Handlers find installed packages in the simulator; elsewhere they find what is in their zip. So what
`sam build` would install is taken from the environment of the test, or got for the functions' own Python.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from harness.cloud import Unsupported
from harness.gateway import wheels

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_NOT_SHIPPED = frozenset(("__pycache__", ".git", ".venv", "node_modules/.cache"))
PROVIDED = frozenset(("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"))
"""Packages that Lambda's own runtimes bring along."""


def zipped_folder(folder: Path, *, within: str = "", python: str = "") -> bytes:
    """The zip of a folder; `within` is where installed packages go, as in a layer's `python/`.

    `python`: the version that runs functions ("3.13"), "" where that isn't known. Raises `Unsupported`.
    """
    stamp = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in _files(folder))
    return _zipped(folder, within, python, stamp)


@cache
def _zipped(folder: Path, within: str, python: str, stamp: tuple[tuple[str, int, int], ...]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        held = set()
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            held.add(name)
            _add(archive, name, path)
        for name, path in _required(folder, python):
            if within + name not in held:
                held.add(within + name)
                _add(archive, within + name, path)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (path.stat().st_mode & 0o777) << 16
    archive.writestr(info, path.read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _NOT_SHIPPED & set(path.relative_to(folder).parts):
            yield path


def _required(folder: Path, python: str) -> Iterator[tuple[str, Path]]:
    """The files of the packages that requirements.txt names, where the folder doesn't hold them already."""
    listed = folder / "requirements.txt"
    if not listed.is_file():
        return
    wanted = [_name(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    known: dict[str, Distribution] = {}
    for name in filter(None, wanted):
        _collect(name, known, str(listed))
    for name in sorted(known):
        fits = not python or wheels.runs_under(known[name], python)
        yield from _files_of(known[name]) if fits else wheels.files(known[name], python)


def _collect(name: str, known: dict[str, Distribution], where: str) -> None:
    """A package and what it needs, from the environment of the test."""
    if name in known or name in PROVIDED:
        return
    try:
        known[name] = distribution(name)
    except PackageNotFoundError:
        raise Unsupported(
            f"{where} names {name}, which isn't installed here: install it where the tests run, or deploy "
            "the output of `sam build`"
        ) from None
    for line in known[name].requires or ():
        if ";" not in line or not re.search(r"extra\s*==|python_version\s*<|sys_platform", line):
            _collect(_name(line), known, where)


def _files_of(found: Distribution) -> Iterator[tuple[str, Path]]:
    for file in found.files or ():
        name = file.as_posix()
        if name.startswith("..") or "__pycache__" in name:
            continue
        yield name, Path(str(found.locate_file(file)))


def _name(line: str) -> str:
    """The package that a line of requirements names; empty for options and comments."""
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line.partition("#")[0])
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
