"""Runs that start where they part from the run without faults.

A *snapshot* is a process that makes the run without faults and stops wherever the plan that it was given
first has a say. There it is forked, and its fork goes on under the plan: deployment, and all that came
before the fault, is made once for many plans. Histories are the same, event for event. A process that has
more than its memory (`shared_world`) is no snapshot: then runs go from the beginning.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from multiprocessing.connection import Connection, Pipe
from operator import add, or_
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from harness.explore import child
from harness.explore.engine import Task
from harness.explore.outcome import Outcome
from harness.faults.active import ActivePlan, Earlier, Hit, Note, says_nothing
from harness.faults.sites import Site
from harness.forked import Died, Overran, Tell, branched, ended, forked
from harness.history.places import Place
from harness.plan import Fault, Plan
from harness.plugin.shared_world import SharedWorld

T = TypeVar("T")
Look = Callable[[ActivePlan], T]
"""Asks a plan about one thing that happens."""

PASSED_BY = "the run is past the point where this plan has a say"
BEGINS_OTHERWISE = "the plan doesn't begin with the faults of this snapshot: the one before it is asked"
GONE = "the process of the run is gone"
SHARED = "the process of the run shares files, threads or the like with its forks"

ANSWER_SECONDS_MAX = child.RUN_SECONDS_MAX
WARMING_UP = 4
"""The first runs of a worker, which aren't measured: they load what later ones find loaded, and make control
runs."""
LATELY = 8
"""Runs that are compared: so many of each kind."""
LOOK_AGAIN = 40
"""After so many runs the way of starting that was slower is tried once."""


@dataclass(frozen=True)
class _Made:
    """What came of a task, and whether its run has changed anything that the next one would find."""

    outcome: Outcome
    is_world_changed: bool


@dataclass(frozen=True)
class _Parts:
    """The faults that are requested and aren't at work yet: those that the next requests will share, and the
    rest. If no more requests are to be expected, there is no rest."""

    first: ActivePlan
    rest: ActivePlan

    def say(self, look: Look[T]) -> tuple[T, T]:
        """Each of them looks at all, so that both count."""
        return look(self.first), look(self.rest)


class PlanToCome(ActivePlan):
    """No fault yet: the plan of a snapshot. It becomes the plan of a request in the fork that is made for it.

    Whatever is asked of it is asked of the plan that was requested last; as long as that has nothing to say,
    all goes as without faults. A fork in which only the faults are at work that the next requests share is a
    snapshot itself: for pairs that begin with the same fault. It ends when a request begins otherwise.
    """

    def __init__(self, seed: int, requests: Connection, tell: Tell) -> None:
        super().__init__(seed)
        self.requested = Plan(seed)
        self._unwatched: Callable[[], AbstractContextManager[Any]] | None = None
        self._requests = requests
        self._tell = tell
        self._task: Task | None = None
        self._shared: tuple[Fault, ...] = ()
        self._parts: _Parts | None = None
        self._past: list[Look[Any]] = []
        self._is_here = False
        self._world = SharedWorld()

    def placed(self, unwatched: Callable[[], AbstractContextManager[Any]]) -> PlanToCome:
        """This, as the plan of a cloud that has such a block for real time. Once: a run that must be made
        again is made from the beginning, elsewhere."""
        if self._unwatched is not None:
            self._tell(GONE)
            ended()
        self._unwatched = unwatched
        return self

    def __bool__(self) -> bool:
        return True

    def add(self, fault: Fault, now_seconds: float = 0.0) -> int:
        if not self._is_here:  # the test injects: faults of the plan have the numbers before it
            self._ask(lambda plan: True, or_)
        return super().add(fault, now_seconds)

    def impossible(self, places: Mapping[str, Place]) -> str:
        return self._ask(lambda plan: ActivePlan.impossible(plan, places), lambda one, other: one or other)

    def unfired(self) -> list[int]:
        return self._ask(ActivePlan.unfired, add)

    def open_until(self, now_seconds: float) -> float | None:
        return self._ask(lambda plan: ActivePlan.open_until(plan, now_seconds), _later)

    def _judge(
        self, site: Site, now_seconds: float, note: Note, deploys: bool, earlier: Earlier = says_nothing
    ) -> Iterator[Hit]:
        def look(plan: ActivePlan) -> list[Hit]:
            return list(ActivePlan._judge(plan, site, now_seconds, note, deploys, earlier))

        return iter(self._ask(look, add))

    def end(self, outcome: Outcome) -> None:
        """The run is over in this process: do the task with it."""
        assert self._task is not None
        self._tell(_Made(self._task(lambda _: outcome, self.requested), self._world.is_changed))
        ended()

    def _ask(self, look: Look[T], both: Callable[[T, T], T]) -> T:
        """What all faults say that are at work here: in a fork, if some have something to say for the first
        time."""
        said = look(self)
        while not self._is_here:
            parts = self._parts or self._next()
            first, rest = parts.say(look)
            if not first and not rest:
                self._past.append(look)
                break
            if self._is_branch():
                self._begin(parts.first)
                said = both(said, first)
                if rest or not parts.rest:
                    self._begin(parts.rest)
                    self._is_here = True
                    return both(said, rest)
                self._parts = _Parts(parts.rest, ActivePlan(self._seed))
                self._past.append(look)
                break
        return said

    def _begin(self, part: ActivePlan) -> None:
        """From here on these are at work."""
        self._armed += part._armed
        self._shared = self.requested.faults[: len(self._armed)]

    def _is_branch(self) -> bool:
        """Is this the fork? In the snapshot, one more request is done."""
        assert self._unwatched is not None
        if self._world.is_shared:
            self._tell(SHARED)
            ended()
        with self._unwatched():
            status = branched()
        if status is None:
            return True
        if status != 0:
            self._tell(GONE)
        self._parts = None
        return False

    def _next(self) -> _Parts:
        """The faults of the plan that is requested next, which have seen all so far."""
        assert self._unwatched is not None
        while True:
            with self._unwatched():
                try:
                    self._task, plan, shared = self._requests.recv()
                except EOFError:
                    ended()
            begun = len(self._shared)
            if plan.faults[:begun] != self._shared:
                self._tell(BEGINS_OTHERWISE)
                ended()
            till = shared if shared > begun else len(plan.faults)
            parts = _Parts(
                ActivePlan(self._seed, plan.faults[begun:till], begun),
                ActivePlan(self._seed, plan.faults[till:], till),
            )
            if any(any(parts.say(look)) for look in self._past):
                self._tell(PASSED_BY if not begun else BEGINS_OTHERWISE)
                if begun:
                    ended()
                continue
            self.requested, self._parts = plan, parts
            self.faults[begun:] = [*parts.first.faults, *parts.rest.faults]
            self._as_given[begun:] = [*parts.first._as_given, *parts.rest._as_given]
            return parts


def _later(one: float | None, other: float | None) -> float | None:
    return max((end for end in (one, other) if end is not None), default=None)


Make = Callable[[PlanToCome], Outcome]
"""Makes a run under a plan to come."""
Whole = Callable[[Task, Plan], Outcome]
"""Does a task with a run from the beginning."""


class Snapshots:
    """The snapshot of one scenario, at one seed at a time."""

    def __init__(self, make: Make, limit_seconds: float = ANSWER_SECONDS_MAX) -> None:
        self._make = make
        self._limit_seconds = limit_seconds
        self._seed: int | None = None
        self._requests: Connection | None = None
        self._received: Connection | None = None
        self._told: Iterator[Any] | None = None
        self._last: tuple[Fault, ...] = ()
        self._world = SharedWorld()
        self.are_impossible = False

    def outcome(self, task: Task, plan: Plan) -> Outcome | None:
        """The task done with a run that starts at the snapshot. None: it can't be done so."""
        if self.are_impossible or (self._seed != plan.seed and not self._begin(plan.seed)):
            return None
        shared, self._last = _shared(self._last, plan.faults), plan.faults
        begins = 0
        while begins < 2:
            assert self._requests is not None
            assert self._told is not None
            try:
                self._requests.send((task, plan, shared))
                said = next(self._told)
            except Overran:
                said = GONE
            except (Died, OSError):
                said = PASSED_BY
            if isinstance(said, _Made):
                if said.is_world_changed:
                    self._give_up()
                return said.outcome
            if said == BEGINS_OTHERWISE:
                continue
            if said == SHARED:
                self._give_up()
                break
            if not self._begin(plan.seed):
                break
            begins += 1
            if said == GONE:
                break
        return None

    def close(self) -> None:
        """End the process."""
        for end in (self._requests, self._received):
            if end is not None:
                end.close()
        if self._told is not None:
            self._told.close()  # type: ignore[attr-defined]
        self._seed = self._requests = self._received = self._told = None

    def _give_up(self) -> None:
        """For good: all runs of the scenario go from the beginning."""
        self.close()
        self.are_impossible = True

    def _begin(self, seed: int) -> bool:
        """Start its process. False: what this one has mustn't be shared."""
        self.close()
        if self._world.is_shared:
            self._give_up()
            return False
        requests, self._requests = Pipe(duplex=False)
        self._received = requests

        def work(tell: Tell) -> None:
            assert self._requests is not None
            self._requests.close()  # else it would never see that nobody asks any more
            plan = PlanToCome(seed, requests, tell)
            plan.end(self._make(plan))

        self._seed, self._told = seed, forked(work, self._limit_seconds)
        return True


