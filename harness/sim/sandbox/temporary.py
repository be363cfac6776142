"""The folder `/tmp` of one environment: empty at its start, gone with it.

Those of a process and its forks lie in one folder of this machine's `/tmp`. It is locked as long as one of
them is there; one that nobody locks is removed by whoever comes next.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterable
from functools import cache

NAME = "/tmp"
_PREFIX = "harness-tmp-"
_YOUNG_SECONDS = 60.0
"""A younger folder stays: its process may have made it a moment ago, and not locked it yet."""

# Handlers' code gets replacements of these while a simulator is active.
_mkdir, _lstat, _utime, _getpid, _open = os.mkdir, os.lstat, os.utime, os.getpid, os.open
_numbers = itertools.count(1)


@cache
def sweep() -> None:
    """Remove what killed processes of this user have left."""
    with contextlib.suppress(OSError):  # nobody may look into it, or it isn't there
        for entry in os.scandir(NAME):
            if entry.name.startswith(_PREFIX):
                with contextlib.suppress(OSError):  # it is in use, or gone by now
                    _remove_if_left(entry.path)


def _remove_if_left(folder: str) -> None:
    found = _lstat(folder)
    if found.st_uid != os.getuid() or time.time() - found.st_ctime < _YOUNG_SECONDS:
        return
    file = _open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(file)


@cache
def _home() -> str:
    """The folder of this process and its forks."""
    folder = _made(f"{NAME}/{_PREFIX}{_getpid()}")
    fcntl.flock(_open(folder, os.O_RDONLY), fcntl.LOCK_EX)
    atexit.register(_remove_home, folder, _getpid())
    return folder


def _remove_home(folder: str, owner: int) -> None:
    if _getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _made(path: str) -> str:
    """A new folder by a name that begins so: numbers of processes are used again."""
    while True:
        with contextlib.suppress(FileExistsError):
            folder = f"{path}-{next(_numbers)}"
            _mkdir(folder, 0o700)
            return folder


class Temporary:
    """Made when it is first used. `shared`: folders that may lie in this machine's own `/tmp`, and are used
    where they are: code, installed packages, what pytest gives a test."""

    def __init__(self, shared: Iterable[str]) -> None:
        self._folder: str | None = None
        self._stamped: dict[str, int] = {}
        here = (sys.prefix, sys.base_prefix, *shared)
        self._shared = (
            *(folder for folder in here if folder.startswith(NAME)),
            f"{NAME}/pytest-of-",
            f"{NAME}/{_PREFIX}",
        )

    def real(self, path: str) -> str:
        """The path on this machine for one that begins with `/tmp`."""
        if path.startswith(self._shared):
            return path
        return self.folder() + path[len(NAME) :]

    def folder(self) -> str:
        """The folder on this machine."""
        if self._folder is None:
            self._folder = _made(f"{_home()}/{_getpid()}")
        return self._folder

    def stamp(self, now: float) -> None:
        """What was written since the last time was written now: its times are virtual, too."""
        for folder, _, files in os.walk(self._folder) if self._folder is not None else ():
            for path in (folder, *(os.path.join(folder, file) for file in files)):
                self._stamp(path, now)

    def looked_at(self, path: str, now: float) -> None:
        """Somebody asks for the times of a file."""
        if self._folder is not None and path.startswith(self._folder):
            with contextlib.suppress(OSError):
                self._stamp(path, now)

    def _stamp(self, path: str, now: float) -> None:
        if _lstat(path).st_mtime_ns != self._stamped.get(path):
            self._stamped[path] = round(now * 1e6) * 1000
            _utime(path, ns=(self._stamped[path],) * 2, follow_symlinks=False)

    def shown(self, text: str) -> str:
        """A text in which the folder has its name."""
        return text if self._folder is None else text.replace(self._folder, NAME)

    def remove(self) -> None:
        """It goes with its environment."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
