"""Chained invokes: an execution has another function run, and waits for its result.

https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel
from harness.sim.hops import HopResult
from harness.sim.services.lambda_.durable import model
from harness.sim.services.lambda_.durable.checks import CHAINED_BYTES_MAX, Update
from harness.sim.services.lambda_.durable.model import DurableState, OperationState
from harness.sim.services.lambda_.durable.runs import Durable
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.naming import FunctionId, function_id, latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Delivery, ServiceError

if TYPE_CHECKING:
    from harness.sim.world import World

RETRY_SECONDS, RETRY_SECONDS_MAX = 5.0, 3600.0
"""A function that can't be reached is tried again; AWS doesn't say how long."""

Problem = Mapping[str, Any]


class ChainedInvokes:
    """Has functions run for executions; a durable one as an execution of its own."""

    def __init__(self, world: World, registry: FunctionRegistry, durable: Durable) -> None:
        self._world = world
        self._registry = registry
        self._durable = durable
        self._children: dict[tuple[str, str], DurableState] = {}

    def check(self, execution: DurableState, update: Update) -> None:
        """Raise InvalidParameterValueException for a function of another account or region."""
        name = update["ChainedInvokeOptions"]["FunctionName"]
        parts = name.split(":")
        if parts[0] == "arn" and (len(parts) < 7 or not parts[4] or not parts[3]):
            raise invalid(f"Invalid function ARN '{name}'")
        if parts[0] == "arn" and parts[4] != execution.function.account:
            raise invalid("Cannot start a CHAINED_INVOKE on a function in another account.")
        if parts[0] == "arn" and parts[3] != execution.function.region:
            raise invalid("Cannot start a CHAINED_INVOKE on a function in another region.")

    def resolve(self, execution: DurableState, update: Update) -> tuple[Problem | None, Mapping[str, Any]]:
        """Why a function can't be invoked, and what the history tells of it: the version, and the execution
        that a durable one has."""
        wanted = self._target(execution, update)
        function = self._registry.functions.get(wanted.arn)
        version = function.version_named(wanted.qualifier) if function else None
        if version is None:
            told = f"Function not found: {wanted.arn}:{latest_or(wanted.qualifier)}"
            return {"ErrorType": "ResourceNotFoundException", "ErrorMessage": told}, {}
        about = {"ExecutedVersion": version.number}
        if version.configuration.durable is None:
            return None, about
        text = update.get("Payload") or "{}"
        try:
            child = self._durable.prepare(
                wanted,
                text,
                messages=execution.messages,
                source=self._world.names.of(execution.function.arn),
                trace=execution.trace,
                chained=True,
            )
        except ServiceError as problem:
            return {"ErrorType": problem.code, "ErrorMessage": problem.message}, about
        self._children[execution.arn, update["Id"]] = child
        return None, about | {"DurableExecutionArn": child.arn}

    def began(self, execution: DurableState, operation: OperationState, update: Update) -> None:
        """Have it run, in an activity of its own."""
        target = self._target(execution, update)
        child = self._children.pop((execution.arn, operation.id), None)
        try:
            payload = json.loads(update.get("Payload") or "{}")
        except ValueError as problem:
            self._fail(execution, operation, "InvalidRequestContentException", str(problem))
            return
        request_id = self._world.kernel.new_id(f"chained invokes of {execution.arn}")
        if child is not None:
            self._durable.executions.of_request[request_id] = child
        parcel = FunctionParcel(
            payload=payload,
            invocation=REQUEST_RESPONSE,
            request_id=request_id,
            trace=execution.trace,
            enriches=True,
        )
        delivery = Delivery(execution.function.arn, target.qualified_arn, execution.messages, parcel)
        run = partial(self._run, execution, operation, delivery, child)
        self._world.kernel.spawn(f"chained invoke of {target.name}", run)

    def _run(
        self,
        execution: DurableState,
        operation: OperationState,
        delivery: Delivery,
        child: DurableState | None,
    ) -> None:
        seconds = RETRY_SECONDS
        with self._world.recorder.caused_by(self._world.recorder.cause, actor="lambda"):
            result = self._world.hops.run(delivery)
            while not result.ok and result.retryable and execution.open:
                self._world.kernel.sleep(seconds)
                seconds = min(seconds * 2, RETRY_SECONDS_MAX)
                result = self._world.hops.run(delivery)
        if execution.open and operation.waits:
            self._finish(execution, operation, result, child)

    def _finish(
        self,
        execution: DurableState,
        operation: OperationState,
        result: HopResult,
        child: DurableState | None,
    ) -> None:
        now = self._world.kernel.now
        if not result.ok:
            self._fail(execution, operation, result.error, result.message)
            return
        execution.woken_by = result.value["ended"]
        if child is not None:
            status, error = child.status, child.error
            if status == model.TIMED_OUT:
                told = f"CHAINED_INVOKE timed out after {child.config.timeout_seconds} seconds."
                error = {"ErrorType": "ChainedInvoke.Timeout", "ErrorMessage": told}
            execution.finish(operation, status, now, result=child.result, error=error)
        elif result.value["error"] is not None:
            told = result.value["error"]
            self._fail(execution, operation, told.get("errorType", ""), told.get("errorMessage", ""), told)
        else:
            text = json.dumps(result.value["payload"])
            if len(text.encode()) > CHAINED_BYTES_MAX:
                what = f"output payload size must be less than or equal to {CHAINED_BYTES_MAX} bytes."
                self._fail(execution, operation, "", f"CHAINED_INVOKE {what}")
                return
            execution.finish(operation, model.SUCCEEDED, now, result=text)

    def _fail(
        self,
        execution: DurableState,
        operation: OperationState,
        kind: str,
        message: str,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        error: dict[str, Any] = {"ErrorMessage": message}
        if kind:
            error["ErrorType"] = kind
        if told and told.get("stackTrace"):
            error["StackTrace"] = list(told["stackTrace"])
        execution.finish(operation, model.FAILED, self._world.kernel.now, error=error)

    def _target(self, execution: DurableState, update: Update) -> FunctionId:
        here = execution.function
        caller = Caller("lambda", here.region, here.account)
        return function_id(update["ChainedInvokeOptions"]["FunctionName"], caller)
