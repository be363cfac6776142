"""Child processes: real ones, in real time, without a network unless the simulator was told otherwise."""

from __future__ import annotations

import _posixsubprocess
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from harness import namespace
from harness.sim.clock import real_perf_counter, real_sleep
from harness.sim.patches import current, paths
from harness.sim.patches.current import SimulatedProcess, in_simulator_thread, state
from harness.sim.patches.patching import Attributes, Bindings
from harness.sim.patches.processes import end

NO_REAL_AWS = {
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Variables by which the SDK finds no profile and no other credentials: real ones must not be read."""

LOOK_EVERY_SECONDS = 0.005
"""Real time between two looks at a child that may be late."""

_ENV = 10
"""Position of `env` among the arguments of `subprocess.Popen`."""

_real_fork_exec: Any = _posixsubprocess.fork_exec
_real_popen = subprocess.Popen.__init__
_real_wait = subprocess.Popen.wait
_real_system = os.system


class ChildRefused(RuntimeError):
    """A child process would have the open network.

    Not an `OSError`: a library that ignores those would hide it.
    """


def _sealed() -> bool:
    """Must a child process that starts now be kept from the network? Raises `ChildRefused` if it can't be."""
    if not in_simulator_thread() or state.open_children:
        return False
    if namespace.available():
        return True
    _refuse("this system lets nobody make a network namespace")


def _refuse(why: str) -> NoReturn:
    process = current.process()
    raise ChildRefused(
        f"{'the test' if process is None else process.name} starts a process, which would reach the "
        f"network: {why}. To permit it, use Simulator(open_children=True) or set HARNESS_OPEN_CHILDREN=1"
    )


def _fork_exec(*args: Any) -> Any:
    """All that starts programs ends here. The last arguments: what the child calls first, and may it share
    our memory until then."""
    if not _sealed():
        return _real_fork_exec(*args)
    first = args[-2]

    def seal() -> None:
        namespace.enter()
        if first is not None:
            first()

    with namespace.no_warning_of_threads():
        return _real_fork_exec(*args[:-2], seal, False)


def _start(child: Any, *args: Any, **kwargs: Any) -> None:
    """Without `env` a child of a function would inherit the variables of the test; with one that the test has
    made it would look for profiles in the user's home."""
    process, given = current.process(), kwargs.get("env")
    if process is None or len(args) > _ENV:
        if given is not None and in_simulator_thread():
            kwargs["env"] = {**NO_REAL_AWS, **given}
        return _real_popen(child, *args, **kwargs)
    kwargs["env"] = process.for_children(dict(os.environ) if given is None else given)
    args, kwargs = _with_real_paths(process, args, kwargs)
    _real_popen(child, *args, **kwargs)
    process.children.append(child)
    return None


def _with_real_paths(
    process: SimulatedProcess, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """A child process is a real one: paths among its arguments must lead somewhere."""
    found = {name: paths.real(process, kwargs[name]) for name in ("cwd", "executable") if kwargs.get(name)}
    command = args[0] if args else kwargs.get("args")
    if isinstance(command, list | tuple):
        command = [paths.real(process, each) for each in command]
    elif not kwargs.get("shell"):
        command = paths.real(process, command)
    if args:
        return (command, *args[1:]), {**kwargs, **found}
    return args, {**kwargs, **found, "args": command}


def _wait(child: Any, timeout: float | None = None) -> int:
    """A child process runs in real time, in which no virtual time passes: its timeout is real, too."""
    if timeout is None or not in_simulator_thread():
        return _real_wait(child, timeout)
    until = real_perf_counter() + timeout
    while child.poll() is None:
        if real_perf_counter() > until:
            raise subprocess.TimeoutExpired(child.args, timeout)
        real_sleep(LOOK_EVERY_SECONDS)
    status: int = child.returncode
    return status


def _system(command: Any) -> int:
    """`os.system`, which C would do without asking anybody."""
    if not in_simulator_thread():
        return _real_system(command)
    status = subprocess.Popen(command, shell=True).wait()
    return -status if status < 0 else status << 8


def _spawn(original: Callable[..., int]) -> Callable[..., int]:
    def guarded(*args: Any, **kwargs: Any) -> int:
        if _sealed():
            _refuse(f"os.{original.__name__} can't start one without; subprocess can")
        return original(*args, **kwargs)

    return guarded


def _exec(original: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
    """It would replace the process of the tests. In a fork of the test, as `os.spawnv` makes it, the new
    program gets no network either."""

    def sealing(*args: Any) -> NoReturn:
        process = current.process()
        if process is not None:
            process.note(
                f"os.{original.__name__}: another program would take the place of this function's process. "
                "The simulator doesn't run it; the process ends here"
            )
            end(process, "exit status 0")
        if in_simulator_thread() and os.getpid() != state.pid and _sealed():
            namespace.enter()
        original(*args)

    return sealing


class ForkServers:
    """A server of `multiprocessing` that is older than the run would fork processes with real credentials and
    the network; one of the run would do without for ever."""

    def start(self) -> None:
        """Put aside the one that there is."""
        self._aside = self._put({})

    def stop(self) -> None:
        """End the run's own, and take that one again."""
        server = _fork_server()
        if server is not None and server._forkserver_pid is not None:
            server._stop()
        self._put(self._aside)

    def _put(self, state: dict[str, Any]) -> dict[str, Any]:
        server = _fork_server()
        if server is None:
            return {}
        kept = {name: value for name, value in vars(server).items() if name.startswith("_forkserver_")}
        vars(server).update(dict.fromkeys(kept) | state)
        return kept


def _fork_server() -> Any:
    module = sys.modules.get("multiprocessing.forkserver")
    return None if module is None else vars(module)["_forkserver"]


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what starts programs, and what waits for them."""
    names.replace(_real_fork_exec, _fork_exec)
    attributes.add(subprocess.Popen, "__init__", _start)
    attributes.add(subprocess.Popen, "wait", _wait)
    attributes.add(subprocess, "_time", real_perf_counter)
    attributes.add(subprocess, "_USE_POSIX_SPAWN", False)
    attributes.add(os, "system", _system)
    for name in ("posix_spawn", "posix_spawnp"):
        attributes.add(os, name, _spawn(getattr(os, name)))
    for name in ("execv", "execve"):
        attributes.add(os, name, _exec(getattr(os, name)))
