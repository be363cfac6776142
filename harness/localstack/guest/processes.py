"""Starts the processes of functions: those in Python as forks of one that has the SDK loaded already.

A client of the SDK takes half a second of a core to load, which is most of what a function does in a test.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from . import faketime, runtimes
from .variables import INHERITED, UnpackedFunction

READY_WITHIN_SECONDS = 60.0
ANSWER_BYTES_MAX = 1 << 16

_SCRIPT = Path(__file__).with_name("bootstraps") / "python_forks.py"
_AT_THE_START = ("LANG", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PYTHON")
"""Variables that a process obeys only if they are there from its start: names begin so."""


class FunctionProcess(Protocol):
    """A process that leads a group of its own. Its number stays its own until `let_go`."""

    pid: int

    def await_end(self) -> None:
        """Return once it has ended."""

    def let_go(self) -> int:
        """Its exit status, negative for a signal; from now on another one may get its number."""


def start(code: UnpackedFunction, variables: Mapping[str, str], output: int) -> FunctionProcess:
    """Start the process of an environment. Raises `UnsupportedRuntime`, and `OSError` if that fails."""
    plain = runtimes.command(code.runtime, code.handler)
    command = runtimes.wrapped(plain, code)
    if command is plain and runtimes.family_of(code.runtime) == "python" and not _needs_its_own(variables):
        forked = _forks.start(code, variables, output)
        if forked is not None:
            return forked
    return _Spawned(command, code.root, variables, output)


def prepare() -> None:
    """A function is about to run."""
    _forks.prepare()


class _Spawned:
    """One that runs a command."""

    def __init__(self, command: Sequence[str], folder: Path, variables: Mapping[str, str], output: int):
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        self.pid = self._process.pid

    def await_end(self) -> None:
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def let_go(self) -> int:
        return self._process.wait()


class _Forked:
    """One that is forked. `told` is where its exit status comes."""

    def __init__(self, forks: _Forks, pid: int, told: int) -> None:
        self.pid = pid
        self._forks = forks
        self._told = told
        self._status = -signal.SIGKILL

    def await_end(self) -> None:
        with os.fdopen(self._told) as told:
            status = told.read()
        if status:  # otherwise the process that forked it has ended, and nobody knows
            self._status = int(status)

    def let_go(self) -> int:
        self._forks.let_go(self.pid)
        return self._status


class _Forks:
    """The process that forks, as long as it lives; another one follows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._loaded: frozenset[str] | None = None

    def prepare(self) -> None:
        """Let it load."""
        with self._lock:
            self._prepared()

    def start(self, code: UnpackedFunction, variables: Mapping[str, str], output: int) -> _Forked | None:
        """None where the function brings modules of its own instead of those that are loaded."""
        with self._lock:
            control = self._prepared()
            if self._loaded is None:
                self._loaded = frozenset(json.loads(_answer(control)))
            if any(name.partition(".")[0] in self._loaded for name in os.listdir(code.root)):
                return None
            told, tells = os.pipe()
            asked = {"folder": str(code.root), "handler": code.handler, "variables": dict(variables)}
            try:
                socket.send_fds(control, [json.dumps(asked).encode()], [output, tells])
                return _Forked(self, int(_answer(control)), told)
            except BaseException:
                os.close(told)
                raise
            finally:
                os.close(tells)

    def let_go(self, pid: int) -> None:
        """It may be forgotten."""
        with self._lock, contextlib.suppress(OSError):  # the one that forks may be gone, and know nobody
            if self._control is not None:
                self._control.send(json.dumps({"gone": pid}).encode())

    def _prepared(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        if self._control is not None:
            self._control.close()
        self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._loaded = None
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-u", str(_SCRIPT), str(its.fileno())],
                env={
                    "LANG": "en_US.UTF-8",
                    "AWS_EC2_METADATA_DISABLED": "true",
                    **{name: os.environ[name] for name in INHERITED if name in os.environ},
                    **faketime.variables(Path(os.devnull)),
                },
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                process_group=0,
            )
        return self._control


def _answer(control: socket.socket) -> bytes:
    if not select.select([control], [], [], READY_WITHIN_SECONDS)[0]:
        raise TimeoutError(f"the process that forks said nothing within {READY_WITHIN_SECONDS:.0f} s")
    answer = control.recv(ANSWER_BYTES_MAX)
    if not answer:
        raise ConnectionError("the process that forks has ended")
    return answer


def _needs_its_own(variables: Mapping[str, str]) -> bool:
    """Do these change how Python itself starts?"""
    usual = {"LANG": "en_US.UTF-8", **faketime.variables(Path())}
    return any(
        name.startswith(_AT_THE_START) and name != "LD_PRELOAD" and usual.get(name) != value
        for name, value in variables.items()
    )


_forks = _Forks()
