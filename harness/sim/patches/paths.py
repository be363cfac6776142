"""The paths of Lambda, `/var/task` and `/opt`, lead a function to the folders of its code and layers.

Functions of the standard library that take a path are covered; C libraries that open files on their own, as
sqlite3 does, are not.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.patching import Attributes

_NAMED = ("file", "path")
"""The name of the first argument, where it is given by name."""


def _mapped(original: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*args: Any, **kwargs: Any) -> Any:
        process = current.process()
        if process is None:
            return original(*args, **kwargs)
        if args:
            return original(real(process, args[0]), *args[1:], **kwargs)
        for name in _NAMED:
            if name in kwargs:
                kwargs[name] = real(process, kwargs[name])
        return original(**kwargs)

    chosen.__name__ = getattr(original, "__name__", "chosen")
    return chosen


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


def replace(attributes: Attributes) -> None:
    """Register what takes a path."""
    attributes.add(builtins, "open", _mapped(builtins.open))
    attributes.add(io, "open", _mapped(io.open))
    for name in ("access", "chdir", "listdir", "lstat", "open", "readlink", "scandir", "stat"):
        attributes.add(os, name, _mapped(getattr(os, name)))
    attributes.add(os, "getcwd", _getcwd)
