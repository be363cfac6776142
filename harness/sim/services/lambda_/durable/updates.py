"""The updates of a checkpoint take effect: operations begin, end, and are tried again.

https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.sim.services.lambda_.durable import events, model
from harness.sim.services.lambda_.durable.checks import Update
from harness.sim.services.lambda_.durable.model import DurableState, OperationState
from harness.sim.services.lambda_.durable.tokens import callback_id

OPERATIONS_MAX = 3_000
BYTES_MAX = 100 * 1024 * 1024
"""https://docs.aws.amazon.com/general/latest/gr/lambda-service.html"""

_ENDS = {"SUCCEED": model.SUCCEEDED, "FAIL": model.FAILED, "CANCEL": model.CANCELLED}

Begun = tuple[OperationState, Update]
Resolve = Callable[[DurableState, Update], tuple[Mapping[str, Any] | None, Mapping[str, Any]]]
"""Why a function can't be invoked, None if it can, and what the history tells of it."""


def apply(
    execution: DurableState,
    updates: list[Update],
    now: float,
    resolve: Resolve,
) -> Iterator[Begun]:
    """Do what they say; gives the operations that somebody else must go on with: waits, callbacks, invoked
    functions and retries."""
    for update in updates:
        execution.bytes_written += len((update.get("Payload") or "").encode())
        if update["Type"] == model.EXECUTION:
            _end(execution, update, now)
            continue
        operation = execution.operations.get(update["Id"]) or _new(execution, update, now)
        execution.touch(operation)
        if update["Action"] == "START":
            if _start(execution, operation, update, now, resolve):
                yield operation, update
        elif update["Action"] == "RETRY":
            _retry(execution, operation, update, now)
            yield operation, update
        else:
            _close(execution, operation, update, now)


def exceeded(execution: DurableState) -> str:
    """The quota that an execution has gone over, "" if there is none."""
    if len(execution.operations) - 1 > OPERATIONS_MAX:
        return f"The execution has more than {OPERATIONS_MAX} operations."
    if execution.bytes_written > BYTES_MAX:
        return f"The execution has written more than {BYTES_MAX} bytes."
    return ""


def _new(execution: DurableState, update: Update, now: float) -> OperationState:
    operation = OperationState(
        update["Id"],
        update["Type"],
        model.STARTED,
        now,
        parent=update.get("ParentId"),
        name=update.get("Name"),
        subtype=update.get("SubType"),
    )
    execution.operations[operation.id] = operation
    return operation


def _start(
    execution: DurableState,
    operation: OperationState,
    update: Update,
    now: float,
    resolve: Resolve,
) -> bool:
    """It begins. Says whether somebody must go on with it."""
    operation.status = model.STARTED
    if operation.type == model.WAIT:
        operation.due = now + update["WaitOptions"]["WaitSeconds"]
    elif operation.type == model.CALLBACK:
        operation.callback_id = callback_id(execution.arn, operation.id)
        operation.heartbeat_seconds = (update.get("CallbackOptions") or {}).get(
            "HeartbeatTimeoutSeconds"
        ) or 0
    chained = operation.type == model.CHAINED_INVOKE
    problem, about = resolve(execution, update) if chained else (None, {})
    events.operation_started(execution, operation, now, update, about)
    if problem is not None:
        operation.status, operation.ended_at, operation.error = model.FAILED, now, problem
        events.operation_ended(execution, operation, now)
    return operation.waits


def _retry(execution: DurableState, operation: OperationState, update: Update, now: float) -> None:
    delay = update["StepOptions"].get("NextAttemptDelaySeconds") or 0
    operation.attempt += 1
    operation.status, operation.due = model.PENDING, now + delay
    operation.result, operation.error = update.get("Payload"), update.get("Error")
    events.operation_ended(execution, operation, now, retried_after=delay)


def _close(execution: DurableState, operation: OperationState, update: Update, now: float) -> None:
    operation.status, operation.ended_at = _ENDS[update["Action"]], now
    operation.result, operation.error = update.get("Payload"), update.get("Error")
    if operation.type == model.STEP:
        operation.attempt += 1
    options = update.get("ContextOptions") or {}
    operation.replays_children = bool(options.get("ReplayChildren"))
    events.operation_ended(execution, operation, now)


def _end(execution: DurableState, update: Update, now: float) -> None:
    status = _ENDS[update["Action"]]
    execution.end(status, now, result=update.get("Payload"), error=update.get("Error"))
