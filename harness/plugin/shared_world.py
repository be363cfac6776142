"""Does a process share anything with its forks but its memory?

A fork has a copy of the memory. Open files and their offsets, the file system, other processes and what is
connected to are there once, and the threads aren't there at all. A test that uses any of these before the
point where its process is forked would go another way than it does from the beginning.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

_CHANGES = frozenset(
    {
        *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
        *("os.truncate", "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree"),
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"),
        *("socket.bind", "socket.connect", "socket.sendmsg", "socket.sendto"),
        *("open", "sqlite3.connect", "tempfile.mkdtemp", "tempfile.mkstemp"),
    }
)
"""Audit events of Python by which a test can change what is outside of its process."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES = frozenset(f"/dev/{name}" for name in ("full", "null", "random", "tty", "urandom", "zero"))
_HARMLESS = {"sqlite3.connect": frozenset({":memory:", ""}), "open": _DEVICES}

_HARNESS = f"{Path(__file__).parents[1]}/"
_ON_BEHALF = tuple(
    f"{_HARNESS}sim/{part}" for part in ("patches/", "sandbox/process.py", "sandbox/temporary.py")
)
"""Parts of harness that stand between a handler and the standard library."""
_PYTEST = ("/_pytest/", "/pluggy/")
_INSTALLED = tuple({f"{sysconfig.get_path(name)}/" for name in ("purelib", "platlib")})
_STANDARD = ("<", *{f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib")})

# Handlers' code gets replacements of these while a simulator is active.
_listdir, _readlink = os.listdir, os.readlink
_FILES = "/proc/self/fd"

_changes = 0
"""So many changes were made by a test's code in this process."""


class SharedWorld:
    """What the process has outside of its memory now: `is_shared` tells whether it has more later."""

    def __init__(self) -> None:
        _listen()
        self._files = _open_files()
        self._threads = _threads()
        self._changes = _changes

    @property
    def is_changed(self) -> bool:
        """Has code of the test's, or of the app's, changed anything outside of the process since then?"""
        return _changes != self._changes

    @property
    def is_shared(self) -> bool:
        """Must the process not be forked? Where the system doesn't tell what is open, it mustn't ever."""
        files = _open_files()
        if self.is_changed or files is None or self._files is None:
            return True
        return not files <= self._files or not _threads() <= self._threads


def _open_files() -> frozenset[tuple[str, str]] | None:
    """Files, sockets and pipes that are open; None if the system doesn't tell."""
    found = set()
    try:
        for number in _listdir(_FILES):
            try:
                found.add((number, _readlink(f"{_FILES}/{number}")))
            except FileNotFoundError:  # it was open for the list itself
                continue
    except OSError:
        return None
    return frozenset(file for file in found if file[1] not in _DEVICES)


def _threads() -> frozenset[int]:
    """All threads but this one that don't belong to the simulator."""
    this = sys._getframe()
    found = set()
    for ident, frame in sys._current_frames().items():
        first = frame
        while first.f_back is not None:
            first = first.f_back
        if frame is not this and not first.f_code.co_filename.startswith(_HARNESS):
            found.add(ident)
    return frozenset(found)


@cache
def _listen() -> None:
    """From now on, as long as the process lives: a hook can't be taken out again."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _CHANGES:
        return
    if event == "open" and not arguments[2] & _WRITING:
        return
    what = arguments[0] if arguments else None
    if isinstance(what, str) and (what in _HARMLESS.get(event, ()) or "__pycache__" in what):
        return
    if _is_tests(sys._getframe(1), event):
        global _changes
        _changes += 1


def _is_tests(frame: FrameType | None, event: str) -> bool:
    """Is this done for the test or the app, and not for harness or pytest themselves?

    Pytest makes folders for tests, and they are harmless as long as nobody writes there or removes them.
    """
    for_others = False
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_HARNESS) and not file.startswith(_ON_BEHALF):
            return False
        if any(part in file for part in _PYTEST):
            return for_others or event == "shutil.rmtree"
        if file.startswith(_INSTALLED):
            for_others = True
        elif not file.startswith((*_STANDARD, *_ON_BEHALF)):
            return True
        frame = frame.f_back
    return True
