"""The paths of Lambda, `/var/task`, `/opt` and `/tmp`, lead a function to the folders of its code and layers.

`/tmp` leads to a folder of its own. Functions of the standard library that take a path are covered; other C
libraries that open files on their own are not.
"""

from __future__ import annotations

import builtins
import io
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from harness.sim.patches import current, listings
from harness.sim.patches.patching import Attributes

_OF_ONE_PATH = (
    *("access", "chdir", "chmod", "chown", "lchown", "mkdir", "mkfifo", "mknod", "open"),
    *("readlink", "remove", "rmdir", "statvfs", "truncate", "unlink", "utime"),
    *(name for name in ("getxattr", "listxattr", "removexattr", "setxattr") if hasattr(os, name)),
)

_ABILITIES = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids)

_NAMED = ("file", "path", "database")
"""The name of the first argument, where it is given by name."""


def _mapped(original: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        if process is None:
            return original(*args, **kwargs)
        if args:
            args = (real(process, args[0]), *args[1:])
        else:
            kwargs.update({name: real(process, kwargs[name]) for name in _NAMED if name in kwargs})
        try:
            return original(*args, **kwargs)
        except OSError as problem:
            _show_names(process, problem)
            raise

    chosen.__name__ = getattr(original, "__name__", "chosen")
    return chosen


def _opened(original: Callable[..., Any]) -> Callable[..., Any]:
    """`open`, whose files have the names that the function gave."""
    opening = _mapped(original)

    def chosen(*args: Any, **kwargs: Any) -> Any:
        file, process = opening(*args, **kwargs), current.process()
        if process is not None:
            outer = getattr(file, "buffer", file)
            raw = getattr(outer, "raw", outer)
            if isinstance(raw.name, str):
                raw.name = process.shown_folder(raw.name)
        return file

    chosen.__name__ = opening.__name__
    return chosen


def _mapped_both(original: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        if process is None:
            return original(*args, **kwargs)
        args = tuple(real(process, arg) for arg in args)
        kwargs = {name: real(process, value) for name, value in kwargs.items()}
        try:
            return original(*args, **kwargs)
        except OSError as problem:
            _show_names(process, problem)
            raise

    chosen.__name__ = original.__name__
    return chosen


def _stated(original: Callable[..., Any]) -> Callable[..., Any]:
    """`os.stat` tells times, which are virtual where a function has written."""

    def chosen(path: Any, *args: Any, **kwargs: Any) -> Any:
        process = current.process()
        if process is None:
            return original(path, *args, **kwargs)
        path = real(process, path)
        if isinstance(path, str):
            process.looked_at(path)
        try:
            return original(path, *args, **kwargs)
        except OSError as problem:
            _show_names(process, problem)
            raise

    chosen.__name__ = original.__name__
    return chosen


def _show_names(process: current.SimulatedProcess, problem: OSError) -> None:
    """An error names files as the function does: it may be stored, and the same run is to store the same."""
    for name in ("filename", "filename2"):
        path = getattr(problem, name)
        if isinstance(path, str):
            setattr(problem, name, process.shown_folder(path))


def _unlinking(close: Callable[..., Any]) -> Callable[..., Any]:
    """The closer of temporary files has kept the `os.unlink` that it found when Python started."""
    return lambda closer: close(closer, unlink=os.unlink)


def _add(attributes: Attributes, owner: Any, name: str, mapping: Callable[..., Any]) -> None:
    """The replacement can do what the original can: the standard library asks before it uses it."""
    original = getattr(owner, name)
    replacement = mapping(original)
    for able in _ABILITIES:
        if original in able:
            able.add(replacement)
    attributes.add(owner, name, replacement)


def real(process: current.SimulatedProcess, path: Any) -> Any:
    """The real path for a path of a function; other values stay as they are."""
    if isinstance(path, str):
        return process.real_path(path)
    if isinstance(path, bytes):
        return os.fsencode(process.real_path(os.fsdecode(path)))
    if isinstance(path, os.PathLike):
        return real(process, os.fspath(path))
    return path


def _getcwd() -> str:
    process = current.process()
    folder = _real_getcwd()
    return folder if process is None else process.shown_folder(folder)


_real_getcwd = os.getcwd
_real_rename = os.rename
_KEEP_RENAME = ("s3transfer.compat", "s3transfer.utils")
"""Modules of the SDK that keep the `os.rename` which they found when they were imported, as `rename_file`."""


def replace(attributes: Attributes) -> None:
    """Register what takes a path."""
    attributes.add(builtins, "open", _opened(builtins.open))
    attributes.add(io, "open", _opened(io.open))
    for name in _OF_ONE_PATH:
        _add(attributes, os, name, _mapped)
    _add(attributes, os, "listdir", lambda original: listings.listed(_mapped(original)))
    _add(attributes, os, "scandir", lambda original: listings.scanned(_mapped(original)))
    _add(attributes, os, "fstat", listings.described)
    for name in ("lstat", "stat"):
        _add(attributes, os, name, _stated)
    for name in ("link", "rename", "replace", "symlink"):
        _add(attributes, os, name, _mapped_both)
    attributes.add(sqlite3, "connect", _mapped(sqlite3.connect))
    for module in filter(None, map(sys.modules.get, _KEEP_RENAME)):
        attributes.add(module, "rename_file", _mapped_both(_real_rename))
    closer = tempfile._TemporaryFileCloser  # type: ignore[attr-defined]
    name = "cleanup" if hasattr(closer, "cleanup") else "close"
    attributes.add(closer, name, _unlinking(getattr(closer, name)))
    attributes.add(os, "getcwd", _getcwd)
