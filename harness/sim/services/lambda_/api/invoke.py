"""Invoke: run a function and wait, or put an event into its queue.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.sim.services.lambda_.api import payloads
from harness.sim.services.lambda_.delivery.events import AsyncEvents
from harness.sim.services.lambda_.delivery.invocations import EndedRun, Invocations, Request, Throttled
from harness.sim.services.lambda_.durable import runs
from harness.sim.services.lambda_.durable.model import DurableState
from harness.sim.services.lambda_.durable.runs import Durable
from harness.sim.services.lambda_.errors import invalid, not_found
from harness.sim.services.lambda_.model import tenants
from harness.sim.services.lambda_.model.naming import LATEST, FunctionId, function_id, latest_or
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

if TYPE_CHECKING:
    from harness.sim.world import World

SYNC_BYTES_MAX = 6_291_456
ASYNC_BYTES_MAX = 1_048_576
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
RESPONSE_BYTES_MAX = 6_291_556
LOG_TAIL_BYTES = 4096
_INIT_START = re.compile(r"\AINIT_START .*\n")
"""The environment's line, which is in the log group and not in the tail of an invocation's log."""


class InvokeApi:
    """The operations that run functions."""

    def __init__(
        self,
        world: World,
        registry: FunctionRegistry,
        invocations: Invocations,
        events: AsyncEvents,
        durable: Durable,
    ) -> None:
        self._world = world
        self._registry = registry
        self._invocations = invocations
        self._events = events
        self._durable = durable

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "Invoke": self.invoke,
            "InvokeAsync": self.invoke_async,
            "InvokeWithResponseStream": self.invoke_with_stream,
        }

    def invoke(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
        wanted = self._wanted(params, caller)
        how = params.get("InvocationType") or "RequestResponse"
        if how == "DryRun":
            return {"StatusCode": 204}
        limit = ASYNC_BYTES_MAX if how == "Event" else SYNC_BYTES_MAX
        text, event = payloads.parsed(params.get("Payload"), limit)
        about_caller = payloads.client_context(params.get("ClientContext"))
        tenant = params.get("TenantId") or ""
        version = self._registry.get(wanted).version_named(wanted.qualifier)
        assert version is not None, "it was looked up just now"
        tenants.check(version.configuration, tenant)
        durable = self._durable.config(wanted)
        name = params.get("DurableExecutionName") or ""
        if name and durable is None:
            raise invalid("You cannot provide a durable execution name for a function that isn't durable.")
        if how == "Event":
            execution = self._accept(wanted, text, caller, about_caller, name, tenant)
            return {"StatusCode": 202} | ({"DurableExecutionArn": execution.arn} if execution else {})
        if durable is not None:
            if wanted.qualifier and durable.timeout_seconds > runs.SYNC_SECONDS_MAX:
                raise invalid(runs.TOO_LONG_TO_WAIT)
            execution = self._durable.prepare(wanted, text, name=name, trace=caller.trace)
            return self._execute(execution)
        request = Request(
            event=event,
            request_id=caller.request_id or self._world.kernel.new_id(),
            client_context=about_caller,
            trace=caller.trace,
            tenant=tenant,
        )
        run = self._run_beside(wanted, request)
        return _answer(run, tail=params.get("LogType") == "Tail")

    def invoke_with_stream(self, params: Params, caller: Caller) -> Params:
        """What a function in Python returns is one piece of the stream.

        https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
        """
        answer = self.invoke(params, caller)
        log = {"LogResult": answer["LogResult"]} if "LogResult" in answer else {}
        payload, events = answer.get("Payload"), []
        if "FunctionError" in answer:
            log |= {"ErrorCode": answer["FunctionError"], "ErrorDetails": answer["Payload"].decode()}
        elif payload:
            events.append({"PayloadChunk": {"Payload": payload}})
        events.append({"InvokeComplete": log})
        known: Params = {n: answer[n] for n in ("StatusCode", "ExecutedVersion") if n in answer}
        return {**known, "EventStream": events}

    def invoke_async(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html"""
        wanted = self._wanted(params, caller)
        text, _ = payloads.parsed(params.get("InvokeArgs"), ASYNC_BYTES_MAX)
        self._accept(wanted, text, caller, None)
        return {"Status": 202}

    def _wanted(self, params: Params, caller: Caller) -> FunctionId:
        wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._registry.functions.get(wanted.arn)
        if function is None or function.version_named(wanted.qualifier) is None:
            raise not_found(f"{wanted.arn}:{latest_or(wanted.qualifier)}")
        return wanted

    def _run_beside(self, wanted: FunctionId, request: Request) -> EndedRun:
        """Run it in an activity of its own: it goes on if the caller dies while it waits."""
        ended: list[EndedRun | ServiceError] = []

        def run() -> None:
            try:
                ended.append(self._invocations.run(wanted, request))
            except Throttled as problem:
                ended.append(problem.as_error())
            except ServiceError as problem:
                ended.append(problem)

        self._world.kernel.spawn(f"run of {wanted.name}", run).join()
        result = ended[0]
        if isinstance(result, ServiceError):
            raise result
        return result

    def _execute(self, execution: DurableState) -> Params:
        """Run a durable execution to its end, or wait for that of one that runs already."""
        self._durable.begin(execution)
        self._durable.wait_for(execution)
        error = runs.error_of(execution)
        content = execution.result if error is None else json.dumps(error, ensure_ascii=False)
        answer: Params = {
            "StatusCode": 200,
            "ExecutedVersion": execution.version,
            "DurableExecutionArn": execution.arn,
            "Payload": (content or "null").encode("utf-8", "backslashreplace"),
        }
        return answer if error is None else answer | {"FunctionError": "Unhandled"}

    def _accept(
        self,
        wanted: FunctionId,
        text: str,
        caller: Caller,
        about_caller: Mapping[str, Any] | None,
        name: str = "",
        tenant: str = "",
    ) -> DurableState | None:
        """Put an event into the queue; gives the execution that it starts, of a durable function."""
        request_id = caller.request_id or self._world.kernel.new_id()
        place, execution = self._world.names.of(wanted.arn), None
        if self._durable.config(wanted) is not None:
            execution = self._durable.prepare(
                wanted, text, name=name, messages=(request_id,), source=place, trace=caller.trace
            )
            if execution.messages != (request_id,):
                for message in execution.messages:
                    self._world.recorder.deduplicated(place, message, body=text)
                return execution
        accepted = self._world.recorder.accepted(place, request_id, body=text)
        with self._world.recorder.caused_by(accepted):
            self._events.accept(
                wanted, text, request_id, (request_id,), about_caller, caller.trace, execution, tenant
            )
        return execution


def _answer(run: EndedRun, *, tail: bool) -> Params:
    payload: Any = run.ran.payload if run.error is None else run.error
    content = json.dumps(payload, ensure_ascii=False).encode("utf-8", "backslashreplace")
    failed = run.error is not None
    if not failed and len(content) > RESPONSE_BYTES_MAX:
        failed = True
        content = json.dumps(
            {
                "errorMessage": "Response payload size exceeded maximum allowed payload size "
                f"({RESPONSE_BYTES_MAX} bytes).",
                "errorType": "Function.ResponseSizeTooLarge",
            }
        ).encode()
    answer: Params = {"StatusCode": 200, "ExecutedVersion": run.version or LATEST, "Payload": content}
    if failed:
        answer["FunctionError"] = "Unhandled"
    if tail:
        answer["LogResult"] = b64encode(_INIT_START.sub("", run.ran.log).encode()[-LOG_TAIL_BYTES:]).decode()
    return answer