def _shared(before: tuple[Fault, ...], faults: tuple[Fault, ...]) -> int:
    """With how many of the same faults do these begin? The next plan is likely to do so, too; the last fault
    is a plan's own."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, faults[:-1], strict=False))
    return len(list(same))


class Starts:
    """How a worker starts its runs: from the beginning, or at a snapshot; whichever was faster lately.

    That differs between scenarios, machines and plans. It never shows in what a run does.
    """

    def __init__(self, make: Make, whole: Whole, limit_seconds: float = ANSWER_SECONDS_MAX) -> None:
        self._whole = whole
        self._snapshots = Snapshots(make, limit_seconds)
        self._seconds: dict[bool, deque[float]] = {way: deque(maxlen=LATELY) for way in (False, True)}
        self._made = self._count = 0
        self._known: int | None = None

    def done(self, task: Task, plan: Plan) -> Outcome:
        """Do the task with a run of this plan."""
        can = child.is_worker() and hasattr(os, "fork") and plan.faults and plan.seed == self._known
        at_snapshot = bool(can) and not self._snapshots.are_impossible and self._is_faster()
        began = perf_counter()
        outcome = self._snapshots.outcome(task, plan) if at_snapshot else None
        if outcome is None:
            if at_snapshot:
                self._seconds[True].append(perf_counter() - began)
                began = perf_counter()
            outcome, at_snapshot = self._whole(task, plan), False
            self._known = plan.seed  # its control run, if it has asked for one, is there from now on
        self._made += 1
        if self._made > WARMING_UP:
            self._seconds[at_snapshot].append(perf_counter() - began)
        return outcome

    def close(self) -> None:
        """End what still runs."""
        self._snapshots.close()

    def _is_faster(self) -> bool:
        """Is a snapshot to be used now? Each is measured first, the slower one again from time to time."""
        whole, part = self._seconds[False], self._seconds[True]
        if len(whole) < LATELY or len(part) < LATELY:
            return len(whole) == LATELY
        self._count += 1
        return (median(part) < median(whole)) != (self._count % LOOK_AGAIN == 0)
