"""One run of a function in an environment, from its cold start to the line that closes it in the log."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from . import clock, runtimes
from .environment import ProcessEnvironment
from .logs import init_report, report
from .runtime_api import NextInvocation
from .runtimes import UnsupportedRuntime

INIT_SECONDS_MAX = 10.0
"""An initialization that takes longer is begun anew, within the function's own timeout.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""

LOOK_EVERY_SECONDS = 0.05
"""Real time between two looks at the memory and at the account's clock."""

SETTLE_SECONDS_MAX = 1.0
"""Longest time from the runtime's answer to its next question, before it is frozen."""

Outcome = Literal["ok", "error", "timeout", "crash", "oom", "init-error", "throttled"]
DEADLY = frozenset({"timeout", "crash", "oom", "init-error"})
"""After one of these an environment is gone."""

_MEGABYTE = 1024 * 1024


class EnvironmentStopped(Exception):
    """The environment was taken away while it ran: its function was deleted or its account ended."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """The end that a fault has decided. `when`: "before", "after" or "call" (by `HandlerRun.die`)."""

    how: str
    when: str = "before"
    nth: int = 1


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A requested run. `payload`: JSON."""

    request_id: str
    function_arn: str
    payload: bytes
    trace_id: str = ""
    client_context: str = ""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """The end of a run. `payload`: the handler's result, or the error, as JSON.

    `entries`: its log as a log group gets it. `acted`: the faults that acted on it ("kill", "skew").
    """

    outcome: Outcome
    payload: bytes
    log: str
    entries: tuple[str, ...] = ()
    acted: tuple[str, ...] = ()

    @property
    def error(self) -> str | None:
        """The error's type and the first line of its message."""
        if self.outcome == "ok":
            return None
        told = _read(self.payload)
        message = str(told.get("errorMessage") or "").strip().partition("\n")[0]
        return f"{told.get('errorType') or 'Error'}: {message}"


