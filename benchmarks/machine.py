"""How fast the machine was when a figure was taken.

Other users of a shared host slow it down, by a factor of two from one minute to the next. So a fixed loop of
plain Python is timed right before and right after each figure, and stands beside it: two figures can be
compared as far as their loops agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter_ns, process_time_ns
from typing import TypeVar

T = TypeVar("T")

PASSES = 200_000
"""So many passes take about 20 ms."""
KEYS = 1024


@dataclass(frozen=True)
class Speed:
    """Nanoseconds that a pass of the loop took, before and after a figure: by the clock, and of CPU time.

    They differ while other processes of this machine want its cores, too.
    """

    before: float
    after: float
    cpu_before: float
    cpu_after: float

    def __str__(self) -> str:
        cpu = f"CPU {self.cpu_before:.0f}, {self.cpu_after:.0f}"
        return f"loop {self.before:.0f}, {self.after:.0f} ns ({cpu})"


class _Count:
    def __init__(self) -> None:
        self.number = 0


def _loop() -> tuple[float, float]:
    """Nanoseconds a pass: by the clock, and of CPU time."""
    kept: dict[int, int] = {}
    count = _Count()
    began, cpu_began = perf_counter_ns(), process_time_ns()
    for number in range(PASSES):
        key = number % KEYS
        kept[key] = kept.get(key, 0) + 1
        count.number += kept[key]
    cpu, took = process_time_ns() - cpu_began, perf_counter_ns() - began
    return took / PASSES, cpu / PASSES


class Speeds:
    """The speeds of the machine beside figures, by their names. Not to be asked within a simulator, which has
    a clock of its own."""

    def __init__(self) -> None:
        self._known: dict[str, Speed] = {}

    def beside(self, name: str, measure: Callable[[], T]) -> T:
        """Take a figure, or some that stand in one line."""
        return self.beside_each(lambda: {name: measure()})[name]

    def beside_each(self, measure: Callable[[], dict[str, T]]) -> dict[str, T]:
        """Take figures that are measured at once, by their names."""
        before, cpu_before = _loop()
        found = measure()
        after, cpu_after = _loop()
        self._known |= dict.fromkeys(found, Speed(before, after, cpu_before, cpu_after))
        return found

    def data(self) -> dict[str, dict[str, float]]:
        """All of them, to be stored."""
        return {name: asdict(speed) for name, speed in self._known.items()}
