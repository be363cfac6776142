"""Durable executions at work: their function is invoked, again and again, until it says how it ended.

https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.sim.services.lambda_.delivery.invocations import EndedRun, Invocations, Request, Throttled
from harness.sim.services.lambda_.durable import events, model, rendering
from harness.sim.services.lambda_.durable.checks import CHAINED_BYTES_MAX
from harness.sim.services.lambda_.durable.executions import Executions
from harness.sim.services.lambda_.durable.model import DurableState
from harness.sim.services.lambda_.durable.timers import Timers
from harness.sim.services.lambda_.durable.tokens import callback_of
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.durable import DurableConfig
from harness.sim.services.lambda_.model.functions import FunctionState, Version
from harness.sim.services.lambda_.model.naming import FunctionId
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import ServiceError

if TYPE_CHECKING:
    from harness.sim.world import World

FAILURES_MAX = 5
UNFOUNDED_MAX = 3
"""So often in a row an invocation may fail, and may say that it waits though nothing is there to wait for."""
RETRY_SECONDS, GROWTH, RETRY_SECONDS_MAX = 5.0, 3.0, 300.0
"""The wait before the second try, and its growth: exponential, says AWS, and no more. Five seconds and the
numbers of tries are those of its own test runner.
https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html"""
SYNC_SECONDS_MAX = 900
"""https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""

UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."
TOO_LONG_TO_WAIT = (
    "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."
)


