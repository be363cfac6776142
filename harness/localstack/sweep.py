"""Sessions: who uses a LocalStack, where its files are, and what nobody uses any more.

A session is a folder with a file `users`, on which each user holds a shared lock. Locks end with the process
that holds them, also when it is killed, so a session whose lock can be had alone is abandoned.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cloud import Unsupported


def _view() -> str:
    """The name of this process's view of the file system, where there can be several on one machine."""
    namespace = Path("/proc/self/ns/mnt")
    return f"/{namespace.stat().st_ino}" if namespace.exists() else ""


MACHINE = f"{socket.gethostname()}{_view()}"
"""Locks are only seen on the machine they are held on, and where their file is seen."""


@dataclass(frozen=True)
class Session:
    """One LocalStack's folder: its users, its state as JSON, its log."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def users(self) -> Path:
        return self.folder / "users"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def state(self) -> dict[str, Any]:
        """The notes of the user that started it; empty while it starts."""
        try:
            return dict(json.loads((self.folder / "state.json").read_text()))
        except (OSError, ValueError):
            return {}

    def write_state(self, state: dict[str, Any]) -> None:
        """Let others know that it runs, and how."""
        draft = self.folder / "state.draft"
        draft.write_text(json.dumps(state))
        draft.replace(self.folder / "state.json")

    def remove(self) -> None:
        """Its folder, with everything that LocalStack wrote there."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Hold:
    """One user's part in a session: ends when it is let go, or with the process."""

    def __init__(self, users: Path) -> None:
        self._file = os.open(users, os.O_RDWR)

    def share(self) -> bool:
        """Be one of its users. False: it is being ended."""
        return self._lock(fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Is this its only user? If so, nobody else can join from then on."""
        return self._lock(fcntl.LOCK_EX)

    def close(self) -> None:
        """Let go."""
        os.close(self._file)

    def _lock(self, how: int) -> bool:
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def runtime_folder() -> Path:
    """The folder of this user's sessions. Raises `Unsupported` if it can't have one."""
    own = Path(tempfile.gettempdir()) / f"harness-{os.getuid()}"
    given = os.environ.get("XDG_RUNTIME_DIR")
    folders = [Path(given) / "harness", own] if given else [own]
    for folder in folders:
        with suppress(OSError):  # that of another user, as after su
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid == os.getuid():
                return folder
    tried = " and ".join(map(str, folders))
    raise Unsupported(f"{tried} can't be created, or isn't yours; set XDG_RUNTIME_DIR to your own folder")


def sessions() -> list[Session]:
    """Those whose folder is there, in use or not."""
    return [Session(users.parent) for users in sorted(runtime_folder().glob("*/users"))]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One at a time, over all processes of this user."""
    with (runtime_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def begin() -> tuple[Session, Hold]:
    """A new session that is in use from the first moment."""
    with locked("sessions"):
        session = Session(runtime_folder() / uuid.uuid4().hex[:12])
        session.folder.mkdir(mode=0o700)
        session.users.touch()
        hold = Hold(session.users)
        hold.share()
        return session, hold


def join(key: str) -> Iterator[tuple[Session, Hold]]:
    """A part in each session with this key that somebody uses. What is abandoned is left to `sweep`."""
    for session in sessions():
        if session.state().get("key") == key:
            with suppress(FileNotFoundError):
                hold = Hold(session.users)
                if not hold.alone() and hold.share():
                    yield session, hold
                else:
                    hold.close()


def in_use(users: Path) -> bool:
    """Does anybody use the session with this file?"""
    try:
        hold = Hold(users)
    except FileNotFoundError:
        return False
    except PermissionError:  # another user's
        return True
    try:
        return not hold.alone()
    finally:
        hold.close()


def sweep(end: Callable[[Session], None]) -> None:
    """End each abandoned session, and remove its folder."""
    with locked("sessions"):
        for session in sessions():
            if not in_use(session.users):
                end(session)
                session.remove()
        for folder in runtime_folder().glob("*/"):
            if not (folder / "users").exists():  # a LocalStack that was dying wrote to it as it was removed
                Session(folder).remove()
