"""Lines of states that go on at the same time: branches, and the iterations of a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.sim.activities import Signal, Task
from harness.sim.services.states.interpreter.failure import StateFailed, Stopped
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language.errors import StateError


class Together:
    """Runs jobs, so many at a time, each in an activity with a strand of its own.

    At the first failure the others are stopped; `aborted` is told of each of them.
    """

    def __init__(self, outer: Strand, name: str, aborted: Callable[[int, Strand], object]) -> None:
        self._outer = outer
        self._run = outer.run
        self._name = name
        self._aborted = aborted
        self._changed = Signal()
        self._going: dict[int, tuple[Task, Strand]] = {}
        self._failed: tuple[StateFailed | StateError, Strand] | None = None

    def run(self, jobs: Sequence[Callable[[], tuple[Strand, Callable[[], Any]]]], most: int = 0) -> list[Any]:
        """The results, in the order of the jobs. Raises the first failure, with `outer` at its last event.

        `most`: so many at a time, 0 for all. Each job gives its strand and what is to be done on it.
        """
        results: list[Any] = [None] * len(jobs)
        waiting = list(reversed(range(len(jobs))))
        kernel = self._run.world.kernel
        try:
            while (waiting or self._going) and self._failed is None:
                while waiting and (not most or len(self._going) < most):
                    self._start(waiting.pop(), jobs, results)
                kernel.wait(self._changed)
        finally:
            self._stop()
        if self._failed is not None:
            failure, strand = self._failed
            self._outer.previous = strand.previous
            raise failure
        return results

    def _start(self, number: int, jobs: Sequence[Any], results: list[Any]) -> None:
        strand, do = jobs[number]()

        def live() -> None:
            try:
                results[number] = do()
                self._outer.previous = max(self._outer.previous, strand.previous)
            except (StateFailed, StateError) as failure:
                if self._failed is None:
                    self._failed = failure, strand
            self._going.pop(number, None)
            self._changed.notify()

        self._going[number] = self._run.spawn(f"{self._name} of {self._run.place}", live), strand

    def _stop(self) -> None:
        for number, (task, strand) in list(self._going.items()):
            task.kill(Stopped("another branch failed"))
            self._aborted(number, strand)
        self._going.clear()
