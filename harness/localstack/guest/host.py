"""Starts LocalStack as a process of a machine: on loopback only, and not for longer than somebody uses it.

`HARNESS_USERS`: a file that everybody who uses this LocalStack holds a shared lock on. Once nobody does,
because all are done or dead, this process ends itself, what it started, and its folder.
`HARNESS_CATALOG`: a folder that keeps LocalStack's index of services from one start to the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import signal
import threading
from pathlib import Path

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Run LocalStack until it is told to stop or nobody uses it any more."""
    users = os.environ.pop("HARNESS_USERS", None)
    if users:
        file = os.open(users, os.O_RDONLY)  # fails, and all with it, if they are gone already
        threading.Thread(target=_end_after, args=(file, users), daemon=True, name="harness-users").start()
    listen_on_loopback()
    catalog = os.environ.pop("HARNESS_CATALOG", None)
    if catalog:
        use_catalog(Path(catalog))
    from localstack.runtime.main import main as run

    run()


def listen_on_loopback() -> None:
    """LocalStack ignores the host that it is told to listen on, so its endpoints are given one."""
    from twisted.internet import endpoints

    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=LOOPBACK)


def use_catalog(folder: Path) -> None:
    """Load the index of services from this folder; build it there if it is missing (about 3 s)."""
    from localstack import config
    from localstack.aws import spec

    name = spec._get_catalog_filename()
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name}.{os.getpid()}"
        spec.build_service_index_cache(str(draft))
        draft.replace(folder / name)
    config.dirs.static_libs = str(folder)


def _end_after(file: int, users: str) -> None:
    import psutil

    fcntl.flock(file, fcntl.LOCK_EX)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    shutil.rmtree(os.path.dirname(users), ignore_errors=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
