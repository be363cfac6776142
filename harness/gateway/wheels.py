"""Packages with compiled parts, for another Python than the tests': pip gets them once, into a cache."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from harness.cloud import Unsupported
from harness.files import cache_folder

_COMPILED = re.compile(r"\.(?P<built_for>[a-z]+-?\d+[^.]*)\.(so|pyd)$")
_STABLE = "abi3"
_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
_TIMEOUT_SECONDS = 300.0


def runs_under(found: Distribution, python: str) -> bool:
    """Do a package's compiled parts, if it has any, run under that Python ("3.13") on Linux?"""
    wanted = f"cpython-{python.replace('.', '')}-"
    here = sys.platform == "linux"
    kinds = (match["built_for"] for file in found.files or () if (match := _COMPILED.search(file.name)))
    return all(here and (kind == _STABLE or kind.startswith(wanted)) for kind in kinds)


def files(found: Distribution, python: str) -> Iterator[tuple[str, Path]]:
    """The files of the same release for that Python. Raises `Unsupported` if it can't be had."""
    folder = _folder(found, python)
    if not folder.is_dir():
        _install(found, python, folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def _folder(found: Distribution, python: str) -> Path:
    return cache_folder() / "wheels" / f"{python}-{_machine()}" / f"{found.metadata['Name']}-{found.version}"


def _install(found: Distribution, python: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    name = f"{found.metadata['Name']}=={found.version}"
    try:
        if why := _pip(name, python, draft):
            raise Unsupported(
                f"{name} is installed here for Python {sys.version_info[0]}.{sys.version_info[1]}, functions "
                f"run under {python} there, and pip can't get it for that: {why}. Deploy the output of `sam "
                f"build`, or run the tests under Python {python}"
            )
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _pip(name: str, python: str, target: Path) -> str:
    """Have it installed; the last thing that pip says if it can't be."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
    for libc in ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "linux"):
        command += ["--platform", f"{libc}_{_machine()}"]
    try:
        done = subprocess.run([*command, name], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"it took more than {_TIMEOUT_SECONDS:.0f} s"
    said = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
    return said[-1] if done.returncode else ""


def _machine() -> str:
    machine = platform.machine().lower()
    return _MACHINES.get(machine, machine)
