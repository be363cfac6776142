"""Work done in a process forked for it: what it does to its process ends with it, and how that ended is told.

A forked process starts with all that this one has loaded. It is a group of its own, so what it has started
ends with it, and it ends with its parent. Needs POSIX.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import re
import signal
import sys
import sysconfig
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import IO, Any, NoReturn

from harness import garbage

Tell = Callable[[Any], None]
"""Sends a value to the parent."""

ENDING_SECONDS_MAX = 2.0
"""Real time in which a process that is ended may still say where it was."""

LAST_WORDS = 600
"""Characters of a process's error that are told."""

_DONE = b""
_FAILED = 70
_FRAME = re.compile(r'File "(.+)", line (\d+) in (.+)')
_OTHERS = tuple({str(Path(__file__).parent), *map(sysconfig.get_path, ("stdlib", "purelib", "platlib"))})
"""Folders of code that isn't the user's."""
_SET_DEATH_SIGNAL = 1

# Handlers' code gets replacements of these while a simulator is active.
_fork, _exit, _kill, _waitpid, _signal = os.fork, os._exit, os.kill, os.waitpid, signal.signal
_close, _setpgid, _killpg, _enable = os.close, os.setpgid, os.killpg, faulthandler.enable
_open_pidfd: Any = getattr(os, "pidfd_open", None)


class Died(RuntimeError):
    """A forked process ended before its work was done; the message is a sentence about how."""


class Overran(Died):
    """It was still at work at its limit of time, and was ended."""


def forked(work: Callable[[Tell], None], limit_seconds: float) -> Iterator[Any]:
    """Do this in a process forked for it; gives what it tells, as it comes.

    Raises `Died` if the process doesn't come to the end of its work, or takes longer than the limit (in real
    time) for one value and is ended therefore.
    """
    _flush()
    with tempfile.TemporaryFile() as said:
        read, write = Pipe(duplex=False)
        pid = _fork()
        if pid == 0:
            read.close()
            _work(work, write, said)
        write.close()
        parent_of = _Process(pid, read, said)
        try:
            yield from parent_of.told(limit_seconds)
        finally:
            parent_of.end()


def branched() -> int | None:
    """Fork this forked process once more, and wait for its fork's exit status. None in the fork."""
    pid = _fork()
    if pid == 0:
        garbage.leave_alone()
        _die_with_parent()
        return None
    return os.waitstatus_to_exitcode(_waitpid(pid, 0)[1])


def ended() -> NoReturn:
    """This process has told everything: it ends here, without unwinding."""
    _flush()
    _exit(0)


class _Process:
    """A forked process as its parent sees it."""

    def __init__(self, pid: int, told: Connection, said: IO[bytes]) -> None:
        self._pid = pid
        self._told = told
        self._said = said
        self._ended = None if _open_pidfd is None else _open_pidfd(pid)
        with contextlib.suppress(OSError):  # it does the same
            _setpgid(pid, pid)

    def told(self, limit_seconds: float) -> Iterator[Any]:
        """What it tells, to the end of its work."""
        watched: list[Any] = [self._told, *([] if self._ended is None else [self._ended])]
        while True:
            if not wait(watched, limit_seconds):
                self._abort()
                raise Overran(
                    f"its process was still running after {limit_seconds:g} s of real time, and was ended"
                    f"{self._where()}"
                )
            value = self._next()
            if isinstance(value, bytes) and value == _DONE:
                return
            yield value

    def _next(self) -> Any:
        """The next value; `Died` if it is gone without one."""
        with contextlib.suppress(EOFError, OSError):
            if self._told.poll(0):
                return self._told.recv()
        raise Died(self._how())

    def _abort(self) -> None:
        """End it, in a way in which it says where it was."""
        _kill(self._pid, signal.SIGABRT)
        if self._ended is not None:
            wait([self._ended], ENDING_SECONDS_MAX)
        _kill(self._pid, signal.SIGKILL)
        os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)

    def _how(self) -> str:
        """A sentence about its end."""
        if self._ended is not None and not wait([self._ended], ENDING_SECONDS_MAX):
            return "its process told nothing more, and went on: another program took its place (os.exec…)"
        found = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
        assert found is not None  # without WNOHANG it waits
        if found.si_code != os.CLD_EXITED:
            name = signal.Signals(found.si_status).name
            memory = ", as one is that takes too much memory" if found.si_status == signal.SIGKILL else ""
            return f"its process was ended by the signal {name}{memory}{self._where()}"
        if found.si_status == _FAILED and (words := self._words()):
            return f"its process failed: {words.splitlines()[-1][:LAST_WORDS]}"
        return (
            f"its process ended with exit status {found.si_status} before it was done: by os._exit, or as "
            "another program that took its place (os.exec…)"
        )

    def _where(self) -> str:
        """The line that it was at, as far as it is known: of the user's code, if any of that was at work."""
        frames = _FRAME.findall(self._words())
        mine = [frame for frame in frames if not frame[0].startswith(_OTHERS)]
        return "".join(f"; it was at {file}:{line}, in {name}" for file, line, name in (mine or frames)[:1])

    def _words(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()

    def end(self) -> None:
        """Nothing of it stays: neither the process nor what it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            _killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._told.close()
        if self._ended is not None:
            _close(self._ended)


def _work(work: Callable[[Tell], None], told: Connection, said: IO[bytes]) -> NoReturn:
    """The forked process's own life."""
    status = _FAILED
    try:
        _be_a_child(said)
        work(told.send)
        _save_coverage()
        _flush()
        told.send(_DONE)
        status = 0
    except BaseException:
        said.write(traceback.format_exc().encode(errors="replace"))
        said.flush()
    finally:
        _flush()
        _exit(status)


def _be_a_child(said: IO[bytes]) -> None:
    garbage.leave_alone()
    _setpgid(0, 0)
    for number in (signal.SIGTTIN, signal.SIGTTOU):  # it is in the background of a terminal
        _signal(number, signal.SIG_IGN)
    _enable(said, all_threads=False)
    _die_with_parent()


def _die_with_parent() -> None:
    if hasattr(_libc(), "prctl"):
        _libc().prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)


@cache
def _libc() -> Any:
    """The C library; None where there is none to be loaded."""
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _save_coverage() -> None:
    """What coverage.py has measured in this process goes into a file of its own, which it combines."""
    coverage = sys.modules.get("coverage")
    measured = coverage.Coverage.current() if coverage is not None else None
    if measured is not None:
        measured.stop()
        measured.save()
