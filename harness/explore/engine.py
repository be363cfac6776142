"""Where runs are made: any `concurrent.futures.Executor`, processes of our own, or a Dask cluster.

A campaign gives tasks, and takes their results in the order in which it gave them: which engine, how many
workers and which of them was faster never shows in what it finds.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from importlib import import_module
from itertools import chain, repeat
from typing import Any, Protocol, TypeVar, runtime_checkable

from harness import garbage
from harness.explore.child import ChildDied, close_children, end_children, in_child
from harness.explore.outcome import Outcome
from harness.plan import Plan

Run = Callable[[Plan], Outcome]
Task = Callable[[Run, Plan], Outcome]
Left = Callable[[], float | None]
"""Gives the seconds that are left; None: there is no end."""
R = TypeVar("R")


def forever() -> None:
    """No end."""


@runtime_checkable
class RunsElsewhere(Protocol):
    """A run that is made in a process of its own: there all of a task is done, so that little is sent."""

    def within(self, task: Task, plan: Plan) -> Outcome:
        """Do the task where its run is made."""


def done(task: Task, run: Run, plan: Plan) -> Outcome:
    """Do a task."""
    return run.within(task, plan) if isinstance(run, RunsElsewhere) else task(run, plan)


AHEAD = 3
"""Tasks that wait for each worker, so that none is ever idle and few are in memory."""


class Engine:
    """Runs tasks on an executor. `jobs` is how many run at once."""

    def __init__(self, executor: Executor, jobs: int = 1) -> None:
        self._executor = executor
        self.jobs = jobs

    def submit(self, task: Task, run: Run, plan: Plan) -> Future[Outcome]:
        """Begin a task: a function of how to run, and a plan."""
        return self._executor.submit(done, task, run, plan)

    def each(self, task: Task, run: Run, plans: Iterable[Plan], left: Left = forever) -> Iterator[Outcome]:
        """The outcomes of these plans, in their order. Plans are taken when a worker is nearly free.

        A run that hasn't ended when no time is `left` is ended, and so are those behind it.
        """
        waiting: deque[Future[Outcome]] = deque()
        try:
            for plan in chain(plans, repeat(None)):
                if plan is not None:
                    waiting.append(self.submit(task, run, plan))
                    if len(waiting) < self.jobs * AHEAD:
                        continue
                if not waiting:
                    return
                if wait([waiting[0]], left()).not_done:
                    self.end(waiting)
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def end(self, runs: Iterable[Future[Outcome]]) -> None:
        """End runs that nobody waits for, where they can be ended."""

    def close(self) -> None:
        """Take no more tasks, and end those that run."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Processes(Engine):
    """Worker processes on this machine: as many as there are cores, unless told otherwise."""

    def __init__(self, jobs: int | None = None) -> None:
        jobs = jobs or cores()
        super().__init__(ThreadPoolExecutor(jobs, thread_name_prefix="harness-explore"), jobs)
        self._given: set[Future[Outcome]] = set()

    def submit(self, task: Task, run: Run, plan: Plan) -> Future[Outcome]:
        """Begin a task in a process that was started for the thread that waits for it."""
        future = self._executor.submit(elsewhere, task, run, plan)
        self._given.add(future)
        future.add_done_callback(self._given.discard)
        return future

    def end(self, runs: Iterable[Future[Outcome]]) -> None:
        """End their processes."""
        pending = [each for each in runs if not each.cancel()]
        while pending:  # one may only now start the process for its run
            end_children()
            pending = list(wait(pending, timeout=0.05).not_done)

    def close(self) -> None:
        """End the processes, whatever they do."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        while self._given:
            with suppress(KeyboardInterrupt):  # it is ending already
                self.end(list(self._given))
        self._executor.shutdown(wait=True)
        close_children()


class Dask(Engine):
    """The workers of a Dask cluster, `tcp://host:port` of its scheduler. Needs `harness[dask]`.

    A task that is lost with its worker is given to another one. Workers must see the files of the scenario
    under the same paths.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise EngineError(
                f"--engine dask={address} needs Dask: pip install 'decoupled-harness[dask]'"
            ) from None
        try:
            self._client: Any = distributed.Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as problem:
            raise EngineError(f"--engine dask={address}: no scheduler answers there: {problem}") from None
        threads = self._client.nthreads().values()
        super().__init__(self._client.get_executor(pure=False, retries=3), max(sum(threads), 1))

    def submit(self, task: Task, run: Run, plan: Plan) -> Future[Outcome]:
        """Begin a task in a process of its own on a worker, which has the same hash seed everywhere."""
        return self._executor.submit(elsewhere, task, run, plan)

    def close(self) -> None:
        """End what still runs; leave the cluster as it is."""
        self._executor.shutdown(wait=False)
        self._client.close()


class Serial(Engine):
    """One run after the other in this process: for debuggers, and for runs that can't be sent elsewhere."""

    def __init__(self) -> None:
        super().__init__(_Here(), 1)

    def each(self, task: Task, run: Run, plans: Iterable[Plan], left: Left = forever) -> Iterator[Outcome]:
        """An outcome before the next plan is taken. A run that has begun is never ended."""
        with garbage.looked_for_seldom():
            for plan in plans:
                yield done(task, run, plan)


class _Here(Executor):
    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:
            future.set_exception(problem)
        return future


def elsewhere(task: Task, run: Run, plan: Plan) -> Outcome:
    """Do a task in this thread's own process. If that dies it is tried once more; then nobody knows."""
    try:
        return in_child(done, task, run, plan)  # type: ignore[no-any-return]
    except ChildDied:
        try:
            return in_child(done, task, run, plan)  # type: ignore[no-any-return]
        except ChildDied as problem:
            return Outcome(
                plan=plan, status="unknown", invariant="run", evidence="worker died", why=str(problem)
            )


class EngineError(ValueError):
    """There is no such engine, or it can't be reached."""


def engine_for(name: str, jobs: int | None = None) -> Engine:
    """The engine of this name: "processes", "processes=2", "serial" or "dask=tcp://host:port"."""
    check_engine(name)
    kind, _, value = name.partition("=")
    if kind == "processes":
        return Processes(int(value) if value else jobs)
    return Serial() if kind == "serial" else Dask(value)


def check_engine(name: str) -> None:
    """Raise `EngineError` if there is no engine of this name."""
    if not re.fullmatch(r"processes(=0*[1-9]\d*)?|serial|dask=.+", name):
        raise EngineError(
            f"--engine {name}: no such engine; expected one of: processes, processes=N, serial, dask=tcp://HOST:PORT"
        )


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
