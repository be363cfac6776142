"""The folder `/tmp` of one environment: empty at its start, gone with it."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sys
from collections.abc import Iterable

NAME = "/tmp"
_PREFIX = "harness-tmp-"

_mkdir, _lstat, _utime, _getpid = os.mkdir, os.lstat, os.utime, os.getpid
_numbers = itertools.count(1)


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
            self._folder = f"{NAME}/{_PREFIX}{_getpid()}-{next(_numbers)}"
            _mkdir(self._folder, 0o700)
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
