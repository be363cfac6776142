"""The sandbox for user code: installs virtual time and the rest in the process, and makes environments."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import threading
from asyncio import _get_running_loop
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from harness.sim import clock
from harness.sim.activities import Task
from harness.sim.kernel import EPOCH
from harness.sim.patches import (
    children,
    clients,
    cold_starts,
    current,
    http_clients,
    identity,
    imports,
    loops,
    network,
    order,
    ownership,
    paths,
    pools,
    processes,
    randomness,
    resources,
    sdk,
    servers,
    sessions,
    stubs,
    threads,
)
from harness.sim.patches.current import state
from harness.sim.patches.patching import Attributes, Bindings
from harness.sim.sandbox import breakpoints, inherited, temporary, variables
from harness.sim.sandbox.environment import Environment
from harness.sim.sandbox.interpreter import CommonState
from harness.sim.sandbox.process import Process
from harness.sim.sandbox.shapes import FunctionCode
from harness.sim.sandbox.surroundings import Logging, SharedLoggers, Surroundings, forget_what_passes
from harness.sim.sandbox.watchdog import Watchdog

if TYPE_CHECKING:
    from harness.sim.world import World

HUNG_AFTER_SECONDS = 10.0
"""Real time that a handler may compute without yielding."""


@cache
def replacements() -> tuple[Bindings, Attributes]:
    """Everything that is replaced while a simulator is active. Prepared once in a process."""
    names, attributes = Bindings(), Attributes()
    clock.replace(names)
    randomness.replace(names, attributes)
    threads.replace(names, attributes)
    loops.replace(attributes)
    network.replace(names, attributes)
    servers.replace(names, attributes)
    stubs.replace(attributes)
    order.replace(attributes)
    processes.replace(names, attributes)
    identity.replace(names, attributes)
    ownership.replace(names)
    children.replace(names, attributes)
    paths.replace(attributes)
    sdk.replace(attributes)
    sessions.replace(attributes)
    cold_starts.replace(attributes)
    resources.replace(attributes)
    clients.replace(attributes)
    pools.replace(attributes)
    breakpoints.replace(attributes)
    attributes.add(logging.Manager, "_clear_cache", forget_what_passes)
    return names, attributes


class _Finder:
    """Finds the modules of the function that runs."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        process = current.process()
        return process.find(name, path) if isinstance(process, Process) else None


