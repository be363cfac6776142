"""Step Functions inside LocalStack: executions are told, and their tasks' calls pass the gateway.

LocalStack's own interpreter runs the states. Mended for accounts that have begun: waits, retries and
timeouts go by the account's clock, and rules are told of an execution's status as of any other event.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ...aws.parcels import EventParcel
from ...aws.rules.execution_status import ExecutionStatus
from . import (
    accounts,
    buses,
    clock,
    context,
    doors,
    execution_threads,
    hops,
    patching,
    providers,
    running_executions,
    under_way,
)
from .account_time import acting_for
from .context import Context
from .functions import parts_of
from .hops import PlannedDelivery
from .queues import as_failure
from .running_executions import KIND, Executing
from .under_way import Ended

_ACTOR = "states"
_EXPRESS = "EXPRESS"
_FAIL_STATE = "FailStateEntered"


def apply() -> None:
    """Patch LocalStack's Step Functions."""
    from localstack.services.stepfunctions.backend import execution

    patching.wrap(execution.Execution, "start", _start)
    patching.wrap(execution.Execution, "publish_execution_status_change_event", _announce)
    patching.wrap(execution.BaseExecutionWorkerCommunication, "terminated", _ended)
    execution_threads.apply()


def _start(original: Callable[..., Any], execution: Any) -> Any:
    account = execution.account_id
    if accounts.get(account) is None:
        return original(execution)
    machine, (messages, cause) = execution.state_machine_arn, _taken_in(execution, context.current())
    told = {
        "machine": machine,
        "name": execution.name,
        "messages": messages,
        "environment": execution.exec_arn,
        "cause": cause,
        "actor": _ACTOR,
    }
    seq = doors.tell(account, "execution", told).get("execution")
    execution.start_date, arn = _now(account), execution.exec_arn
    running_executions.begin(Executing(account, KIND, machine, execution=arn, seq=seq))
    return original(execution)


def _taken_in(execution: Any, why: Context) -> tuple[list[str], int | None]:
    """The messages that start it, and the event that it follows from: a delivery, or a call."""
    if why.reached is not None:
        why.reached(why.messages)
        return list(why.messages), why.cause
    message = str(uuid4())
    accepted = doors.event(
        execution.account_id,
        "accepted",
        place=execution.state_machine_arn,
        message=message,
        body=execution.input_data,
        cause=why.cause,
        actor=why.actor,
    )
    return [message], accepted


def accept(machine: str, payload: Any, why: Context) -> None:
    """A delivery starts an execution. Raises `TargetRefused`."""
    from localstack.services.plugins import SERVICE_PLUGINS

    SERVICE_PLUGINS.require("stepfunctions")
    there = parts_of(machine)
    asked = SimpleNamespace(account_id=there.account, region=there.region)
    with context.using(why), acting_for(there.account):
        try:
            providers.get("stepfunctions").start_execution(
                asked, state_machine_arn=machine, input=json.dumps(payload)
            )
        except Ended:
            raise
        except Exception as problem:
            raise as_failure(problem) from problem


def _ended(original: Callable[..., Any], worker: Any) -> None:
    executing = running_executions.find(worker.execution.exec_arn)
    if executing is None:
        original(worker)
        return
    with under_way.doing(executing):
        try:
            original(worker)
        finally:
            running_executions.end(executing)


def _announce(original: Callable[..., Any], execution: Any) -> None:
    """The status is another one: first the history is told, then the default bus, if a rule wants it."""
    executing = running_executions.find(execution.exec_arn)
    if executing is None:
        original(execution)
        return
    cause = executing.seq
    if str(execution.exec_status) != "RUNNING":
        execution.stop_date = _now(executing.account)
        cause = doors.tell(executing.account, "execution-ended", _end_of(execution, executing)).get("event")
    status = _status(execution)
    bus, event = status.bus, status.event()
    if str(execution.sm_type) != _EXPRESS and buses.wants(bus, event):
        parcel = EventParcel(event=event)
        delivery = PlannedDelivery(
            account=executing.account,
            source=execution.state_machine_arn,
            target=bus,
            messages=(),
            parcel=parcel,
            actor=_ACTOR,
            about=bus,
            cause=cause,
        )
        under_way.start(
            executing.account, hops.DELIVERY, bus, lambda work: hops.deliver(delivery, 1, _put(delivery))
        )


def _put(delivery: PlannedDelivery) -> Callable[[Any, Any], None]:
    return lambda hop, reached: hops.put(delivery, hop, reached)


def _end_of(execution: Any, executing: Executing) -> dict[str, Any]:
    kinds = [str(event["type"]) for event in execution.to_history_output()["events"]]
    return {
        "execution": executing.seq,
        "actor": _ACTOR,
        "status": str(execution.exec_status),
        "error": execution.error,
        "why": execution.cause,
        "meant": _FAIL_STATE in kinds[-2:],
        "waited_for": hasattr(execution, "sync_execution_status"),
        "express": str(execution.sm_type) == _EXPRESS,
    }


def _status(execution: Any) -> ExecutionStatus:
    return ExecutionStatus(
        arn=execution.exec_arn,
        machine=execution.state_machine_arn,
        name=execution.name,
        status=str(execution.exec_status),
        started_at=execution.start_date.timestamp(),
        stopped_at=None if execution.stop_date is None else execution.stop_date.timestamp(),
        input=_text(execution.input_data),
        output=_text(execution.output),
        error=execution.error,
        cause=execution.cause,
    )


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"))


def _now(account: str) -> datetime:
    return datetime.fromtimestamp(clock.now(account), UTC)
