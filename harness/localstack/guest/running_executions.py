"""Executions of state machines under way, and whether they go on by themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import under_way
from .under_way import Work

KIND, TIMER = "execution", "timer of an execution"
"""Kinds of work."""
SHOWS_AFTER_SECONDS = 2.0
"""A call that hasn't been answered for so long in real time shows elsewhere: a function that was created
just now has begun to run, or the gateway counts what it holds."""


@dataclass(eq=False)
class Executing(Work):
    """An execution under way. `about`: its state machine. `seq`: its event. `waits`: so many of its threads
    wait for time that passes, for a token, or for an answer to a call; `asked`: real times at which calls
    were made. A call that takes long shows by itself: the gateway holds it, or a function runs."""

    execution: str = ""
    seq: int | None = None
    waits: int = 0
    asked: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def moving(self) -> bool:
        """Does a state go on by itself?"""
        with self.lock:
            now = time.monotonic()
            return self.waits == 0 or any(now - since < SHOWS_AFTER_SECONDS for since in self.asked)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A thread of it waits while the block runs."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A thread of it makes a call while the block runs."""
        since = time.monotonic()
        with self.waiting():
            self.asked.append(since)
            try:
                yield
            finally:
                self.asked.remove(since)

    def _count(self, step: int) -> None:
        with self.lock:
            self.waits += step
        under_way.touch(self.account)


_executing: dict[str, Executing] = {}


def begin(executing: Executing) -> None:
    """From now on it counts."""
    place = under_way.of(executing.account)
    with place.lock:
        place.activity += 1
        place.works[executing] = None
    _executing[executing.execution] = executing


def end(executing: Executing) -> None:
    """It counts no longer."""
    _executing.pop(executing.execution, None)
    under_way.of(executing.account).finish(executing)


def forget(account: str) -> None:
    """The account is gone."""
    for executing in [each for each in _executing.values() if each.account == account]:
        _executing.pop(executing.execution, None)


def find(execution: str) -> Executing | None:
    """The execution of an ARN, if it is one that is told."""
    return _executing.get(execution)
