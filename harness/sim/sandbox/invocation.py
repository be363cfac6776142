"""One run of a function: how often it called, what it must die of, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.sim.activities import Killed, Signal
from harness.sim.kernel import Kernel
from harness.sim.sandbox.shapes import ContextData, KillOrder, Outcome


class RunningHandler:
    """The state of one invocation. The first ending counts."""

    def __init__(self, kernel: Kernel, data: ContextData, kill: KillOrder | None) -> None:
        self._kernel = kernel
        self.data = data
        self.kill = kill
        self.calls = 0
        self.unanswered: dict[str, None] = {}
        self.ready = False
        self.outcome: Outcome | None = None
        self.payload: Any = None
        self.error: Mapping[str, Any] | None = None
        self.changed = Signal()
        self.overrun_seconds = 0.0
        self._overrun = Signal()

    @property
    def over(self) -> bool:
        """Has it ended?"""
        return self.outcome is not None

    def begin(self) -> None:
        """Its environment is initialized."""
        self.ready = True
        self.changed.notify()

    def end(self, outcome: Outcome, payload: Any = None, error: Mapping[str, Any] | None = None) -> None:
        """It ended like this."""
        if self.outcome is None:
            self.outcome, self.payload, self.error = outcome, payload, error
            self.changed.notify()

    def overrun(self) -> None:
        """Its time is up, and yet it isn't ended: it goes on where it hung, for `overrun_seconds`."""
        self._overrun.notify()

    def called(self) -> None:
        """One of its API calls was answered. Raises `Killed` if it must die of that."""
        self.calls += 1
        if self.kill is not None and self.kill.when == "call" and self.calls == self.kill.nth:
            self.die(self.kill)

    def at(self, when: str) -> None:
        """It is "before" or "after" the handler. Raises `Killed` if it must die there."""
        if self.kill is not None and self.kill.when == when:
            self.die(self.kill)

    def die(self, order: KillOrder) -> None:
        """Obey the order; doesn't return, but from a time-out that is followed by an overrun."""
        if not self.over:
            order.acted()
        if order.how == "timeout":
            self.overrun_seconds = order.overrun_seconds
            self._kernel.wait(self._overrun)
            return
        if order.how == "oom":
            self.end("oom", error=platform_error("Runtime.OutOfMemory", self.data, "signal: killed"))
        elif order.how == "init-error":
            self.end("init-error", error=platform_error("Runtime.ExitError", self.data, "exit status 1"))
        else:
            self.end("crash", error=platform_error("Runtime.ExitError", self.data, "exit status 1"))
        raise Killed(f"{order.how} by a fault")


def platform_error(kind: str, data: ContextData, reason: str) -> dict[str, Any]:
    """Lambda's answer when the process of a function has exited."""
    message = f"RequestId: {data.request_id} Error: Runtime exited with error: {reason}"
    if reason == "exit status 0":
        message = f"RequestId: {data.request_id} Error: Runtime exited without providing a reason"
    return {"errorType": kind, "errorMessage": message}


def timed_out(data: ContextData, seconds: float) -> dict[str, Any]:
    """Lambda's answer for a function that ran too long."""
    message = f"RequestId: {data.request_id} Error: Task timed out after {seconds:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": message}
