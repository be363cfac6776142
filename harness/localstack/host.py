"""LocalStack from PyPI as a process of this machine, for machines without Docker."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from harness.cloud import Unsupported
from harness.files import cache_folder
from harness.localstack.install import (
    ENVIRONMENT,
    RELEASE,
    REQUIREMENTS,
    guest_folder,
)
from harness.localstack.ports import LOOPBACK, NotReady, free_port, wait_until_ready

PYTHON = "3.13"
READY_WITHIN_SECONDS = 90.0
GRACE_SECONDS = 1.0
"""LocalStack often doesn't end by itself right after an invocation."""
_NOT_PASSED_ON = ("AWS_", "COVERAGE_", "HARNESS_", "LOCALSTACK_", "PYTEST_", "PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class HostProcess:
    """A LocalStack that runs as a process: its id, when that began (seconds since the epoch), its port."""

    pid: int
    began: float
    port: int

    def alive(self) -> bool:
        """Does this very process run? Another one may have got its id."""
        try:
            found = psutil.Process(self.pid)
            return found.create_time() == self.began and found.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End it and what it started: it is asked first, then killed."""
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.pid)
            if main.create_time() != self.began:
                return
            family = main.children(recursive=True)
            if grace_seconds:
                main.terminate()
                psutil.wait_procs([main], grace_seconds)
            family += main.children(recursive=True) if main.is_running() else []
            for member in [main, *family]:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            psutil.wait_procs([main, *family], GRACE_SECONDS)


def start(folder: Path, users: Path, environment: Mapping[str, str], log: Path) -> HostProcess:
    """Start one in a folder of its own, for as long as somebody holds a lock on the file `users`.

    Raises `Unsupported` where there is no Python for it, and `NotReady` if it doesn't come up.
    """
    python = interpreter()
    for _ in range(3):
        port = free_port()
        spawned = _spawn(python, folder, users, environment, log, port)
        process = HostProcess(spawned.pid, psutil.Process(spawned.pid).create_time(), port)
        try:
            wait_until_ready(f"http://{LOOPBACK}:{port}", READY_WITHIN_SECONDS, partial(_ended, spawned))
            return process
        except BaseException as problem:
            process.stop(grace_seconds=0)
            spawned.wait()
            if not isinstance(problem, NotReady):
                raise
            if "Address already in use" not in log.read_text(errors="replace"):
                raise NotReady(f"LocalStack didn't start: {problem}") from None
    raise NotReady("LocalStack didn't start: each port that was free had been taken when it wanted to listen")


def interpreter() -> Path:
    """A Python that has LocalStack: the one of HARNESS_LOCALSTACK_PYTHON, or one that is installed once.

    Raises `Unsupported` where neither can be had.
    """
    given = os.environ.get("HARNESS_LOCALSTACK_PYTHON")
    if given:
        found = _localstack_of(given)
        if not found:
            raise Unsupported(
                f"HARNESS_LOCALSTACK_PYTHON={given}: LocalStack isn't installed for this Python; run "
                f"pip install --no-deps -r {REQUIREMENTS}, or unset the variable to have it installed"
            )
        return Path(given)
    return _installed()


def installed_release() -> str:
    """The LocalStack that host mode would use, '' if it had to be installed first. For `harness doctor`."""
    given = os.environ.get("HARNESS_LOCALSTACK_PYTHON")
    folder = _own_environment()
    if given:
        return _localstack_of(given)
    return RELEASE if (folder / ".complete").exists() else ""


def demand() -> None:
    """Raise `Unsupported` where `interpreter` would, but install nothing."""
    if os.environ.get("HARNESS_LOCALSTACK_PYTHON"):
        interpreter()
    elif not installed_release():
        _needed_python()


def _spawn(
    python: Path, folder: Path, users: Path, environment: Mapping[str, str], log: Path, port: int
) -> subprocess.Popen[bytes]:
    root = folder / "root"
    temporary = folder / "tmp"
    for made in (root, temporary):
        made.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    settings = {
        **ENVIRONMENT,
        "FILESYSTEM_ROOT": str(root),
        "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "HARNESS_CATALOG": str(cache_folder() / "catalog"),
        "HARNESS_USERS": str(users),
        "LOCALSTACK_HOST": f"{LOOPBACK}:{port}",
        "OVERRIDE_IN_DOCKER": "0",
        "PYTHONPATH": str(guest_folder()),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(cache_folder() / "localstack"),
        **environment,
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            [python, "-m", "harness_guest.localstack.guest.host"],
            env=kept | settings,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _ended(process: subprocess.Popen[bytes]) -> str:
    """The way it ended; '' while it runs."""
    code = process.poll()
    return "" if code is None else f"its process ended with code {code}"


def _localstack_of(python: str) -> str:
    """The release of LocalStack that a Python has, '' if none."""
    script = "from importlib.metadata import version; print(version('localstack-core'))"
    return _output(python, script)


def _python() -> str | None:
    """A CPython that LocalStack runs on: on PATH, or where pyenv and uv keep theirs."""
    script = "import sys; print(*sys.version_info[:2], sep='.')"
    name = f"python{PYTHON}"
    candidates = [sys.executable, shutil.which(name), shutil.which("python3")]
    for kept in ("~/.pyenv/versions", "~/.local/share/uv/python"):
        candidates += map(str, Path(kept).expanduser().glob(f"*{PYTHON}.*/bin/{name}"))
    return next((found for found in candidates if found and _output(found, script) == PYTHON), None)


def _output(python: str, script: str) -> str:
    try:
        done = subprocess.run([python, "-c", script], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _own_environment() -> Path:
    return cache_folder() / f"localstack-{RELEASE}"


def _installed() -> Path:
    folder = _own_environment()
    complete = folder / ".complete"
    if not complete.exists():
        with _locked(folder.with_suffix(".lock")):
            if not complete.exists():
                _install(folder)
                complete.touch()
    return folder / "bin" / "python"


def _needed_python() -> str:
    python = _python()
    if python is None:
        raise Unsupported(
            f"--cloud localstack-host needs CPython {PYTHON}, which alone runs LocalStack {RELEASE}, "
            f"and no python{PYTHON} is on PATH. Install one, or name one that has LocalStack in "
            "HARNESS_LOCALSTACK_PYTHON. Without it: --cloud sim, --cloud endpoint=URL, or with Docker: "
            "--cloud localstack"
        )
    return python


def _install(folder: Path) -> None:
    python = _needed_python()
    print(f"harness: installs LocalStack {RELEASE} into {folder}, once (a minute or two)", file=sys.stderr)
    for command in (
        [python, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(REQUIREMENTS)],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr or done.stdout).strip()[-500:]
            raise Unsupported(f"LocalStack can't be installed into {folder}: {last}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
