"""One execution environment of a function: a process group, what it says to its runtime API, and its log."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from . import clock, contention, faketime, limits, processes, reaper, variables
from .logs import EnvironmentLog, Output
from .runtime_api import Conversation, runtime_api
from .variables import UnpackedFunction

KILL_SECONDS_MAX = 10.0
"""Longest wait for the kernel to end a process."""


class ProcessEnvironment:
    """Starts cold, runs invocations one by one, and may die; then another takes its place.

    `cold`: no invocation was given to it yet.
    """

    def __init__(self, code: UnpackedFunction, endpoint: Callable[[], str]) -> None:
        self.id = uuid.uuid4().hex
        self.code = code
        self.cold = True
        self.log = EnvironmentLog()
        self.changed = threading.Condition()
        self.conversation = Conversation(self.changed)
        self.exit_status: int | None = None
        self._endpoint = endpoint
        self._process: processes.FunctionProcess | None = None
        self._output: Output | None = None
        self._listener: socket.socket | None = None
        self._folder: Path | None = None
        self._skew_seconds = 0.0
        self._stopped = False
        self._lock = threading.RLock()

    @property
    def running(self) -> bool:
        """Has its process started, and not ended?"""
        return self._process is not None and self.exit_status is None

    @property
    def usable(self) -> bool:
        """May an invocation be given to it?"""
        return not self._stopped and self.exit_status is None

    @property
    def exit_reason(self) -> str:
        """The exit of the process, in Lambda's words."""
        status = self.exit_status or 0
        if status >= 0:
            return f"exit status {status}"
        return f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"

    def start(self) -> None:
        """Start the process. Raises `UnsupportedRuntime`, and `OSError` if it can't be started."""
        self._folder = Path(tempfile.mkdtemp(prefix="harness-environment-"))
        (self._folder / "tmp").mkdir()
        self.write_time()
        self._mark_skew()
        self._listener = runtime_api.open(self.conversation)
        port = self._listener.getsockname()[1]
        read, write = os.pipe()
        try:
            told = variables.of_process(
                self.code, self.id, self._folder, f"127.0.0.1:{port}", self._endpoint()
            )
            self._process = process = processes.start(self.code, told, write)
        except BaseException:
            os.close(read)
            self.stop()
            raise
        finally:
            os.close(write)
        reaper.watch(process.pid)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
        self._output = output = Output(read, self.log)
        for name, target in (("output", output.follow), ("exit", self._await_exit)):
            threading.Thread(target=target, name=f"harness-environment-{name}", daemon=True).start()

    def restart(self) -> None:
        """Begin anew: the process, and what was said to it."""
        self.stop()
        self.conversation, self.exit_status = Conversation(self.changed), None
        self._stopped = False
        self.start()

    def used_bytes(self) -> int:
        """Memory that the process and its children need now."""
        return limits.used_bytes(self._process.pid) if self._process and self.running else 0

    def peak_bytes(self) -> int:
        """The most memory that the process has needed so far."""
        return limits.peak_bytes(self._process.pid) if self._process and self.running else 0

    def waited_seconds(self) -> float:
        """Time that the process has waited for a core so far."""
        return contention.waited_seconds(self._process.pid) if self._process and self.running else 0.0

    def set_skew(self, seconds: float) -> None:
        """Difference of the process's clock from the account's clock."""
        self._skew_seconds = seconds
        self.write_time()
        self._mark_skew()

    def write_time(self) -> None:
        """Let the process see the account's clock as it is now."""
        with self._lock:
            if self._folder is not None:
                faketime.write(self._folder / "faketime", self.seen_offset())

    def saw_wrong_time(self) -> bool:
        """Has the handler looked at the clock since that was made wrong?"""
        with self._lock:
            return self._folder is not None and faketime.was_seen(self._folder / "faketime")

    def sleeps_until(self) -> float | None:
        """The time on the account's clock until which the process only sleeps; None: it doesn't."""
        with self._lock:
            if self._folder is None or not self.running:
                return None
            seen = faketime.sleeps_until(self._folder / "faketime")
            return None if seen is None else seen - self._skew_seconds

    def _mark_skew(self) -> None:
        with self._lock:
            if self._folder is not None:
                faketime.mark(self._folder / "faketime", self._skew_seconds != 0)

    def seen_offset(self) -> float:
        """Seconds from real time to what the process takes for the time."""
        if faketime.library() is None:
            return 0.0
        return clock.offset(self.code.account) + self._skew_seconds

    def freeze(self) -> None:
        """Nothing in it moves until `thaw`, as between invocations."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It moves again."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process group at once; returns when it is gone."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            with self.changed:
                self.changed.wait_for(lambda: self.exit_status is not None, KILL_SECONDS_MAX)

    def drain(self) -> None:
        """Have in the log what the process has written so far."""
        if self._output is not None:
            self._output.drain()

    def stop(self) -> None:
        """Nobody will use it again: nothing of it is left."""
        self._stopped = True
        self.kill()
        with self._lock:
            listener, self._listener = self._listener, None
            folder, self._folder = self._folder, None
        self.conversation.close()
        if listener is not None:
            runtime_api.close(listener)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        with self._lock:
            if self.running and self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)

    def _await_exit(self) -> None:
        process, conversation = self._process, self.conversation
        assert process is not None
        process.await_end()
        with self._lock:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.let_go()
            with self.changed:
                self.exit_status = status
                self.changed.notify_all()
        conversation.close()
        faketime.clean_up(process.pid)
        reaper.forget(process.pid)
