"""The number of batches of an event source mapping that run at once.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The number of batches at first, how many more a second while there is work, and the most."""

    at_start: float = 5.0
    per_second: float = 300 / 60
    most: float = 1250.0


class Scale:
    """The batches that are allowed at a time: more while there is work, half as many after a failure.

    `limit`: the mapping's maximum concurrency, None for none.
    """

    def __init__(self, limit: int | None, now: float, pace: Pace = Pace()) -> None:
        self._pace = pace
        self._most = float(limit) if limit is not None else pace.most
        self.begin(now)

    def at(self, now: float) -> int:
        """The number allowed now."""
        grown = self._allowed + max(now - self._since, 0.0) * self._pace.per_second
        return max(1, int(min(grown, self._most)))

    def grows_after(self, now: float) -> bool:
        """Will more be allowed later on?"""
        return self.at(now) < self._most

    def begin(self, now: float) -> None:
        """Work came after there was none."""
        self._allowed = min(self._pace.at_start, self._most)
        self._since = now

    def back_off(self, now: float) -> None:
        """An invocation failed: half as many."""
        self._allowed = max(1.0, self.at(now) / 2)
        self._since = now
