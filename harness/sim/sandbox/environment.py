"""One execution environment of a function: it starts cold and runs invocations one by one.

When its process dies, Lambda resets it: it is cold again, with the files in `/tmp` that were there. A fault
takes all of it away: Lambda promises nobody that the next try meets the same environment.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import decimal
import json
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit

from harness.sim.activities import Killed
from harness.sim.kernel import Kernel
from harness.sim.patches import threads
from harness.sim.patches.processes import Exited
from harness.sim.sandbox import handler as handlers
from harness.sim.sandbox import logs, wrapper
from harness.sim.sandbox.context import LambdaContext
from harness.sim.sandbox.invocation import RunningHandler, platform_error, timed_out
from harness.sim.sandbox.process import Process
from harness.sim.sandbox.shapes import DEADLY, ContextData, FunctionCode, KillOrder, Outcome, Ran
from harness.sim.sandbox.temporary import Temporary

if TYPE_CHECKING:
    from harness.sim.sandbox.sandbox import Sandbox

INIT_LIMIT_SECONDS = 10.0
"""An initialization that takes longer is begun anew, within the function's own timeout.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""

_SIMULATOR = str(Path(__file__).parents[1])


class Environment:
    """Made by `Sandbox.environment`. `cold` until its process has begun an invocation; not `alive` once it is
    gone."""

    def __init__(self, sandbox: Sandbox, code: FunctionCode, stream: str) -> None:
        self._sandbox = sandbox
        self._kernel: Kernel = sandbox.kernel
        self.code = code
        self.log_stream = stream
        self.cold = True
        self.alive = True
        self._lost = False
        self._until = 0.0
        self._process = self._new_process()

    def run(self, event: Any, context_data: ContextData, kill: KillOrder | None = None) -> Ran:
        """Run the handler once; the calling activity waits.

        `event`: JSON values; the handler gets a copy. Raises `RuntimeError` if the environment is dead
        or still busy.
        """
        if not self.alive or self._process.invocation is not None:
            raise RuntimeError(f"{self.code.name}: this environment {'is busy' if self.alive else 'is gone'}")
        invocation = RunningHandler(self._kernel, context_data, kill)
        if self._process.dead:
            self._process = self._new_process(self._process.folders.temporary)
        began = self._kernel.now
        init_seconds = self._get_ready(event, invocation)
        started = began if init_seconds is None else began + init_seconds
        self._wait(invocation, self._until)
        if not invocation.over:
            if (deadlock := self._process.deadlock()) is not None:
                self._process.log.line(f"[harness] deadlock: {deadlock}")
            invocation.end("timeout", error=timed_out(context_data, self.code.timeout_seconds))
            if invocation.overrun_seconds:
                invocation.overrun()
                self._kernel.sleep(invocation.overrun_seconds)
        assert invocation.outcome is not None
        duration = self._kernel.now - started
        self._close(invocation.outcome, invocation, duration, init_seconds)
        log, lines = self._process.log.take()
        return Ran(
            outcome=invocation.outcome,
            payload=invocation.payload,
            error=invocation.error,
            log=log,
            lines=lines,
            calls=invocation.calls,
            unanswered=tuple(invocation.unanswered),
            init_seconds=init_seconds,
            duration_seconds=duration,
        )

    def patch(self, target: str, value: Any) -> None:
        """Bind a name of the function's code to another value, if the code is there yet."""
        if self._process.handler is not None:
            self._process.patch(target, value)

    def crash(self) -> None:
        """If something runs in it, it dies, and is gone with its machine."""
        invocation = self._process.invocation
        if invocation is not None:
            self._lost = True
            invocation.end(
                "crash", error=platform_error("Runtime.ExitError", invocation.data, "signal: killed")
            )

    def dispose(self) -> None:
        """Nobody will use it again: its threads end."""
        self.alive = False
        self._process.die()
        self._process.dispose()
        self._sandbox.forget(self)

    def _new_process(self, tmp: Temporary | None = None) -> Process:
        sandbox = self._sandbox
        return Process(
            self._kernel, self.code, sandbox.region, self.log_stream, sandbox.test, sandbox.test_logs, tmp
        )

    def _get_ready(self, event: Any, invocation: RunningHandler) -> float | None:
        """Start the invocation; returns when its handler is about to begin. The virtual seconds of the
        cold start, None if it was warm or the time is the function's own."""
        kernel, began = self._kernel, self._kernel.now
        self._until = self._deadline(invocation.data, 0.0)
        if not self.cold:
            self._start(event, invocation)
            return None
        self.cold = False
        self._process.log.line(_init_start(self.code))
        self._start(event, invocation)
        self._wait(invocation, began + INIT_LIMIT_SECONDS, for_ready=True)
        if invocation.ready or invocation.over:
            self._until = self._deadline(invocation.data, kernel.now - began)
            return kernel.now - began
        log = self._process.log
        log.line(_init_report(INIT_LIMIT_SECONDS, "timeout"))
        self._process.die()
        self._process = self._new_process(self._process.folders.temporary)
        log.give(self._process.log)
        self._until = self._deadline(invocation.data, kernel.now - began)
        self._start(event, invocation)
        return None

    def _deadline(self, data: ContextData, init_seconds: float) -> float:
        if data.deadline is None:
            return self._kernel.now + self.code.timeout_seconds
        return data.deadline + init_seconds

    def _start(self, event: Any, invocation: RunningHandler) -> None:
        process, data = self._process, invocation.data
        process.set_trace(data.trace_id)
        process.thaw(invocation)

        def live() -> None:
            decimal.setcontext(process.decimals)
            try:
                self._live(process, event, invocation)
            finally:
                process.ended(task)

        task = self._kernel.spawn(f"{self.code.name} {data.request_id}", live)
        task.skew = data.skew
        threads.start_as(task, process, process.thread)
        process.began(task)

    def _wait(self, invocation: RunningHandler, deadline: float, *, for_ready: bool = False) -> None:
        kernel = self._kernel
        while not (invocation.over or (for_ready and invocation.ready)) and kernel.now < deadline:
            kernel.wait(invocation.changed, deadline - kernel.now)

    def _live(self, process: Process, event: Any, invocation: RunningHandler) -> None:
        """The body of the environment's own activity."""
        data = invocation.data
        try:
            handler = process.handler or self._initialize(process, invocation)
            if handler is not None:
                self._handle(process, handler, event, invocation)
        except (Killed, GreenletExit):
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and self._sandbox.interrupted:
                raise
            reason = _exit_reason(error)
            if not isinstance(error, Exited | SystemExit):
                text = "".join(traceback.format_exception(error)).rstrip()
                process.log.line(process.folders.shown(text))
            outcome: Outcome = "crash" if invocation.ready else "init-error"
            invocation.end(outcome, error=platform_error("Runtime.ExitError", data, reason))

    def _initialize(self, process: Process, invocation: RunningHandler) -> handlers.Handler | None:
        if invocation.kill is not None and invocation.kill.how == "init-error":
            invocation.die(invocation.kill)
        if wrapper.VARIABLE in os.environ:
            wrapper.apply(wrapper.start(os.environ[wrapper.VARIABLE]))
        try:
            process.handler = handlers.find(self.code.handler, self.code.name)
        except Exception as error:
            self._fail(process, "init-error", error, invocation)
            return None
        if patches := self._sandbox.patches.get(self.code.name):
            for target, value in patches:
                process.patch(target, value)
            process.handler = handlers.find(self.code.handler, self.code.name)
        return process.handler

    def _handle(
        self, process: Process, handler: handlers.Handler, event: Any, invocation: RunningHandler
    ) -> None:
        data = invocation.data
        invocation.begin()
        process.log.line(f"START RequestId: {data.request_id} Version: {self.code.version}")
        if invocation.kill is not None and invocation.kill.how == "init-error":
            invocation.die(invocation.kill)
        context = LambdaContext(self._kernel, self.code, data, self.log_stream, self._deadline_of(invocation))
        invocation.at("before")
        try:
            payload = handlers.marshal(handler(json.loads(json.dumps(event)), context))
        except Exception as error:
            invocation.at("after")
            self._fail(process, "error", error, invocation)
            return
        invocation.at("after")
        invocation.end("ok", payload)

    def _deadline_of(self, invocation: RunningHandler) -> float:
        """The cold start ends at this very moment, so the caller of `run` hasn't moved the deadline yet."""
        if invocation.data.deadline is None:
            return self._kernel.now + self.code.timeout_seconds
        return max(self._until, self._kernel.now)

    def _fail(self, process: Process, outcome: Outcome, error: Exception, invocation: RunningHandler) -> None:
        request_id = invocation.data.request_id if invocation.ready else ""
        told = handlers.error_of(error, request_id, _SIMULATOR, process.folders.shown)
        process.log.error(logs.error_lines(told))
        invocation.end(outcome, error=told)

    def _close(
        self, outcome: Outcome, invocation: RunningHandler, duration: float, init_seconds: float | None
    ) -> None:
        process, code, request_id = self._process, self.code, invocation.data.request_id
        status = ""
        if outcome in DEADLY:
            kind = str((invocation.error or {}).get("errorType", ""))
            status = "Status: timeout" if outcome == "timeout" else f"Status: error\tError Type: {kind}"
        if outcome == "init-error":
            process.log.line(_init_report(duration, status.removeprefix("Status: ")))
        if outcome == "timeout":
            self._log_timeout(request_id)
        process.log.line(f"END RequestId: {request_id}")
        process.log.line(logs.report(request_id, duration, code.memory_mb, init_seconds, status))
        if outcome in DEADLY:
            process.invocation = None
            lost = self._lost or outcome == "hung" or invocation.kill is not None
            self.dispose() if lost else self._reset()
        else:
            process.freeze()

    def _reset(self) -> None:
        """The process has ended; the next invocation starts another."""
        self._process.die()
        self._process.close()
        self._process.handler = None
        self.cold = True

    def _log_timeout(self, request_id: str) -> None:
        when = datetime.fromtimestamp(self._kernel.now, UTC).isoformat(timespec="milliseconds")
        self._process.log.line(
            f"{when.replace('+00:00', 'Z')} {request_id} Task timed out after "
            f"{self.code.timeout_seconds:.2f} seconds"
        )


def _init_start(code: FunctionCode) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    version = (code.runtime or here).removeprefix("python")
    arn = f"\tRuntime Version ARN: {code.runtime_arn}" if code.runtime_arn else ""
    return f"INIT_START Runtime Version: python:{version}.v10{arn}"


def _init_report(seconds: float, status: str) -> str:
    return f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\tStatus: {status}"


def _exit_reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "signal: interrupt"
    if isinstance(error, Exited):
        return error.how
    if isinstance(error, SystemExit):
        code = error.code
        return f"exit status {0 if code is None else code if isinstance(code, int) else 1}"
    return "exit status 1"
