"""The budget of a campaign: all of its phases together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

SEARCHING = 0.8
"""The part that is for finding failures; the rest is for shrinking and explaining them, if there are any."""

T = TypeVar("T")


@dataclass
class Budget:
    """A number of runs, of seconds, both, or no end. `clock` gives seconds."""

    runs: int | None
    seconds: float | None
    clock: Callable[[], float]
    begun: int = 0

    def __post_init__(self) -> None:
        self._starts_at = None if self.seconds is None else self.clock()

    def takes(self, share: float = 1.0) -> bool:
        """Is there enough for one run more, of this share of the whole? Then it has begun."""
        if self.runs is not None and self.begun >= max(int(self.runs * share), 1):
            return False
        left = self.left(share)
        if left is not None and left <= 0:
            return False
        self.begun += 1
        return True

    def left(self, share: float = 1.0) -> float | None:
        """The seconds that are left of this share; None: it has no end in time."""
        if self._starts_at is None or self.seconds is None:
            return None
        return max(self._starts_at + self.seconds * share - self.clock(), 0.0)


class Rest(Generic[T]):
    """The rest of many things to do, into which one can be put back."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = iter(things)
        self._back: list[T] = []

    def __iter__(self) -> Iterator[T]:
        while True:
            if self._back:
                yield self._back.pop()
                continue
            try:
                yield next(self._things)
            except StopIteration:
                return

    def put_back(self, thing: T) -> None:
        """It is the next one again."""
        self._back.append(thing)
