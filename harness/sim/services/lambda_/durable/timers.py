"""The timers of executions: waits, retries, callbacks that time out, and the time that one may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.sim.activities import Timer
from harness.sim.services.lambda_.durable import model
from harness.sim.services.lambda_.durable.checks import Update
from harness.sim.services.lambda_.durable.model import DurableState, OperationState

if TYPE_CHECKING:
    from harness.sim.world import World

TIMEOUT, HEARTBEAT = "Callback.Timeout", "Callback.Heartbeat"
"""https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""


_KINDS = {model.WAIT: "a wait", model.STEP: "a retry", model.CALLBACK: "a callback"}
"""What keeps a run from being settled."""


class Timers:
    """Wakes executions. Each timer that matters is an event of the history, and the cause of what follows."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._armed: dict[DurableState, dict[str, Timer]] = {}

    def watch(self, execution: DurableState, seconds: float) -> None:
        """It ends after so many seconds, whatever it does."""
        self._arm(execution, "timeout", seconds, lambda: self._time_out(execution))

    def began(self, execution: DurableState, operation: OperationState, update: Update) -> None:
        """Somebody waits for an operation from now on."""
        now = self._world.kernel.now
        if operation.type in (model.WAIT, model.STEP):
            assert operation.due is not None
            what = "the wait is over" if operation.type == model.WAIT else "the step is tried again"
            self._arm(execution, operation.id, operation.due - now, lambda: self._due(execution, what))
        elif operation.type == model.CALLBACK:
            seconds = (update.get("CallbackOptions") or {}).get("TimeoutSeconds") or 0
            if seconds:
                late = "Callback timed out"
                self._arm(
                    execution,
                    operation.id,
                    seconds,
                    lambda: self._give_up(execution, operation, TIMEOUT, late),
                )
            self.beat(execution, operation)

    def beat(self, execution: DurableState, operation: OperationState) -> None:
        """A heartbeat: the next one must come in time."""
        if operation.heartbeat_seconds:
            late = "Callback timed out on heartbeat"
            self._arm(
                execution,
                f"{operation.id} beats",
                operation.heartbeat_seconds,
                lambda: self._give_up(execution, operation, HEARTBEAT, late),
            )

    def ended(self, execution: DurableState, operation: OperationState) -> None:
        """Nobody waits for an operation any more."""
        for name in (operation.id, f"{operation.id} beats"):
            self._disarm(execution, name)

    def pause(self, execution: DurableState) -> float | None:
        """Its time stands still; gives the seconds that are left."""
        timer = self._armed.get(execution, {}).get("timeout")
        self._disarm(execution, "timeout")
        return timer.due - self._world.kernel.now if timer is not None else None

    def stop(self, execution: DurableState) -> None:
        """It has ended."""
        for timer in self._armed.pop(execution, {}).values():
            self._world.kernel.cancel(timer)

    def _arm(self, execution: DurableState, name: str, seconds: float, act: Callable[[], None]) -> None:
        kernel, function = self._world.kernel, self._world.names.of(execution.function.arn)
        self._disarm(execution, name)
        operation = execution.operations.get(name.partition(" ")[0])
        what = f"{_KINDS[operation.type]} of {function}" if operation else f"the time that {function} has"
        self._armed.setdefault(execution, {})[name] = kernel.call_at(kernel.now + seconds, act, name=what)

    def _disarm(self, execution: DurableState, name: str) -> None:
        self._world.kernel.cancel(self._armed.get(execution, {}).pop(name, None))

    def _due(self, execution: DurableState, what: str) -> None:
        now = self._world.kernel.now
        if execution.open and any(
            op.due is not None and op.due <= now for op in execution.operations.values()
        ):
            self._tell(execution, what)
            execution.complete_due(now)

    def _give_up(self, execution: DurableState, operation: OperationState, kind: str, late: str) -> None:
        if execution.open and operation.waits:
            self._tell(execution, late.lower())
            self.ended(execution, operation)
            error = {"ErrorType": kind, "ErrorMessage": late}
            execution.finish(operation, model.TIMED_OUT, self._world.kernel.now, error=error)

    def _time_out(self, execution: DurableState) -> None:
        if execution.open:
            self._tell(execution, "the execution timed out")
            told = f"Execution timed out after {execution.config.timeout_seconds} seconds."
            execution.end(model.TIMED_OUT, self._world.kernel.now, error={"ErrorMessage": told})

    def _tell(self, execution: DurableState, what: str) -> None:
        recorder, name = self._world.recorder, self._world.names.of(execution.function.arn)
        execution.woken_by = recorder.timer(name, execution.messages, what, actor="lambda")
