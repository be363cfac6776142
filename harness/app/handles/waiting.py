"""Waiting until something is there, on every cloud: its time is let pass, second by second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.cloud import Cloud

T = TypeVar("T")

STEP_SECONDS = 1.0
WITHIN_SECONDS = 60.0
"""How long a test waits unless told otherwise."""


def wait_for(cloud: Cloud, look: Callable[[], T | None], what: str, within_seconds: float) -> T:
    """What `look` finds, as soon as it finds something. `TimeoutError` names `what` was waited for."""
    waited = 0.0
    while (found := look()) is None:
        if waited >= within_seconds:
            raise TimeoutError(f"{what} within {within_seconds:g} s")
        step = min(STEP_SECONDS, within_seconds - waited)
        cloud.advance(step)
        waited += step
    return found