class HandlerRun:
    """Runs one request in one environment; everything but `die`, `stop` and `wake` in the calling thread.

    `deadline`: epoch seconds on the account's clock, of the cold start first, then of the handler.
    `parked`: a fault lets it hang until then.
    """

    def __init__(
        self, environment: ProcessEnvironment, request: RunRequest, kill: Kill | None = None
    ) -> None:
        self.environment = environment
        self.request = request
        self.deadline: float | None = None
        self.parked = False
        self._kill = kill
        self._ended: tuple[Outcome, bytes] | None = None
        self._stopped = False
        self._changed: threading.Condition = environment.changed
        self._memory_bytes = 0
        self._answer: tuple[Outcome, bytes] | None = None
        self._obeyed = False

    @property
    def _account(self) -> str:
        return self.environment.code.account

    def run(self) -> RunResult:
        """Run it. Raises `EnvironmentStopped`."""
        init_seconds = self._initialize() if self.environment.cold else None
        began = clock.now(self._account)
        if self._ended is None:
            self._handle(clock.now(self._account))
        return self._close(clock.now(self._account) - began, init_seconds)

    @classmethod
    def warm_up(cls, environment: ProcessEnvironment) -> bytes | None:
        """Start an environment before anybody asks for it. The error if that failed, as JSON."""
        first = cls(environment, RunRequest(request_id="", function_arn=environment.code.arn, payload=b""))
        first._initialize()
        if first._ended is None:
            environment.freeze()
            return None
        return first._ended[1]

    def die(self, how: str) -> None:
        """A fault ends it now, from any thread: "crash", "oom" or "timeout" (it hangs until its deadline)."""
        if how == "timeout":
            self.environment.freeze()
            self._set(parked=True)
        else:
            self._end(*self._death(how))
            self.environment.kill()

    def stop(self) -> None:
        """The environment is taken away, from any thread."""
        self._set(stopped=True)

    def wake(self) -> None:
        """The account's clock was moved."""
        self._set()

    def _set(self, *, parked: bool = False, stopped: bool = False) -> None:
        with self._changed:
            self.parked = self.parked or parked
            self._stopped = self._stopped or stopped
            self._changed.notify_all()

    def _end(self, outcome: Outcome, payload: bytes) -> None:
        with self._changed:
            if self._ended is None:
                self._ended = (outcome, payload)
                self._changed.notify_all()

    def _death(self, how: str) -> tuple[Outcome, bytes]:
        if how == "oom":
            return "oom", self._platform_error("Runtime.OutOfMemory", "signal: killed")
        return (
            "init-error" if how == "init-failure" else "crash",
            self._platform_error("Runtime.ExitError", "exit status 1"),
        )

    def _initialize(self) -> float | None:
        """The cold start. Its seconds; None if it took too long and was begun anew in the function's time."""
        environment, began = self.environment, time.monotonic()
        environment.cold = False
        self.deadline = clock.now(self._account) + INIT_SECONDS_MAX
        try:
            version = runtimes.version_at_hand(environment.code.runtime)
            environment.log.line(f"INIT_START Runtime Version: {version}")
            if self._kill is not None and self._kill.how == "init-failure":
                self._obeyed = True
                self._end(*self._death("init-failure"))
                return time.monotonic() - began
            environment.start()
        except UnsupportedRuntime as error:
            environment.log.line(f"[harness] {error}")
            self._end("init-error", _error("Runtime.Unsupported", str(error)))
            return time.monotonic() - began
        if self._is_ready() or self._ended is not None:
            return time.monotonic() - began
        environment.drain()
        environment.log.line(init_report(INIT_SECONDS_MAX, "timeout"))
        environment.restart()
        self.parked = False
        return None

    def _is_ready(self) -> bool:
        """Wait for the runtime's first question; it may fail instead, which ends the invocation."""
        assert self.deadline is not None
        while self._ended is None and (left := self._left(self.deadline, 0.0)) > 0:
            with self._changed:
                if self.environment.conversation.asking:
                    return True
                if not self._over_in_init():
                    self._changed.wait(min(LOOK_EVERY_SECONDS, left))
            self._watch_memory()
            self._check_stopped()
        return False

    def _over_in_init(self) -> bool:
        conversation, environment = self.environment.conversation, self.environment
        if conversation.init_error is not None:
            self._end("init-error", conversation.init_error)
        elif environment.exit_status is not None:
            reason = environment.exit_reason
            self._end("init-error", self._platform_error("Runtime.ExitError", reason))
        return self._ended is not None

    def _handle(self, began: float) -> None:
        """Give the request to the runtime and wait for how it ends."""
        environment, code, request = self.environment, self.environment.code, self.request
        self.deadline = began + code.timeout_seconds
        environment.drain()
        environment.thaw()
        environment.log.line(f"START RequestId: {request.request_id} Version: {code.version}")
        self._obey("before")
        if self._ended is None and not self.parked:
            environment.conversation.give(
                NextInvocation(
                    request_id=request.request_id,
                    function_arn=request.function_arn,
                    payload=request.payload,
                    deadline_ms=self._seen_deadline_ms(),
                    trace_id=request.trace_id,
                    client_context=request.client_context,
                )
            )
        self._await_end(self.deadline)

    def _seen_deadline_ms(self) -> int:
        assert self.deadline is not None
        left = self.deadline - clock.now(self._account)
        return int((time.time() + self.environment.seen_offset() + left) * 1000)

    def _left(self, deadline: float, waited_before: float) -> float:
        """Seconds until a deadline, on the account's clock; waiting for a core isn't the function's time."""
        waited = 0.0 if self.parked else self.environment.waited_seconds() - waited_before
        return deadline + max(waited, 0.0) - clock.now(self._account)

    def _await_end(self, deadline: float) -> None:
        waited_before = self.environment.waited_seconds()
        while self._ended is None:
            left = self._left(deadline, waited_before)
            if left <= 0:
                self._end("timeout", self._timed_out())
                return
            with self._changed:
                if not self._look():
                    self._changed.wait(min(LOOK_EVERY_SECONDS, left))
            self._check_stopped()
            if not self.parked:
                self._obey_after()
                self._watch_memory()

    def _look(self) -> bool:
        """Has something happened that the loop must see to?"""
        conversation, environment = self.environment.conversation, self.environment
        if self._ended is not None or self._stopped or self.parked:
            return self._ended is not None or self._stopped
        if conversation.answer is not None:
            answer = conversation.answer
            self._answer = ("error" if answer.is_error else "ok", answer.payload)
            return True
        if conversation.init_error is not None:
            self._end("init-error", conversation.init_error)
            return True
        if environment.exit_status is not None:
            self._end("crash", self._platform_error("Runtime.ExitError", environment.exit_reason))
            return True
        return False

    def _obey_after(self) -> None:
        if self._answer is None:
            return
        if not self._obey("after"):
            self._watch_memory(peak=True)
            self._end(*self._answer)

    def _obey(self, when: str) -> bool:
        """Die, if it must do so now."""
        if self._kill is None or self._kill.when != when:
            return False
        self._obeyed = True
        self.die(self._kill.how)
        return True

    def _watch_memory(self, *, peak: bool = False) -> None:
        environment = self.environment
        used = environment.peak_bytes() if peak else environment.used_bytes()
        self._memory_bytes = max(self._memory_bytes, used)
        if self._memory_bytes > environment.code.memory_mb * _MEGABYTE:
            self.die("oom")

    def _check_stopped(self) -> None:
        if self._stopped:
            raise EnvironmentStopped(
                f"{self.environment.code.name}: its environment was stopped during invocation "
                f"{self.request.request_id}"
            )

    def _close(self, seconds: float, init_seconds: float | None) -> RunResult:
        assert self._ended is not None
        environment, (outcome, payload) = self.environment, self._ended
        acted = (("kill", self._obeyed), ("skew", environment.saw_wrong_time()))
        if outcome in DEADLY:
            environment.kill()
        else:
            self._settle()
        environment.drain()
        log, code, request_id = environment.log, environment.code, self.request.request_id
        status = self._status(outcome, payload)
        if outcome == "init-error":
            log.line(init_report(init_seconds or 0.0, status.removeprefix("Status: ")))
        if outcome == "timeout":
            when = datetime.fromtimestamp(clock.now(self._account), UTC).isoformat(timespec="milliseconds")
            log.line(f"{when.replace('+00:00', 'Z')} {request_id} {self._task_timed_out()}")
        log.line(f"END RequestId: {request_id}")
        used_mb = (
            code.memory_mb if outcome == "oom" else min(-(-self._memory_bytes // _MEGABYTE), code.memory_mb)
        )
        log.line(report(request_id, seconds, code.memory_mb, used_mb, init_seconds, status))
        text, entries = log.take()
        return RunResult(
            outcome=outcome,
            payload=payload,
            log=text,
            entries=entries,
            acted=tuple(name for name, has in acted if has),
        )

    def _settle(self) -> None:
        """The runtime has answered: let it come to its next question, then freeze it."""
        environment, conversation = self.environment, self.environment.conversation
        with self._changed:
            self._changed.wait_for(
                lambda: conversation.asking or environment.exit_status is not None, SETTLE_SECONDS_MAX
            )
        environment.freeze()

    def _status(self, outcome: Outcome, payload: bytes) -> str:
        if outcome not in DEADLY:
            return ""
        if outcome == "timeout":
            return "Status: timeout"
        return f"Status: error\tError Type: {_read(payload).get('errorType', '')}"

    def _platform_error(self, kind: str, reason: str) -> bytes:
        """Lambda's answer when the process of a function has exited."""
        message = f"Runtime exited with error: {reason}"
        if reason == "exit status 0":
            message = "Runtime exited without providing a reason"
        return _error(kind, f"RequestId: {self.request.request_id} Error: {message}")

    def _task_timed_out(self) -> str:
        return f"Task timed out after {self.environment.code.timeout_seconds:.2f} seconds"

    def _timed_out(self) -> bytes:
        """Lambda's answer for a function that ran too long."""
        return _error(
            "Sandbox.Timedout", f"RequestId: {self.request.request_id} Error: {self._task_timed_out()}"
        )


def _error(kind: str, message: str) -> bytes:
    told: dict[str, Any] = {"errorType": kind, "errorMessage": message}
    return json.dumps(told).encode()


def _read(payload: bytes) -> dict[str, Any]:
    try:
        told = json.loads(payload)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}
