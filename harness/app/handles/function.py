"""Functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.app.handles.api import HttpApi
from harness.app.handles.durable import DurableExecution
from harness.app.handles.handle import Handle
from harness.app.handles.messages import as_json
from harness.app.handles.samples import MADE_UP, Sample
from harness.app.handles.waiting import WITHIN_SECONDS, wait_for
from harness.app.intrinsics import Created
from harness.aws.rules.http.model import url_arn
from harness.cloud import PatchesFunctions, RunsDurably, RunsSchedules, ServesHttp, lacks

_A_TENANT = "tenant-1"
_PAYLOAD = "a payload is data that JSON can hold"


@dataclass(frozen=True, slots=True)
class EndedInvocation:
    """An invocation that has ended.

    `outcome` is "ok", or else how it failed; `error` says more. `log` is what the function printed; `at` the
    seconds since the run began.
    """

    request_id: str
    at: float
    outcome: str
    error: str | None
    log: str


class Function(Handle):
    """A Lambda function.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

    >>> app.function("Billing").invoke({"Records": []})
    {'batchItemFailures': []}
    >>> app.function("Billing").wait_for_invocation().outcome
    'ok'
    """

    kind = "function"
    types = ("AWS::Lambda::Function",)

    def invoke(self, payload: Any = None, *, qualifier: str = "", tenant: str = "") -> Any:
        """Invoke with `payload` and wait. Gives the handler's result; raises `FunctionError` if it failed.

        `qualifier`: a version or an alias; a durable function is never invoked without. `tenant`: for whom a
        function that keeps tenants apart is to run.
        """
        answer = self._cloud.client("lambda").invoke(
            FunctionName=self._called(qualifier), Payload=as_json(_PAYLOAD, payload), **_for(tenant)
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionError(self.logical_id, result)
        return result

    def invoke_async(self, payload: Any = None, *, qualifier: str = "", tenant: str = "") -> None:
        """Invoke with `payload` and don't wait: Lambda queues the event, and retries if the function fails.

        `qualifier` and `tenant`: as for `invoke`.
        """
        self._cloud.client("lambda").invoke(
            FunctionName=self._called(qualifier),
            InvocationType="Event",
            Payload=as_json(_PAYLOAD, payload),
            **_for(tenant),
        )

    def start(self, payload: Any = None, *, name: str = "", qualifier: str = "$LATEST") -> DurableExecution:
        """Start a durable execution with `payload`, and don't wait for its end.

        `name`: whoever starts one again by it gets the same execution. `qualifier`: a version or an alias, as
        a durable function is never invoked without.
        """
        named = {"DurableExecutionName": name} if name else {}
        answer = self._cloud.client("lambda").invoke(
            FunctionName=self._called(qualifier),
            InvocationType="Event",
            Payload=as_json(_PAYLOAD, payload),
            **named,
        )
        if "DurableExecutionArn" not in answer:
            raise TypeError(f"{self.logical_id} isn't durable: its template gives it no DurableConfig")
        return DurableExecution(self._cloud, answer["DurableExecutionArn"])

    def durable_executions(self) -> list[DurableExecution]:
        """Its durable executions, the oldest first, whatever started them."""
        if not isinstance(self._cloud, RunsDurably):
            raise lacks(self._cloud, "durable executions", "the simulator has them")
        with self._cloud.recorder.looking():
            client = self._cloud.client("lambda")
            pages = client.get_paginator("list_durable_executions_by_function").paginate(
                FunctionName=self.physical_id
            )
            found = [each["DurableExecutionArn"] for page in pages for each in page["DurableExecutions"]]
        return [DurableExecution(self._cloud, arn) for arn in found]

    def fire_schedule(self) -> None:
        """Run the schedules of the function now, whatever their times are, and don't wait.

        Rules of EventBridge and schedules of its Scheduler that are enabled. Raises `LookupError` if there is
        none, and `Unsupported` on a cloud whose schedules run by the clock only.
        """
        if not isinstance(self._cloud, RunsSchedules):
            raise lacks(self._cloud, "fire_schedule", "the simulator does; or invoke the function yourself")
        if not self._cloud.run_schedules(self.arn):
            raise LookupError(f"{self.logical_id}: no enabled schedule has this function as its target")

    def patch(self, target: str, value: Any) -> None:
        """Put a double into the function's code for the rest of the run: `patch("app.charge", fake)`.

        Each environment has its own modules, so `monkeypatch` on a module that the test has imported changes
        nothing in a run. This binds the name `target` to `value` in each of them, in those to come when their
        code is loaded.
        Raises `AttributeError` if a warm one has no such name, and `Unsupported` on clouds that run functions
        elsewhere.
        """
        if not isinstance(self._cloud, PatchesFunctions):
            raise lacks(self._cloud, "patch", "the simulator does")
        self._cloud.patch_function(self.physical_id, target, value)

    @property
    def url(self) -> HttpApi:
        """Its URL, or that of its alias: `.url.get("/")`, `.url.post("/", json=…)`. Raises `LookupError` if
        it has none."""
        if not isinstance(self._cloud, ServesHttp):
            raise lacks(self._cloud, "function URLs", "the simulator does; or invoke the function")
        with self._cloud.recorder.looking():
            configs = self._cloud.client("lambda").list_function_url_configs(FunctionName=self.physical_id)
        arns = sorted(config["FunctionArn"] for config in configs["FunctionUrlConfigs"])
        if not arns:
            raise LookupError(f"{self.logical_id}: the template gives this function no URL")
        return HttpApi(self._cloud, self.logical_id, Created(self.physical_id, {"Arn": url_arn(arns[0])}))

    def samples(self) -> list[Sample]:
        """One run of its schedules; else a request to its URL, one invocation that nobody waits for, or a
        durable execution."""
        if isinstance(self._cloud, RunsSchedules) and self._cloud.has_schedule(self.arn):
            code = f'app.function("{self.logical_id}").fire_schedule()'
            return [
                Sample(
                    self.logical_id,
                    {},
                    lambda _: self.fire_schedule(),
                    code,
                    real=lambda _: None,
                    is_real=True,
                )
            ]
        if isinstance(self._cloud, ServesHttp):
            with suppress(LookupError):
                return [self._by_url(sample) for sample in self.url.samples()]
        about = self._configuration()
        if "TenancyConfig" in about:
            code = f'app.function("{self.logical_id}").invoke_async({{event}}, tenant="{_A_TENANT}")'
            return [Sample(self.logical_id, MADE_UP, partial(self.invoke_async, tenant=_A_TENANT), code)]
        how, send = ("start", self.start) if "DurableConfig" in about else ("invoke_async", self.invoke_async)
        code = f'app.function("{self.logical_id}").{how}({{event}})'
        return [Sample(self.logical_id, MADE_UP, send, code)]

    def _by_url(self, sample: Sample) -> Sample:
        url, api = f'app.function("{self.logical_id}").url', f'app.api("{self.logical_id}")'
        return replace(sample, name=f"{self.logical_id}, {sample.name}", code=sample.code.replace(api, url))

    def wait_for_invocation(
        self,
        matching: Callable[[EndedInvocation], object] | None = None,
        *,
        within_seconds: float = WITHIN_SECONDS,
    ) -> EndedInvocation:
        """Let time pass until an invocation has ended, or one for which `matching` is true; gives it.

        Those that ended before count. Raises `TimeoutError` after `within_seconds`.
        """

        def look() -> EndedInvocation | None:
            found = (each for each in self.invocations() if matching is None or matching(each))
            return next(found, None)

        wanted = "no invocation" if matching is None else "no invocation that matches"
        return wait_for(self._cloud, look, f"{self.logical_id}: {wanted}", within_seconds)

    def invocations(self) -> list[EndedInvocation]:
        """Every invocation that has ended in this run, in order."""
        history = self._cloud.history()
        return [
            EndedInvocation(
                str(history[event.cause].data["request_id"]) if event.cause is not None else "",
                event.at,
                event.data["outcome"],
                event.data["error"],
                history.logs.get(event.seq, ""),
            )
            for event in history.of("invocation-ended")
            if event.subject == self.name
        ]

    def logs(self) -> str:
        """Everything that the function printed and logged in this run."""
        history = self._cloud.history()
        return "".join(log for seq, log in history.logs.items() if history[seq].subject == self.name)

    def _configuration(self) -> dict[str, Any]:
        with self._cloud.recorder.looking():
            found: dict[str, Any] = self._cloud.client("lambda").get_function_configuration(
                FunctionName=self.physical_id
            )
        return found

    def _called(self, qualifier: str) -> str:
        return f"{self.physical_id}:{qualifier}" if qualifier else self.physical_id


class FunctionError(Exception):
    """An invoked function failed. `payload` is the error as Lambda gives it."""

    def __init__(self, function: str, payload: Any) -> None:
        kind = payload.get("errorType", "Error") if isinstance(payload, dict) else "Error"
        told = payload.get("errorMessage", "") if isinstance(payload, dict) else payload
        super().__init__(f"{function}: {kind}: {told}")
        self.payload = payload


def _for(tenant: str) -> dict[str, str]:
    return {"TenantId": tenant} if tenant else {}
