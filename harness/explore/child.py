"""A process that makes runs for a thread of another one.

It is a fresh interpreter with a fixed hash seed, runs in its main thread (the simulator's watchdog needs
that), has a network of its own where the system allows one, and is replaced if it dies: a handler that takes
its process down costs one run, not the campaign. It ends with the process that started it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness import garbage, namespace
from harness.explore.lifeline import end_with

RUN_SECONDS_MAX = 600.0
"""Real time after which the process of a run is ended: nothing that is simulated takes so long."""

CLEANING_UP_SECONDS_MAX = 10.0

OUTPUT_SHOWN = 600
"""Characters of the output of a dead process that are told: the last ones."""


class ChildDied(RuntimeError):
    """The process that made a run is gone, or was ended for taking too long."""


class ChildEnded(RuntimeError):
    """The run was of no interest any more, and its process was ended."""


class _Raised:
    """An exception that the function raised there."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Child:
    """A process that calls functions."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        lifeline, held = os.pipe()
        self._lifeline = open(held, "wb")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from harness.explore.child import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environment(),
            start_new_session=True,
            pass_fds=[lifeline],
        )
        os.close(lifeline)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self._from = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()
        self._busy = self._ended = False
        self._to.send((list(sys.path), str(Path.cwd()), lifeline))

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function there. Raises what it raises, `ChildDied` and `ChildEnded`."""
        self._busy = True
        try:
            self._to.send_bytes(pickle.dumps((function, arguments)))
            if not self._from.poll(RUN_SECONDS_MAX):
                raise ChildDied(f"the run took longer than {RUN_SECONDS_MAX:.0f} s")
            answer = self._from.recv()
        except (EOFError, OSError):
            self._process.wait(10)
            if self._ended:
                raise ChildEnded from None
            raise ChildDied(
                f"the worker process died (exit status {self._process.returncode}){self._end_of_output()}"
            ) from None
        self._busy = False
        if isinstance(answer, _Raised):
            raise answer.error
        return answer

    def end(self) -> None:
        """End the process if it is at work: whoever waits for its answer gets `ChildEnded`."""
        if self._busy and self._process.poll() is None:
            self._ended = True
            self._process.kill()

    def close(self) -> None:
        """End it, and give back what it took. One that is idle may clean up first, until Ctrl-C."""
        self.end()
        self._to.close()
        try:
            self._process.wait(CLEANING_UP_SECONDS_MAX)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.kill()
            self._process.wait()
        for held in (self._to, self._from, self._lifeline, self._said):
            held.close()

    def _end_of_output(self) -> str:
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip()
        return f": {words[-OUTPUT_SHOWN:]}" if words else ""


_local = threading.local()
_children: set[Child] = set()
_lock = threading.Lock()


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in the process that belongs to this thread, which is started when it is needed."""
    child: Child | None = getattr(_local, "child", None)
    if child is None or child not in _children:
        child = _local.child = Child()
        with _lock:
            _children.add(child)
    try:
        return child.call(function, *arguments)
    except (ChildDied, ChildEnded):
        _drop(child)
        raise


def end_children() -> None:
    """End all processes that are at work here."""
    with _lock:
        found = list(_children)
    for child in found:
        child.end()


def close_children() -> None:
    """End them, and give back what they took; nobody may wait for one any more."""
    with _lock:
        found = list(_children)
    for child in found:
        _drop(child)


def _drop(child: Child) -> None:
    with _lock:
        _children.discard(child)
    child.close()


_serving = False


def is_worker() -> bool:
    """Is this one of the processes that make runs for another one?"""
    return _serving


def serve() -> None:
    """The work of the process: call what is sent, until the sender is gone."""
    global _serving
    _serving = True
    given = Connection(os.dup(0), writable=False)
    answers = Connection(os.dup(1), readable=False)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    path, folder, lifeline = given.recv()
    end_with(lifeline)
    sys.path[:] = [*path, *(entry for entry in sys.path if entry not in path)]
    os.chdir(folder)
    namespace.enter_if_possible()
    is_warm = False
    while True:
        try:
            asked = given.recv_bytes()
        except EOFError:
            return
        answers.send(_answer(asked))
        if is_warm:
            garbage.after_a_run()
        else:
            garbage.keep_loaded()
            is_warm = True


def _answer(asked: bytes) -> Any:
    try:
        function, arguments = pickle.loads(asked)
        answer = function(*arguments)
        pickle.dumps(answer)
    except Exception as problem:
        return _Raised(_portable(problem))
    return answer


def _portable(problem: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(problem))
    except Exception:
        return RuntimeError(f"{type(problem).__name__}: {problem}")
    return problem


def _environment() -> dict[str, str]:
    """Ours, with the hash seed fixed, and with this package where it can be found."""
    package = str(Path(__file__).parents[2])
    found = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(found)}
