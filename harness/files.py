"""Files that a user names: the text in one, or a sentence that says why there is none; the user's cache."""

from __future__ import annotations

import os
from pathlib import Path


class FileError(ValueError):
    """A file has no text to read; the message goes after the file's name."""


def text_of(file: str | Path) -> str:
    """The text in a file. Raises `FileError`."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError("no such file") from None
    except IsADirectoryError:
        raise FileError("is a folder; expected a file") from None
    except OSError as problem:
        raise FileError(f"can't be read: {problem.strerror}") from None
    except ValueError as problem:
        raise FileError(f"can't be read: {problem}") from None


_REMEMBERED = 1024
_real: dict[str, Path] = {}


def real_path(path: Path) -> Path:
    """`path.resolve()`, which looks at each folder on the way; remembered while it leads to that place."""
    name = str(path)
    known = _real.get(name)
    try:
        if known is not None and os.path.samefile(name, known):
            return known
    except OSError:  # it is gone, or what it led to
        pass
    if len(_real) >= _REMEMBERED:
        _real.clear()
    found = _real[name] = path.resolve()
    return found


def cache_folder() -> Path:
    """The folder for files that are made once per user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harness"
