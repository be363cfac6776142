"""Cyclic garbage, looked for less often where many runs are made: each run leaves some, and little of it.

By default Python looks whenever 700 objects more were made than went, and from time to time at all that a
process has ever loaded. That is a sixth of a run, and a full look takes longer than a run does.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count

NEW_OBJECTS = 10_000
"""So many objects more before Python looks: they still fit into a processor's cache."""

RUN_OBJECTS = 100_000
"""The same within a run of a worker, which looks after each: hardly any run makes so many."""

LOOKS_AT_OLD = 100
"""Every so many runs a worker also looks at what has outlived runs: it isn't much."""

OLD_OBJECTS = 50_000
"""So many may have outlived runs before all is looked at: a quarter of what is loaded, as in Python."""

_freeze, _unfreeze = gc.freeze, gc.unfreeze

_is_kept = False
"""Has this process frozen objects for good?"""

_new_objects = NEW_OBJECTS
"""So many objects more before this process looks while it makes runs."""


def keep_loaded() -> None:
    """For good, never again look at what is there now, and hardly ever within a run: call it when all is
    loaded, and `after_a_run` from then on."""
    gc.collect()
    _keep(RUN_OBJECTS)


def leave_alone() -> None:
    """Never look at what a process that was just forked has inherited: that would copy all of it. It looks
    within its run, as memory that is used again needs no new page."""
    _keep(NEW_OBJECTS)


def _keep(new_objects: int) -> None:
    global _is_kept, _new_objects
    _freeze()
    _is_kept, _new_objects = True, new_objects
    _look_seldom()


_runs = count(1)


def after_a_run() -> None:
    """Look at what a run has left, while it is young and nobody waits. Later it would have grown old, and
    what is found then is no longer in the processor's cache."""
    gc.collect(1 if next(_runs) % LOOKS_AT_OLD else 2)


def _are_frozen() -> bool:
    """Has anybody frozen objects? Python counts them one by one to tell, so it is asked only where few are
    expected: in a worker that takes as long as a quarter of a run."""
    return _is_kept or gc.get_freeze_count() > 0


@contextmanager
def looked_for_seldom() -> Iterator[None]:
    """Inside the block, look less often."""
    kept = gc.get_threshold()
    _look_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*kept)


@contextmanager
def not_while_loading() -> Iterator[None]:
    """Inside the block modules are loaded, of which nothing is garbage: don't look. Afterwards all is old."""
    if not gc.isenabled() or _are_frozen():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _freeze()
        _unfreeze()
        gc.enable()


@cache
def left_at_exit() -> None:
    """When the process ends, don't take apart all that it has loaded: its memory goes as a whole."""
    atexit.register(_freeze)


class _Aside:
    """What is there already when a run is made, put aside until it is over."""

    def __init__(self) -> None:
        self._is_ours = False
        self._is_first = True
        self._old_objects = 0
        self._young_objects = 0
        self._to_go: list[list[None]] = []
        self.running = 0

    def put(self) -> None:
        """Look at what is young, above all the run before, and put the rest aside.

        Where somebody has frozen objects for good, they stay so, and nothing else is done.
        """
        if self._is_ours or _are_frozen():
            return
        young = len(gc.get_objects(0)) + len(gc.get_objects(1))
        self._note_old(young - gc.collect(1))
        if self._young_objects > gc.get_threshold()[0]:
            self._to_go = _objects(self._young_objects)
        _freeze()
        self._is_ours = True

    def give_back(self) -> None:
        """The run is over. What has grown old since is looked at when enough of it has come together.

        What grew old in the first one is what it has loaded, such as models of services.

        Python would look at what is young as soon as its own threshold is put back, and find nothing, as the
        run is still held; the next one begins with such a look. It counts what was made less what has gone,
        so as many older objects as a run leaves go now.
        """
        if self._is_ours:
            self._is_ours = False
            self._young_objects = gc.get_count()[0]
            self._to_go.clear()
            old = 0 if self._is_first else len(gc.get_objects(2))
            self._is_first = False
            _unfreeze()
            self._note_old(old)

    def _note_old(self, objects: int) -> None:
        self._old_objects += objects
        if self._old_objects > OLD_OBJECTS:
            self._old_objects = 0
            gc.collect()


def _objects(count: int) -> list[list[None]]:
    """So many objects, made without a look."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        return [[] for _ in range(count)]
    finally:
        if is_on:
            gc.enable()


_aside = _Aside()


def before_a_run() -> None:
    """To be called before the first object of a run is made: what follows is all that is looked at."""
    _aside.put()


def without_a_run() -> None:
    """The run that `before_a_run` was called for isn't made."""
    if not _aside.running:
        _aside.give_back()


@contextmanager
def of_a_run() -> Iterator[None]:
    """Inside the block, look less often, and only at what was made since `before_a_run`."""
    _aside.running += 1
    with looked_for_seldom():
        try:
            yield
        finally:
            _aside.running -= 1
            _aside.give_back()


def _look_seldom() -> None:
    gc.set_threshold(_new_objects, *gc.get_threshold()[1:])
