"""The history of an execution, as GetDurableExecutionHistory gives it.

https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.sim.services.lambda_.durable.model import DurableState, OperationState

_KINDS = {
    "EXECUTION": "Execution",
    "CONTEXT": "Context",
    "STEP": "Step",
    "WAIT": "Wait",
    "CALLBACK": "Callback",
    "CHAINED_INVOKE": "ChainedInvoke",
}
_ENDS = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "TIMED_OUT": "TimedOut",
    "STOPPED": "Stopped",
    "CANCELLED": "Cancelled",
}


def moment(at: float) -> datetime:
    """A time as answers give it."""
    return datetime.fromtimestamp(at, UTC)


def execution_started(execution: DurableState, now: float) -> None:
    """It began."""
    details = {
        "Input": {"Payload": execution.input, "Truncated": False},
        "ExecutionTimeout": execution.config.timeout_seconds,
    }
    _add(execution, "ExecutionStarted", now, details, {"Id": execution.id, "Name": execution.name})


def execution_ended(execution: DurableState, now: float) -> None:
    """It ended, in whatever way."""
    kind = "Execution" + _ENDS[execution.status]
    details = _result(execution.result) if execution.status == "SUCCEEDED" else _error(execution.error)
    _add(execution, kind, now, details, {"Id": execution.id, "Name": execution.name})


def execution_paused(execution: DurableState, now: float, kind: str, reason: str) -> None:
    """It was paused or resumed."""
    _add(execution, kind, now, {"Reason": reason} if reason else {}, {"Id": execution.id})


def operation_started(
    execution: DurableState,
    operation: OperationState,
    now: float,
    update: Mapping[str, Any],
    about: Mapping[str, Any],
) -> None:
    """An operation, or the next attempt of a step, began. `about`: what else is to be told of it."""
    details: dict[str, Any] = {}
    if operation.type == "WAIT":
        assert operation.due is not None
        details = {"Duration": round(operation.due - now), "ScheduledEndTimestamp": moment(operation.due)}
    elif operation.type == "CALLBACK":
        options = update.get("CallbackOptions") or {}
        details = {
            "CallbackId": operation.callback_id,
            "Timeout": options.get("TimeoutSeconds"),
            "HeartbeatTimeout": options.get("HeartbeatTimeoutSeconds"),
        }
    elif operation.type == "CHAINED_INVOKE":
        payload = update.get("Payload")
        details = {
            "FunctionName": update["ChainedInvokeOptions"]["FunctionName"],
            "TenantId": update["ChainedInvokeOptions"].get("TenantId"),
            "Input": None if payload is None else {"Payload": payload, "Truncated": False},
            **about,
        }
    kind = f"{_KINDS[operation.type]}Started"
    _add(execution, kind, now, _given(details), _about(operation))


def operation_ended(
    execution: DurableState, operation: OperationState, now: float, *, retried_after: int | None = None
) -> None:
    """It ended, or an attempt of a step did: `retried_after` so many seconds comes the next."""
    status = operation.status
    if retried_after is not None:
        status = "SUCCEEDED" if operation.error is None else "FAILED"
    details: dict[str, Any] = {}
    if operation.type == "WAIT":
        due = operation.due if operation.due is not None else now
        details = {"Duration": round(due - operation.started_at)} if status == "SUCCEEDED" else {}
    elif status == "SUCCEEDED":
        details = _result(operation.result)
    else:
        details = _error(operation.error)
    if operation.type == "STEP":
        retry = {"CurrentAttempt": operation.attempt, "NextAttemptDelaySeconds": retried_after}
        details["RetryDetails"] = _given(retry)
    _add(execution, _KINDS[operation.type] + _ENDS[status], now, details, _about(operation))


def invocation_completed(
    execution: DurableState, began: float, now: float, request_id: str, error: Mapping[str, Any] | None
) -> None:
    """An invocation of the function ended."""
    details: dict[str, Any] = {
        "StartTimestamp": moment(began),
        "EndTimestamp": moment(now),
        "RequestId": request_id,
    }
    _add(execution, "InvocationCompleted", now, details | _error(error), {})


def without_data(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event that holds no data of the execution."""
    shown = dict(event)
    for name, details in event.items():
        if isinstance(details, Mapping):
            shown[name] = {
                part: {"Truncated": True} if part in ("Input", "Result") else value
                for part, value in details.items()
            }
    return shown


def _add(
    execution: DurableState, kind: str, now: float, details: Mapping[str, Any], about: Mapping[str, Any]
) -> None:
    event = {
        "EventType": kind,
        "EventId": len(execution.events) + 1,
        "EventTimestamp": moment(now),
        **_given(about),
        f"{kind}Details": dict(details),
    }
    execution.events.append(event)


def _about(operation: OperationState) -> dict[str, Any]:
    return {
        "Id": operation.id,
        "Name": operation.name,
        "ParentId": operation.parent,
        "SubType": operation.subtype,
    }


def _result(result: str | None) -> dict[str, Any]:
    return {"Result": {**({} if result is None else {"Payload": result}), "Truncated": False}}


def _error(error: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if error is None else {"Error": {"Payload": dict(error), "Truncated": False}}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
