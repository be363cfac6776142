"""Work that another user of this machine does."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

OTHER = 61_234
"""A user whom nobody has heard of."""


def let_everybody_reach(folder: Path) -> None:
    """Let other users pass on their way to a folder of a test."""
    for each in (folder, *folder.parents):
        if each.name.startswith(("pytest-", "popen-", "test_")):
            each.chmod(0o755)


def as_another(work: Callable[[], Any], groups: tuple[int, ...] = (), uid: int = OTHER) -> Any:
    """Do it in a process of another user, and give its result or raise its error. Only root can ask."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups(groups)
            os.setgid(uid)
            os.setuid(uid)
            try:
                told = (True, work())
            except Exception as problem:
                told = (False, problem)
            os.write(writing, pickle.dumps(told))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as file:
        answer = file.read()
    os.waitpid(child, 0)
    fine, told = pickle.loads(answer)
    if not fine:
        raise told
    return told