class Durable:
    """Starts executions and runs them."""

    def __init__(self, world: World, registry: FunctionRegistry, invocations: Invocations) -> None:
        self._world = world
        self._registry = registry
        self._invocations = invocations
        self.executions = Executions(lambda: world.kernel.now)
        self.timers = Timers(world)

    def config(self, wanted: FunctionId) -> DurableConfig | None:
        """The settings of a function that is durable. Raises `ServiceError` if it doesn't exist."""
        version = self._registry.get(wanted).version_named(wanted.qualifier)
        return version.configuration.durable if version is not None else None

    def prepare(
        self,
        wanted: FunctionId,
        text: str,
        *,
        name: str = "",
        messages: tuple[str, ...] = (),
        source: str = "",
        trace: str = "",
        chained: bool = False,
        seconds_max: int | None = None,
    ) -> DurableState:
        """The execution of that name, which exists from now on; it doesn't run yet. Raises `ServiceError`.

        `seconds_max`: whoever starts it doesn't wait longer.
        """
        function = self._registry.get(wanted)
        if not wanted.qualifier:
            raise invalid(UNQUALIFIED)
        known = self.executions.named(function.id.arn, name, text) if name else None
        if known is not None:
            return known
        version = self._registry.pick_version(function, wanted.qualifier, self._world.kernel.chance)
        execution = self._made(function, version, text, name)
        execution.messages, execution.source = messages, source
        execution.trace, execution.chained = trace, chained
        self.executions.add(execution)
        execution.begin(execution.started_at)
        seconds = execution.config.timeout_seconds
        self.timers.watch(execution, seconds if seconds_max is None else min(seconds, seconds_max))
        return execution

    def begin(self, execution: DurableState, judge: Callable[[Any], frozenset[str]] | None = None) -> None:
        """It runs from now on, if it doesn't yet. `judge`: see `Request`, of its result."""
        if not execution.begun:
            execution.begun = True
            function = self._world.names.of(execution.function.arn)
            self._world.kernel.spawn(f"execution of {function}", partial(self._live, execution, judge))

    def function_of(self, params: Mapping[str, Any]) -> str:
        """The ARN of the function whose execution or callback a call is about, "" for any other call."""
        arn, callback = params.get("DurableExecutionArn"), params.get("CallbackId")
        if not arn and callback:
            arn = (callback_of(callback) or ("",))[0]
        return ":".join(arn.split(":")[:7]) if arn else ""

    def wait_for(self, execution: DurableState) -> None:
        """Until it has ended."""
        while execution.open:
            self._world.kernel.wait(execution.changed)

    def await_callback(self, arn: str, name: str, within_seconds: float) -> str:
        """Let time pass until an execution waits for a callback. See `RunsDurably`."""
        kernel = self._world.kernel
        try:
            execution = self.executions.get(arn)
        except ServiceError as problem:
            raise LookupError(f"{arn}: {problem.message}") from None
        until = kernel.now + within_seconds
        while (operation := execution.callback(name)) is None:
            wanted = f"a callback {name!r}" if name else "a callback"
            if not execution.open:
                raise LookupError(f"the execution ended without waiting for {wanted}: {execution.status}")
            if kernel.now >= until:
                raise LookupError(f"the execution didn't wait for {wanted} within {within_seconds:g} s")
            kernel.wait(execution.changed, until - kernel.now)
        return operation.callback_id

    def value(self, execution: DurableState) -> dict[str, Any]:
        """What there is to say of one to whoever started it."""
        return {
            "payload": _value(execution.result),
            "error": None if execution.open else error_of(execution),
            "failed": execution.failed,
            "version": execution.version,
            "ended": execution.ended_by or execution.woken_by,
            "trace": execution.trace,
        }

    def abandon(self, execution: DurableState, error: Mapping[str, Any]) -> None:
        """Lambda could not even start it."""
        execution.end(model.FAILED, self._world.kernel.now, error=error)
        self.timers.stop(execution)

    def _made(self, function: FunctionState, version: Version, text: str, name: str) -> DurableState:
        kernel = self._world.kernel
        config = version.configuration.durable
        assert config is not None
        of = f"executions of {function.id.arn}"
        here = FunctionId(function.id.region, function.id.account, function.id.name, version.number)
        name = name or kernel.new_id(of)
        arn = f"{here.qualified_arn}/durable-execution/{name}/{kernel.new_id(of)}"
        return DurableState(arn, name, here, version.number, config, kernel.now, text)

    def _live(self, execution: DurableState, judge: Callable[[Any], frozenset[str]] | None) -> None:
        kernel = self._world.kernel
        execution.woken_by = self._world.recorder.cause
        while execution.open:
            seconds = 0.0 if self._holds_back(execution) else self._invoke(execution, judge)
            if seconds and execution.open:
                kernel.sleep(seconds)
                continue
            while execution.open and (execution.status == model.PAUSED or not self._is_wanted(execution)):
                kernel.wait(execution.changed)
        self.timers.stop(execution)

    def _holds_back(self, execution: DurableState) -> bool:
        """A paused execution isn't invoked; it is owed an invocation."""
        execution.deferred = execution.status == model.PAUSED
        return execution.deferred

    def _is_wanted(self, execution: DurableState) -> bool:
        return execution.deferred or execution.has_news

    def _invoke(self, execution: DurableState, judge: Callable[[Any], frozenset[str]] | None) -> float:
        """Invoke it once. The seconds after which it must be tried again, 0 if it waits for something."""
        kernel = self._world.kernel
        began, request_id = kernel.now, kernel.new_id(f"invocations of {execution.arn}")
        execution.invoked(request_id)
        told = list(execution.updated)
        request = Request(
            event=rendering.invocation_event(execution),
            request_id=request_id,
            messages=execution.messages,
            source=execution.source,
            attempt=execution.failures + execution.throttles + 1,
            trace=execution.trace,
            judge=None if judge is None else partial(_judged, judge),
            enriches=execution.chained,
            told=partial(_told, execution),
            shown=_value(execution.input),
        )
        try:
            with self._world.recorder.caused_by(execution.woken_by):
                run = self._invocations.run(execution.function, request)
        except Throttled:
            execution.throttles += 1
            return _backed_off(execution.throttles)
        except ServiceError as problem:
            error = {"ErrorType": problem.code, "ErrorMessage": problem.message}
            execution.end(model.FAILED, kernel.now, error=error)
            return 0.0
        finally:
            execution.invocation = ""
        events.invocation_completed(execution, began, kernel.now, request_id, _error_of(run))
        execution.ended_by, execution.failed = run.ended, run.failed
        if execution.status == model.PAUSING:
            execution.status = model.PAUSED
        if not execution.open:
            return 0.0
        if run.ran.outcome == "ok":
            execution.updated = execution.updated[len(told) :]
        return self._go_on(execution, run)

    def _go_on(self, execution: DurableState, run: EndedRun) -> float:
        """Do what the answer of an invocation says."""
        now, error = self._world.kernel.now, _error_of(run)
        if error is not None:
            return self._fail(execution, error, FAILURES_MAX)
        status, problem = _status(run.ran.payload)
        if status == model.PENDING and not (execution.suspended or execution.has_news or execution.deferred):
            problem = "Cannot return PENDING status with no pending operations."
            return self._fail(execution, _unfit(problem), UNFOUNDED_MAX)
        execution.failures = execution.throttles = 0
        if problem:
            execution.end(model.FAILED, now, error=_unfit(problem))
        elif status == model.SUCCEEDED:
            self._succeed(execution, run.ran.payload.get("Result"))
        elif status == model.FAILED:
            execution.end(model.FAILED, now, error=run.ran.payload.get("Error") or {})
        return 0.0

    def _succeed(self, execution: DurableState, result: str | None) -> None:
        now = self._world.kernel.now
        if execution.chained and len((result or "").encode()) > CHAINED_BYTES_MAX:
            told = f"Execution output payload size must be less than or equal to {CHAINED_BYTES_MAX} bytes."
            execution.end(model.FAILED, now, error={"ErrorMessage": told})
            return
        execution.end(model.SUCCEEDED, now, result=result)

    def _fail(self, execution: DurableState, error: Mapping[str, Any], most: int) -> float:
        """Try again, unless it has failed too often in a row."""
        execution.failures += 1
        if execution.failures < most:
            return _backed_off(execution.failures)
        execution.end(model.FAILED, self._world.kernel.now, error=error)
        return 0.0


