"""Cyclic garbage, looked for less often where many runs are made: each run leaves some, and little of it.

By default Python looks whenever 700 objects more were made than went, and from time to time at all that a
process has ever loaded. That is a sixth of a run, and a full look takes longer than a run does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 10_000
"""So many objects more before Python looks: they still fit into a processor's cache."""

OUTLIVED_OBJECTS = 50_000
"""So many may have outlived runs before all is looked at: a quarter of what is loaded, as in Python."""

_outlived: list[int] = []


def keep_loaded() -> None:
    """For good, look less often, and never again at what is there now: call it when all is loaded."""
    gc.collect()
    leave_alone()


def leave_alone() -> None:
    """The same for a process that was just forked: a look at what it has inherited would copy all of it."""
    gc.freeze()
    _look_seldom()


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
def of_a_run() -> Iterator[None]:
    """Inside the block, look less often, and only at what is made in it; at its end, at all of that.

    What outlives runs, as a history does, may become garbage between them: when enough has, all is looked at.
    Where somebody has frozen objects for good, they stay so.
    """
    frozen_before = gc.get_freeze_count() > 0
    if not frozen_before:
        gc.freeze()
    try:
        with looked_for_seldom():
            yield
    finally:
        if not frozen_before:
            gc.collect()
            _outlived.append(len(gc.get_objects()))
            gc.unfreeze()
            if sum(_outlived) > OUTLIVED_OBJECTS:
                _outlived.clear()
                gc.collect()


def _look_seldom() -> None:
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
