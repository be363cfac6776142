"""Retries of a state: how often, and after how long.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import Retrier


class Attempts:
    """Counts the retries of one state while it runs: each retrier for itself."""

    def __init__(self, retriers: Sequence[Retrier]) -> None:
        self._retriers = retriers
        self._made = [0] * len(retriers)

    @property
    def made(self) -> int:
        """The retries so far."""
        return sum(self._made)

    def wait_after(self, error: str, chance: Random) -> float | None:
        """The seconds to wait before the next attempt; None: there is none."""
        for number, retrier in enumerate(self._retriers):
            if not errors.matches(retrier.error_equals, error):
                continue
            if self._made[number] >= retrier.max_attempts:
                return None
            delay = retrier.interval_seconds * retrier.backoff_rate ** self._made[number]
            self._made[number] += 1
            if retrier.max_delay_seconds is not None:
                delay = min(delay, retrier.max_delay_seconds)
            return chance.uniform(0, delay) if retrier.jitter == "FULL" else float(delay)
        return None
