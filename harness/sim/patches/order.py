"""The order of sets of futures and tasks: by when they were made, not by where they lie in memory.

`concurrent.futures.wait`, `asyncio.wait` and `as_completed` work on such sets, and code goes through them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from itertools import count
from typing import Any

from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

_numbers = count(1)
_NUMBER = "_harness_number"


def begin() -> None:
    """Numbers begin anew in each run."""
    global _numbers
    _numbers = count(1)


def _hash(future: Any) -> int:
    number: int | None = getattr(future, _NUMBER, None)
    if number is None:
        if acting() is None:
            return object.__hash__(future)
        number = next(_numbers)
        setattr(future, _NUMBER, number)
    return number


class _Task(asyncio.Task):  # type: ignore[type-arg]
    __hash__ = _hash


class _AsyncFuture(asyncio.Future):  # type: ignore[type-arg]
    __hash__ = _hash


def replace(attributes: Attributes) -> None:
    """Register what is put into sets."""
    attributes.add(Future, "__hash__", _hash)
    for module in (asyncio, asyncio.tasks):
        attributes.add(module, "Task", _Task)
    for module in (asyncio, asyncio.futures):
        attributes.add(module, "Future", _AsyncFuture)
