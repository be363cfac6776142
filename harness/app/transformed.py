"""Templates that SAM has transformed before, in the user's cache directory.

The translator takes longer to load than a scenario runs, and makes the same of the same template.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.files import cache_folder

FILES_MAX = 500
"""Of more, those that were used last stay: half of them."""

Made = dict[str, Any]


def transformed(
    data: Mapping[str, Any], parameters: Mapping[str, Any], region: str, make: Callable[[], Made]
) -> Made:
    """What `make` makes of a template, unless it is known: by the content of all that decides it.

    Data that JSON would change is always made anew, and so is all where nothing can be stored.
    """
    given = [dict(data), dict(parameters), region]
    key = _text(given)
    if key is None:
        return make()
    import samtranslator

    key += f" {samtranslator.__version__} {sys.version_info[:2]}"
    file = _folder() / f"{sha256(key.encode()).hexdigest()}.json"
    with contextlib.suppress(OSError, ValueError):
        known: Made = json.loads(file.read_text(encoding="utf-8"))
        os.utime(file)
        return known
    made = make()
    text = _text(made)
    if text is not None:
        with contextlib.suppress(OSError):
            _store(file, text)
    return made


def is_any_known() -> bool:
    """Has this user ever stored one? Else the translator will be needed soon."""
    try:
        return any(_folder().iterdir())
    except OSError:
        return False


def _folder() -> Path:
    return cache_folder() / "sam"


def _text(data: Any) -> str | None:
    """The data as JSON; None if that isn't the same."""
    try:
        text = json.dumps(data)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if json.loads(text) == data else None


def _store(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")  # a random name would take from the chance of a run
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    files = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)
    if len(files) > FILES_MAX:
        for old in files[: -FILES_MAX // 2]:
            old.unlink(missing_ok=True)
