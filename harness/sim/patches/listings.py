"""Folders as a function sees them: their entries in order of name, whatever this machine's file system does,
and with virtual times."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from harness.sim.patches import current

_readlink = os.readlink


def listed(original: Callable[..., Any]) -> Callable[..., Any]:
    """`os.listdir`."""

    def listdir(*args: Any, **kwargs: Any) -> Any:
        names = original(*args, **kwargs)
        return names if current.process() is None else sorted(names)

    return listdir


def scanned(original: Callable[..., Any]) -> Callable[..., Any]:
    """`os.scandir`."""

    def scandir(*args: Any, **kwargs: Any) -> Any:
        process, found = current.process(), original(*args, **kwargs)
        return found if process is None else _Entries(process, found, *args, **kwargs)

    return scandir


def described(original: Callable[..., Any]) -> Callable[..., Any]:
    """`os.fstat`."""

    def fstat(fd: int) -> Any:
        process = current.process()
        if process is not None:
            with suppress(OSError):
                process.looked_at(_readlink(f"/proc/self/fd/{fd}"))
        return original(fd)

    return fstat


class _Entry:
    """What `os.scandir` tells of: an entry by the name that its function has for it."""

    def __init__(self, entry: Any, path: str | bytes) -> None:
        self._entry = entry
        self.name, self.path = entry.name, path

    def __fspath__(self) -> str | bytes:
        return self.path

    def __repr__(self) -> str:
        return repr(self._entry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


class _Entries:
    """What `os.scandir` returns. `path`: the folder, as the function named it."""

    def __init__(self, process: current.SimulatedProcess, found: Any, path: Any = ".") -> None:
        with found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if isinstance(entry.path, str):
                process.looked_at(entry.path)
        self._entries = iter([_Entry(entry, _within(path, entry)) for entry in entries])

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """There are no more entries."""
        self._entries = iter(())


def _within(folder: Any, entry: Any) -> Any:
    """The path of an entry. A folder that is open already has no name."""
    if isinstance(folder, int):
        return entry.name
    return os.path.join(os.fspath("." if folder is None else folder), entry.name)
