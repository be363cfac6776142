"""The operations on durable executions.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.durable import events, model, rendering, updates
from harness.sim.services.lambda_.durable.checks import Update, check_updates
from harness.sim.services.lambda_.durable.invokes import ChainedInvokes
from harness.sim.services.lambda_.durable.model import AnsweredCheckpoint, DurableState, OperationState
from harness.sim.services.lambda_.durable.runs import Durable
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.services.service import Operation as Does

if TYPE_CHECKING:
    from harness.sim.world import World

ITEMS, ITEMS_MAX = 100, 1000
CALLBACK_BYTES_MAX = 262_144


class DurableApi:
    """Checkpoints, callbacks, and looks at executions."""

    def __init__(
        self, world: World, registry: FunctionRegistry, durable: Durable, invokes: ChainedInvokes
    ) -> None:
        self._world = world
        self._registry = registry
        self._durable = durable
        self._executions = durable.executions
        self._invokes = invokes

    def operations(self) -> Mapping[str, Does]:
        """By name."""
        return {
            "CheckpointDurableExecution": self.checkpoint,
            "GetDurableExecutionState": self.state,
            "GetDurableExecution": self.get,
            "GetDurableExecutionHistory": self.history,
            "ListDurableExecutionsByFunction": self.list,
            "StopDurableExecution": self.stop,
            "PauseDurableExecution": self.pause,
            "ResumeDurableExecution": self.resume,
            "DeleteDurableExecution": self.delete,
            "SendDurableExecutionCallbackSuccess": self.succeed,
            "SendDurableExecutionCallbackFailure": self.fail,
            "SendDurableExecutionCallbackHeartbeat": self.beat,
        }

    def checkpoint(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html"""
        execution, token = self._executions.get(params["DurableExecutionArn"]), params["CheckpointToken"]
        last, asked = execution.last, params.get("ClientToken")
        if last is not None and asked and (last.client_token, last.token) == (asked, token):
            return dict(last.answer)
        self._check_token(execution, token)
        changes: list[Update] = list(params.get("Updates") or ())
        check_updates(execution, changes)
        for update in changes:
            if update["Type"] == model.CHAINED_INVOKE:
                self._invokes.check(execution, update)
        now = self._world.kernel.now
        begun = list(updates.apply(execution, changes, now, self._invokes.resolve))
        if (quota := updates.exceeded(execution)) and execution.open:
            error = {"ErrorType": "QuotaExceeded", "ErrorMessage": quota}
            execution.end(model.FAILED, now, error=error)
        execution.complete_due(now)
        if execution.open:
            for operation, update in begun:
                self._go_on(execution, operation, update)
            execution.changed.notify()
        answer = self._answer(execution)
        if asked and "CheckpointToken" in answer:
            execution.last = AnsweredCheckpoint(asked, token, dict(answer))
        return answer

    def state(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html"""
        execution = self._executions.get(params["DurableExecutionArn"])
        self._check_token(execution, params["CheckpointToken"])
        marker = params.get("Marker") or "0"
        if not marker.isdigit():
            raise invalid("Invalid marker.")
        items = min(params.get("MaxItems") or ITEMS, ITEMS_MAX)
        found, following = rendering.page(execution, int(marker), items)
        return {"Operations": found} | ({"NextMarker": following} if following else {})

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html"""
        execution = self._executions.get(params["DurableExecutionArn"])
        return rendering.whole(execution, data=params.get("IncludeExecutionData") is not False)

    def history(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html"""
        execution = self._executions.get(params["DurableExecutionArn"])
        found = list(execution.events)
        if params.get("IncludeExecutionData") is False:
            found = [events.without_data(event) for event in found]
        if params.get("ReverseOrder"):
            found.reverse()
        return page(found, _sized(params), "Events", most=ITEMS_MAX)

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html"""
        function, wanted = self._registry.find(params["FunctionName"], caller, params.get("Qualifier"))
        version = function.version_named(wanted.qualifier) if wanted.qualifier else None
        found = [
            rendering.summary(each)
            for each in self._executions.of(function.id.arn)
            if (version is None or each.version == version.number) and _fits(each, params)
        ]
        if params.get("ReverseOrder"):
            found.reverse()
        return page(found, _sized(params), "DurableExecutions", most=ITEMS_MAX)

    def stop(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html"""
        execution = self._executions.get(params["DurableExecutionArn"])
        error = params.get("Error") or {"ErrorMessage": "Execution stopped by user request"}
        execution.woken_by = self._world.recorder.cause
        execution.end(model.STOPPED, self._world.kernel.now, error=error)
        assert execution.ended_at is not None
        return {"StopTimestamp": events.moment(execution.ended_at)}

    def pause(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_PauseDurableExecution.html"""
        execution = self._open(params)
        if execution.status == model.RUNNING:
            execution.status = model.PAUSING if execution.invocation else model.PAUSED
            if params.get("ExecutionTimeoutPaused"):
                execution.seconds_left = self._durable.timers.pause(execution)
            now, reason = self._world.kernel.now, params.get("Reason") or ""
            events.execution_paused(execution, now, "ExecutionPaused", reason)
        return {}

    def resume(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ResumeDurableExecution.html"""
        execution = self._open(params)
        if execution.status != model.RUNNING:
            execution.status = model.RUNNING
            if execution.seconds_left is not None:
                self._durable.timers.watch(execution, execution.seconds_left)
                execution.seconds_left = None
            now, reason = self._world.kernel.now, params.get("Reason") or ""
            events.execution_paused(execution, now, "ExecutionResumed", reason)
            execution.woken_by = self._world.recorder.cause
            execution.changed.notify()
        return {}

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteDurableExecution.html"""
        execution = self._executions.get(params["DurableExecutionArn"])
        if execution.open:
            told = f"The durable execution is {execution.status}: only one that has ended can be deleted."
            raise ServiceError("ResourceConflictException", told, 409, Type="User")
        self._executions.remove(execution)
        return {"DeletionRequestTimestamp": events.moment(self._world.kernel.now)}

    def succeed(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html"""
        execution, operation = self._callback(params)
        content = _bytes(params.get("Result"))
        if len(content) > CALLBACK_BYTES_MAX:
            raise invalid(f"Result size must be less than or equal to {CALLBACK_BYTES_MAX} bytes.")
        result = content.decode() if content else None
        self._end(execution, operation, model.SUCCEEDED, result=result)
        return {}

    def fail(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackFailure.html"""
        execution, operation = self._callback(params)
        self._end(execution, operation, model.FAILED, error=params.get("Error") or {})
        return {}

    def beat(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackHeartbeat.html"""
        execution, operation = self._callback(params)
        self._durable.timers.beat(execution, operation)
        return {}

    def _end(
        self,
        execution: DurableState,
        operation: OperationState,
        status: str,
        *,
        result: str | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        self._durable.timers.ended(execution, operation)
        execution.woken_by = self._world.recorder.cause
        execution.finish(operation, status, self._world.kernel.now, result=result, error=error)

    def _go_on(self, execution: DurableState, operation: OperationState, update: Update) -> None:
        if operation.type == model.CHAINED_INVOKE:
            self._invokes.began(execution, operation, update)
        else:
            self._durable.timers.began(execution, operation, update)

    def _answer(self, execution: DurableState) -> Params:
        """What is new to the handler, and the next token: none if it can't go on from here."""
        if execution.status == model.PAUSING:
            execution.deferred = True
        if not execution.open or execution.deferred:
            return {"NewExecutionState": {"Operations": []}}
        unseen = [rendering.operation(execution, each) for each in execution.unseen()]
        execution.seen = execution.changes
        execution.tokens += 1
        return {"CheckpointToken": execution.token, "NewExecutionState": {"Operations": unseen}}

    def _check_token(self, execution: DurableState, token: str) -> None:
        """Only the invocation that runs has one that is good, and only its last."""
        if not execution.open or not execution.invocation or token != execution.token:
            raise invalid("Invalid checkpoint token")

    def _open(self, params: Params) -> DurableState:
        execution = self._executions.get(params["DurableExecutionArn"])
        if not execution.open:
            told = f"The durable execution has ended: {execution.status}."
            raise ServiceError("ResourceConflictException", told, 409, Type="User")
        return execution

    def _callback(self, params: Params) -> tuple[DurableState, OperationState]:
        """A callback that is still waited for. Raises `ServiceError`."""
        execution, id_ = self._executions.of_callback(params["CallbackId"])
        operation = execution.operations[id_]
        if not execution.open or not operation.waits:
            told = "The callback has timed out or is already closed."
            raise ServiceError("CallbackTimeoutException", told, 400, Type="User")
        return execution, operation


def _bytes(content: Any) -> bytes:
    if hasattr(content, "read"):
        content = content.read()
    return content.encode() if isinstance(content, str) else bytes(content or b"")


def _sized(params: Params) -> Params:
    """MaxItems of 0 is the default."""
    return {**params, "MaxItems": min(params.get("MaxItems") or ITEMS, ITEMS_MAX)}


def _fits(execution: DurableState, params: Params) -> bool:
    """Does a list want it?"""
    name, statuses = params.get("DurableExecutionName"), params.get("Statuses")
    after, before = params.get("StartedAfter"), params.get("StartedBefore")
    started = events.moment(execution.started_at)
    return (
        (not name or execution.name == name)
        and (not statuses or execution.status in statuses)
        and (after is None or started >= after)
        and (before is None or started <= before)
    )
