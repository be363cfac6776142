"""Executions and operations as answers show them, and as the event of an invocation does.

https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.sim.services.lambda_.durable import model
from harness.sim.services.lambda_.durable.events import moment
from harness.sim.services.lambda_.durable.model import DurableState, OperationState

PAGE_BYTES = 5 * 1024 * 1024
"""So much of its state comes with the event of an invocation; the SDK asks for the rest."""


def operation(
    execution: DurableState, shown: OperationState, time: Callable[[float], Any] = moment
) -> dict[str, Any]:
    """One operation. `time`: how times are told."""
    answer = {
        "Id": shown.id,
        "ParentId": shown.parent,
        "Name": shown.name,
        "Type": shown.type,
        "SubType": shown.subtype,
        "StartTimestamp": time(shown.started_at),
        "EndTimestamp": None if shown.ended_at is None else time(shown.ended_at),
        "Status": shown.status,
    }
    outcome = {"Result": shown.result, "Error": None if shown.error is None else dict(shown.error)}
    due = None if shown.due is None else time(shown.due)
    match shown.type:
        case model.EXECUTION:
            answer["ExecutionDetails"] = {"InputPayload": execution.input}
        case model.CONTEXT:
            answer["ContextDetails"] = _given({**outcome, "ReplayChildren": shown.replays_children or None})
        case model.STEP:
            retry = due if shown.status == model.PENDING else None
            answer["StepDetails"] = _given(
                {**outcome, "Attempt": shown.attempt, "NextAttemptTimestamp": retry}
            )
        case model.WAIT:
            answer["WaitDetails"] = _given({"ScheduledEndTimestamp": due})
        case model.CALLBACK:
            answer["CallbackDetails"] = _given({**outcome, "CallbackId": shown.callback_id})
        case model.CHAINED_INVOKE:
            answer["ChainedInvokeDetails"] = _given(outcome)
    return _given(answer)


def invocation_event(execution: DurableState) -> dict[str, Any]:
    """The event that the function gets."""
    shown, marker = page(execution, 0, None, _millis)
    state: dict[str, Any] = {"Operations": shown, "NextMarker": marker}
    return {
        "DurableExecutionArn": execution.arn,
        "CheckpointToken": execution.token,
        "InitialExecutionState": state,
        "UpdatedOperationIds": list(execution.updated),
    }


def page(
    execution: DurableState,
    start: int,
    items_max: int | None,
    time: Callable[[float], Any] = moment,
) -> tuple[list[dict[str, Any]], str]:
    """A page of the operations that a replay needs, and the marker of the next, "" for the last."""
    found: list[dict[str, Any]] = []
    size = 0
    for number, each in enumerate(execution.replayed()):
        if number < start:
            continue
        size += each.size + (len(execution.input) if each.type == model.EXECUTION else 0)
        full = items_max is not None and len(found) >= items_max
        if found and (full or size > PAGE_BYTES):
            return found, str(number)
        found.append(operation(execution, each, time))
    return found, ""


def summary(execution: DurableState) -> dict[str, Any]:
    """An execution in a list."""
    return _given(
        {
            "DurableExecutionArn": execution.arn,
            "DurableExecutionName": execution.name,
            "FunctionArn": execution.function.qualified_arn,
            "Status": execution.status,
            "StartTimestamp": moment(execution.started_at),
            "EndTimestamp": None if execution.ended_at is None else moment(execution.ended_at),
        }
    )


def whole(execution: DurableState, *, data: bool = True) -> dict[str, Any]:
    """An execution on its own."""
    answer = summary(execution) | {
        "Version": execution.version,
        "DurableConfig": execution.config.rendered(),
    }
    if data:
        answer["InputPayload"] = execution.input
        answer["Result"] = execution.result
    answer["Error"] = None if execution.error is None else dict(execution.error)
    if execution.trace:
        answer["TraceHeader"] = {"XAmznTraceId": execution.trace}
    return _given(answer)


def _millis(at: float) -> int:
    return round(at * 1000)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