class Sandbox:
    """Makes the process a place where functions can run, from `install` to `remove`.

    `hung_after_seconds`: real time that a handler may compute without a call, a sleep or a wait.
    `open_children`: child processes have the network of this machine.
    """

    def __init__(
        self, world: World, hung_after_seconds: float = HUNG_AFTER_SECONDS, *, open_children: bool = False
    ) -> None:
        self.kernel = world.kernel
        self.region = world.region
        self._account = world.account
        self._open_children = open_children
        self._environments: dict[Environment, None] = {}
        self.patches: dict[str, list[tuple[str, Any]]] = {}
        self._streams = itertools.count(1)
        self._placed: Process | None = None
        self._logs_of: Process | None = None
        self._task = world.kernel.main
        self._watchdog = Watchdog(hung_after_seconds, self._end_as_hung)
        self._shared_loggers: SharedLoggers | None = None

    def install(self) -> None:
        """From now on the simulator's thread has virtual time, randomness from the seed, and no network."""
        kernel = self.kernel
        temporary.sweep()
        self._loops = loops.Loops()
        self._session = boto3.DEFAULT_SESSION
        names, attributes = replacements()
        with ExitStack() as undo:
            undo.callback(CommonState().restore)
            undo.callback(_forget_threads)
            undo.callback(stubs.forget)
            undo.callback(http_clients.forget)
            wall, chance = clock.WallClock(kernel), randomness.Chance(kernel)
            for part in (wall, chance, threads.Numbering(), children.ForkServers()):
                part.start()
                undo.callback(part.stop)
            undo.callback(setattr, boto3, "DEFAULT_SESSION", self._session)
            undo.callback(names.remove)
            names.install()
            attributes.install()
            undo.callback(attributes.remove)
            sys.meta_path.insert(0, _Finder)
            undo.callback(sys.meta_path.remove, _Finder)
            self._watchdog.start()
            undo.callback(self._watchdog.stop)
            self._real = Surroundings.present()
            self.test = Surroundings.present()
            undo.callback(self._put_variables_back)
            self.test.variables = variables.overlay(self._real.variables, self.region)
            variables.export(self.test.variables, self._real.variables)
            inherited.blank(variables.is_real)
            self.test.session = None
            self._shown = dict(self.test.variables)
            self.test.put(self._real)
            self.test_logs = Logging.present()
            undo.callback(self._leave)
            kernel.switched = self._switched
            state.kernel, state.thread_ident, state.activity = kernel, current.real_ident(), None
            order.begin()
            undo.enter_context(imports.met({**http_clients.LIBRARIES, **randomness.LIBRARIES}))
            state.open_children, state.pid = self._open_children, os.getpid()
            self._undo = undo.pop_all()

    def remove(self) -> None:
        """Everything is as it was before `install`."""
        self._undo.close()

    def _leave(self) -> None:
        """Nothing runs any more: put the test's own things in place for good."""
        self._switched(self.kernel.main)
        for environment in list(self._environments):
            environment.dispose()
        state.kernel = state.activity = None
        self.kernel.switched = None
        if self._shared_loggers is not None:
            self._shared_loggers.restore()

    def environment(self, code: FunctionCode) -> Environment:
        """A new, cold execution environment of a function."""
        if self._shared_loggers is None:
            self._shared_loggers = SharedLoggers()
        number = next(self._streams)
        environment = Environment(self, code, f"{_date()}/[{code.version}]{number:032x}")
        self._environments[environment] = None
        return environment

    def patch(self, function: str, target: str, value: Any) -> None:
        """In each environment of a function, warm or to come, bind a name to a value."""
        self.patches.setdefault(function, []).append((target, value))
        for environment in self._environments:
            if environment.code.name == function:
                environment.patch(target, value)

    def end_all(self) -> None:
        """Whatever runs in an environment dies at once."""
        for environment in list(self._environments):
            environment.crash()

    def forget(self, environment: Environment) -> None:
        """It is gone."""
        self._environments.pop(environment, None)

    @property
    def interrupted(self) -> bool:
        """Has somebody pressed Ctrl-C in this run?"""
        return self._watchdog.interrupted

    def unwatched(self) -> AbstractContextManager[None]:
        """The watchdog looks away in this block."""
        return self._watchdog.away()

    def _switched(self, task: Task) -> None:
        """Put in place what `task` takes for its process."""
        watch = self._watchdog.watch
        if task is self._task:
            watch.goes_on(self.kernel.now)
            return
        if _get_running_loop() is not None or self._loops.aside:
            self._loops.switch(self._task, task)
        self._task = task
        activity = state.activity = current.activity_of(task)
        process = activity.process if activity is not None else None
        watch.turns_to(None if process is None else task, self.kernel.now)
        if task is self.kernel.nobody:
            return
        placed = self._placed
        if process is not placed and not (task.bare and placed is not None and placed.hides_nothing):
            self._place(process)  # type: ignore[arg-type]
        if process is not self._logs_of and (process is not None or activity or task is self.kernel.main):
            self._place_logs(process)  # type: ignore[arg-type]

    def _place(self, process: Process | None) -> None:
        if self._placed is None:
            self.test.keep()
            left = self.test
        else:
            left = self._placed.leave()
        if process is None:
            self.test.put(left)
        else:
            process.enter(left)
        self._placed = process

    def _place_logs(self, process: Process | None) -> None:
        left = self.test_logs if self._logs_of is None else self._logs_of.loggers
        left.keep()
        (self.test_logs if process is None else process.loggers).put()
        self._logs_of = process

    def _put_variables_back(self) -> None:
        """Changes of the test itself in `os.environ` stay."""
        self.test.keep()
        shown, real = self.test.variables, self._real.variables
        changed = {name: value for name, value in shown.items() if self._shown.get(name) != value}
        gone = [name for name in self._shown if name not in shown]
        self.test.variables, self.test.session = real, self._session
        self.test.put(self.test)
        real.update(changed)
        for name in gone:
            real.pop(name, None)
        variables.export(real, shown)
        inherited.show(variables.is_real)

    def _end_as_hung(self, task: Task, says: str) -> None:
        activity = current.activity_of(task)
        process = None if activity is None else activity.process
        if not isinstance(process, Process) or process.invocation is None:
            return
        process.log.line(f"[harness] {says}")
        process.invocation.end("hung", error={"errorType": "Harness.Hung", "errorMessage": says})
        process.dead = True
        self.kernel.look_now()


def note_call() -> None:
    """An API call was answered, just before its caller hears of it. Raises `Killed` if the invocation that
    made it must die of that."""
    activity = state.activity
    if activity is None or activity.process is None:
        return
    current.check_alive()
    process = activity.process
    if process.invocation is not None:
        process.invocation.called()


def _forget_threads() -> None:
    """Threads of the run are no longer listed."""
    active: dict[int, Any] = threading._active  # type: ignore[attr-defined]
    for ident in [ident for ident in active if ident >= threads.FIRST_IDENT]:
        del active[ident]


@cache
def _date() -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(EPOCH, UTC).strftime("%Y/%m/%d")
