"""How many batches of a mapping run at once. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

CONCURRENCY_AT_START = 5.0
CONCURRENCY_MAX = 1250.0
CONCURRENCY_PER_SECOND = 300 / 60


class Scale:
    """Five at first, 300 more a minute while there is work, fewer after failures."""

    def __init__(self, cap: int | None, now: float) -> None:
        self._cap = float(cap) if cap is not None else CONCURRENCY_MAX
        self.begin(now)

    def at(self, now: float) -> int:
        """How many are allowed now."""
        grown = self._allowed + max(now - self._since, 0.0) * CONCURRENCY_PER_SECOND
        return max(1, int(min(grown, self._cap)))

    def begin(self, now: float) -> None:
        """Work came after there was none."""
        self._allowed = min(CONCURRENCY_AT_START, self._cap)
        self._since = now

    def back_off(self, now: float) -> None:
        """An invocation failed: half as many."""
        self._allowed = max(1.0, self.at(now) / 2)
        self._since = now
