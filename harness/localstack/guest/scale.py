"""How many batches of a mapping run at once. Pure.

AWS begins with five and adds 300 a minute. Here all functions share one machine's cores, and cold starts
that crowd each other let functions run into their timeouts: so it begins with two and adds one a second.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

CONCURRENCY_AT_START = 2.0
CONCURRENCY_PER_SECOND = 1.0


class Scale:
    """Times are real seconds of any clock. `limit`: never more than that."""

    def __init__(self, limit: int, now: float) -> None:
        self._limit = float(limit)
        self._allowed = min(CONCURRENCY_AT_START, self._limit)
        self._since = now

    def at(self, now: float) -> int:
        """How many are allowed now."""
        grown = self._allowed + max(now - self._since, 0.0) * CONCURRENCY_PER_SECOND
        return max(1, int(min(grown, self._limit)))

    def back_off(self, now: float) -> None:
        """An invocation failed: half as many."""
        self._allowed = max(1.0, self.at(now) / 2)
        self._since = now