def _backed_off(tries: int) -> float:
    return min(RETRY_SECONDS * GROWTH ** min(tries - 1, 10), RETRY_SECONDS_MAX)


def _status(payload: Any) -> tuple[str, str]:
    """The status that a function answers, and the problem with its answer."""
    if not isinstance(payload, dict):
        return "", "Invalid invocation output: the function must answer an object with a Status."
    status, result, error = payload.get("Status"), payload.get("Result"), payload.get("Error")
    if status not in (model.SUCCEEDED, model.FAILED, model.PENDING):
        return "", f"Invalid invocation output: {status!r} is not a valid Status"
    if error is not None and not isinstance(error, dict):
        return "", "Invalid invocation output: the Error must be an object."
    if status == model.FAILED and result is not None:
        return status, "Cannot provide a Result for FAILED status."
    if status == model.SUCCEEDED and error is not None:
        return status, "Cannot provide an Error for SUCCEEDED status."
    return status, ""


def _told(execution: DurableState, payload: Any) -> tuple[str, str | None]:
    """The outcome of an invocation, as the history tells it, and the error."""
    if not execution.open and execution.status != model.SUCCEEDED:
        return "error", f"the execution had ended: {execution.status}"
    status, problem = _status(payload)
    if problem:
        return "error", problem
    if status == model.FAILED:
        error = payload.get("Error") or {}
        return "error", f"{error.get('ErrorType') or 'Error'}: {error.get('ErrorMessage') or ''}"
    return ("pending" if status == model.PENDING else "ok"), None


def _judged(judge: Callable[[Any], frozenset[str]], payload: Any) -> frozenset[str]:
    """The messages that the result of an execution reports as failed."""
    status, problem = _status(payload)
    if problem or status != model.SUCCEEDED:
        return frozenset()
    return judge(_value(payload.get("Result")))


def _error_of(run: EndedRun) -> dict[str, Any] | None:
    """The error of an invocation that failed, as an ErrorObject."""
    if run.error is None:
        return None
    names = {"errorType": "ErrorType", "errorMessage": "ErrorMessage", "stackTrace": "StackTrace"}
    return {theirs: run.error[ours] for ours, theirs in names.items() if run.error.get(ours)}


def error_of(execution: DurableState) -> dict[str, Any] | None:
    """The error of an execution as that of a function; None if it succeeded."""
    if execution.status == model.SUCCEEDED:
        return None
    error = execution.error or {}
    names = {"ErrorType": "errorType", "ErrorMessage": "errorMessage", "StackTrace": "stackTrace"}
    told = {ours: error[theirs] for theirs, ours in names.items() if error.get(theirs)}
    return {"errorType": execution.status, "errorMessage": f"the execution ended: {execution.status}"} | told


def _unfit(problem: str) -> dict[str, Any]:
    return {"ErrorType": "InvalidParameterValueException", "ErrorMessage": problem}


def _value(text: str | None) -> Any:
    """The value of a payload; a text that is no JSON is itself."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text
