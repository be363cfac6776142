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
from harness.sim.services.lambda_.errors import not_found
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
        self, world: World, registry: FunctionRegistry, invocations: Invocations, events: AsyncEvents
    ) -> None:
        self._world = world
        self._registry = registry
        self._invocations = invocations
        self._events = events

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {"Invoke": self.invoke, "InvokeAsync": self.invoke_async}

    def invoke(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
        wanted = self._wanted(params, caller)
        how = params.get("InvocationType") or "RequestResponse"
        if how == "DryRun":
            return {"StatusCode": 204}
        limit = ASYNC_BYTES_MAX if how == "Event" else SYNC_BYTES_MAX
        text, event = payloads.parsed(params.get("Payload"), limit)
        about_caller = payloads.client_context(params.get("ClientContext"))
        if how == "Event":
            self._accept(wanted, text, caller, about_caller)
            return {"StatusCode": 202}
        request = Request(
            event=event,
            request_id=caller.request_id or self._world.kernel.new_id(),
            client_context=about_caller,
            trace=caller.trace,
        )
        run = self._run_beside(wanted, request)
        return _answer(run, tail=params.get("LogType") == "Tail")

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

    def _accept(
        self, wanted: FunctionId, text: str, caller: Caller, about_caller: Mapping[str, Any] | None
    ) -> None:
        request_id = caller.request_id or self._world.kernel.new_id()
        accepted = self._world.recorder.accepted(self._world.names.of(wanted.arn), request_id, body=text)
        with self._world.recorder.caused_by(accepted):
            self._events.accept(wanted, text, request_id, (request_id,), about_caller, caller.trace)


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
