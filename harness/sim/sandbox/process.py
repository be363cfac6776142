"""The simulated process of one execution environment."""

from __future__ import annotations

import decimal
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any

from harness.sim.activities import Killed, Signal, Task
from harness.sim.clock import set_zone
from harness.sim.kernel import Kernel
from harness.sim.patches import current, identity, threads
from harness.sim.sandbox import temporary, variables
from harness.sim.sandbox.breakpoints import Terminal
from harness.sim.sandbox.folders import Folders
from harness.sim.sandbox.handler import Handler
from harness.sim.sandbox.interpreter import OF_PROCESS, Bound
from harness.sim.sandbox.invocation import RunningHandler, platform_error
from harness.sim.sandbox.logs import InvocationLog, LambdaLoggerHandler, output
from harness.sim.sandbox.modules import Modules, search_path
from harness.sim.sandbox.shapes import FunctionCode, Outcome
from harness.sim.sandbox.surroundings import UTC, Logging, Surroundings
from harness.sim.sandbox.temporary import Temporary


class Process:
    """The simulated process of an environment, and the threads that run in it.

    `dead`: nothing that its threads still try has an effect. `frozen`: between two invocations.
    """

    def __init__(
        self,
        kernel: Kernel,
        code: FunctionCode,
        region: str,
        stream: str,
        test: Surroundings,
        test_logs: Logging,
        tmp: Temporary | None = None,
    ) -> None:
        self.name = code.name
        self.dead = False
        self.frozen = False
        self.thawed = Signal()
        self.thread = threads.new_main_thread()
        self.invocation: RunningHandler | None = None
        self.signal_handlers: dict[int, Any] = {}
        self.finalizers: list[Any] = []
        self.children: list[Any] = []
        self.settings: dict[Any, Any] = {}
        self.processors = identity.processors(code.memory_mb)
        self.decimals = decimal.DefaultContext.copy()
        self.handler: Handler | None = None
        self.log = InvocationLog(lambda: kernel.now)
        self.folders = Folders(code, test.path, tmp)
        self.terminal = Terminal(test)
        self.loggers = Logging.of_runtime(LambdaLoggerHandler(self.log, code.log_level), test_logs)
        self._kernel = kernel
        self._real = test.variables
        self._tasks: dict[Task, None] = {}
        folders = search_path(code.roots)
        self._modules = Modules(folders)
        self._folders = {*folders, *test.path}
        self._surroundings = self._first_surroundings(code, region, stream, folders, test)

    @property
    def hides_nothing(self) -> bool:
        """Does the cloud find the libraries' functions bound as ever while this is in place?"""
        return self._surroundings.bound.is_usual and self._surroundings.zone == UTC

    def enter(self, left: Surroundings) -> None:
        """Put everything in place, where `left` was until now."""
        self._surroundings.put(left)
        self._modules.enter()

    def leave(self) -> Surroundings:
        """Take the modules away, and remember the rest as the function has changed it."""
        self._modules.leave()
        self._surroundings.keep()
        return self._surroundings

    def move(self, zone: str) -> None:
        """This process is in another time zone from now on, which is that of the variable TZ."""
        self._surroundings.zone = _zone(zone)
        set_zone(self._surroundings.zone)

    def find(self, name: str, path: Any) -> Any:
        """The spec of a module that is this process's own."""
        extra = [folder for folder in sys.path if folder not in self._folders] if path is None else ()
        return self._modules.find(name, path, extra)

    def has_module(self, name: str) -> bool:
        """Does this name a module of the function's own code?"""
        return self._modules.has(name)

    def patch(self, target: str, value: Any) -> None:
        """Bind a name in a module of the function's own code. `AttributeError` if there is none."""
        names = target.split(".")
        for cut in range(len(names) - 1, 0, -1):
            found: Any = self._modules.module(".".join(names[:cut]))
            if found is not None:
                for name in names[cut:-1]:
                    found = getattr(found, name)
                getattr(found, names[-1])
                setattr(found, names[-1], value)
                return
        raise AttributeError(
            f"{target}: {self.name} has no such module of its own; use its name in the handler's module, as "
            "'app.charge', and patch installed packages with monkeypatch"
        )

    def real_path(self, path: str) -> str:
        """The path on this machine for a path of the function."""
        return self.folders.real(path)

    def looked_at(self, path: str) -> None:
        """The times of a file are asked for."""
        self.folders.temporary.looked_at(path, self._kernel.now)

    def shown_folder(self, folder: str) -> str:
        """The function's name for a folder of this machine."""
        return self.folders.shown_folder(folder)

    def for_children(self, given: Mapping[str, str]) -> dict[str, str]:
        """The variables of a process that the function starts."""
        return variables.of_child(given, self._real, self.folders.temporary.folder())

    def set_trace(self, trace_id: str) -> None:
        """Say which trace the invocation belongs to."""
        if trace_id:
            self._surroundings.variables[b"_X_AMZN_TRACE_ID"] = os.fsencode(trace_id)

    def began(self, task: Task) -> None:
        """A thread of this process starts."""
        self._tasks[task] = None

    def ended(self, task: Task) -> None:
        """A thread of this process is over."""
        self._tasks.pop(task, None)

    def exit(self, how: str) -> None:
        """It is over: nothing that its threads still try has an effect."""
        self.dead = True
        invocation = self.invocation
        if invocation is not None:
            outcome: Outcome = "crash" if invocation.ready else "init-error"
            invocation.end(outcome, error=platform_error("Runtime.ExitError", invocation.data, how))

    def note(self, text: str) -> None:
        """The simulator has something to say in the log."""
        self.log.line(f"[harness] {text}")

    def complain(self, thread: threading.Thread) -> None:
        """A thread ended by the present exception: Python writes that to stderr."""
        if not self.dead:
            self.log.line(f"Exception in thread {thread.name}:\n{traceback.format_exc().rstrip()}")

    def freeze(self) -> None:
        """The invocation is over: threads stand still until the next."""
        self.invocation = None
        self.frozen = True
        self.folders.temporary.stamp(self._kernel.now)

    def thaw(self, invocation: RunningHandler) -> None:
        """An invocation begins."""
        self.invocation = invocation
        self.frozen = False
        self.thawed.notify()

    def deadlock(self) -> str | None:
        """The threads and the locks that they wait for, if every thread of this process waits for one."""
        waiting = [one for task in self._tasks if (one := current.activity_of(task)) is not None]
        if not waiting or any(one.waits_for is None for one in waiting):
            return None
        return ", ".join(f"{one.thread.name} waits for {one.waits_for}" for one in waiting)

    def die(self) -> None:
        """End all threads of this process where they stand."""
        self.dead = True
        for task in list(self._tasks):
            task.kill(Killed(f"{self.name}: its environment ended"))
        self._tasks.clear()

    def dispose(self) -> None:
        """Nothing of it stays."""
        self.close()
        self.folders.temporary.remove()

    def close(self) -> None:
        """Only `/tmp` stays: no finalizer, no child, nothing that the garbage collector complains of."""
        for finalizer in self.finalizers:
            finalizer.detach()
        self.finalizers.clear()
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        self.children.clear()
        local = getattr(self._surroundings.loop_policy, "_local", None)
        loop = getattr(local, "_loop", None)
        if loop is not None and not loop.is_running() and not loop.is_closed():
            loop.close()

    def _first_surroundings(
        self, code: FunctionCode, region: str, stream: str, folders: list[str], test: Surroundings
    ) -> Surroundings:
        stdout, stderr = output(self.log, "<stdout>"), output(self.log, "<stderr>")
        own = {
            "__stdin__": None,
            "__stdout__": stdout,
            "__stderr__": stderr,
            "breakpointhook": self.terminal.breakpoint,
        }
        anew = {"tempdir": temporary.NAME, "_name_sequence": None, "_uname_cache": None}
        given = variables.of_function(code, region, stream)
        return Surroundings(
            bound=Bound(OF_PROCESS, test.bound, **own, **anew),
            variables=variables.encoded(given),
            stdout=stdout,
            stderr=stderr,
            path=[*folders, *(folder for folder in test.path if folder)],
            folder=str(code.roots[0]),
            zone=_zone(given["TZ"]),
        )


def _zone(variable: str) -> str:
    return UTC if variable in ("", ":UTC") else variable
