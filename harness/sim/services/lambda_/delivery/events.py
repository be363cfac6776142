"""Asynchronous events: the queue in front of a function.

At least once: an event may run twice also without an error, when the answer of a run gets lost.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from harness import aws
from harness.aws import Text
from harness.aws.parcels import REQUEST_RESPONSE, FunctionParcel, ObjectParcel, Parcel
from harness.aws.rules import destinations
from harness.aws.rules.async_retries import Failed, Tries, next_step
from harness.aws.rules.destinations import Report
from harness.history.places import ASYNC
from harness.sim.hops import HopResult
from harness.sim.services.lambda_.durable import model as durable_model
from harness.sim.services.lambda_.durable.model import DurableState
from harness.sim.services.lambda_.model.functions import EventInvokeConfig, FunctionState
from harness.sim.services.lambda_.model.naming import LATEST, FunctionId
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Delivery

if TYPE_CHECKING:
    from harness.sim.services.lambda_.durable.runs import Durable
    from harness.sim.world import World

THROTTLED = "TooManyRequestsException"

SPREAD = (0.8, 1.2)
"""Of the wait after a throttle; AWS says how it grows and not how evenly."""


@dataclass(frozen=True, slots=True)
class AsyncEvent:
    """One event in the queue. `text` is its JSON, `messages` the ids that it carries. `execution`: what it
    starts, of a durable function."""

    target: FunctionId
    text: str
    request_id: str
    messages: tuple[str, ...]
    accepted_at: float
    client_context: Mapping[str, Any] | None = None
    trace: str = ""
    execution: DurableState | None = None
    tenant: str = ""


class AsyncEvents:
    """Takes events in, has them run, tries again, and passes on what came of them."""

    def __init__(self, world: World, registry: FunctionRegistry, durable: Durable) -> None:
        self._world = world
        self._registry = registry
        self._durable = durable

    def accept(
        self,
        target: FunctionId,
        text: str,
        request_id: str,
        messages: tuple[str, ...],
        client_context: Mapping[str, Any] | None = None,
        trace: str = "",
        execution: DurableState | None = None,
        tenant: str = "",
    ) -> None:
        """The event is in the queue from now on."""
        now = self._world.kernel.now
        if execution is not None:
            self._durable.executions.of_request[request_id] = execution
        event = AsyncEvent(target, text, request_id, messages, now, client_context, trace, execution, tenant)
        self._world.kernel.spawn(f"event for {self._name(target)}", lambda: self._live(event))

    def _live(self, event: AsyncEvent) -> None:
        with self._world.recorder.caused_by(self._world.recorder.cause, actor="lambda"):
            tries = Tries()
            while True:
                tries, result, outcome = self._try(event, tries)
                if outcome is not None and event.execution is not None:
                    result, outcome = self._executed(event.execution, result, outcome)
                if outcome is not None:
                    self._end(event, tries, result, outcome)
                    return

    def _try(self, event: AsyncEvent, tries: Tries) -> tuple[Tries, HopResult, str | None]:
        """One attempt, and the wait before the next. The third is the condition if it is over."""
        once_more = partial(self._ran_again, event, tries)
        result = self._world.hops.run(self._delivery(event, tries.made + 1), once_more)
        ran = result.ok
        tries = tries.after(ran=ran)
        if _succeeded(result):
            return tries, result, "Success"
        step = next_step(
            self._config(event.target).limits,
            tries,
            self._world.kernel.now - event.accepted_at,
            ran=ran,
            retryable=result.retryable,
            stopped=result.error == THROTTLED and self._is_stopped(event.target),
        )
        if isinstance(step, Failed):
            return tries, result, step.condition
        self._world.kernel.sleep(step.after_seconds * (1.0 if ran else self._spread(event.target)))
        self._world.recorder.timer(self._name(event.target), event.messages, "retry due")
        return tries, result, None

    def _executed(self, execution: DurableState, result: HopResult, outcome: str) -> tuple[HopResult, str]:
        """The event has started an execution, or couldn't: what came of it is what came of the event."""
        if not result.ok:
            told = {"ErrorType": result.error, "ErrorMessage": result.message}
            self._durable.abandon(execution, told)
            return result, outcome
        self._durable.wait_for(execution)
        result = replace(result, value=self._durable.value(execution))
        return result, "Success" if execution.status == durable_model.SUCCEEDED else "RetriesExhausted"

    def _ran_again(self, event: AsyncEvent, tries: Tries, result: HopResult) -> None:
        """The queue gave the event out twice: each success is told of, the first run decides on retries. An
        execution runs once, however often it is begun."""
        if event.execution is None and _succeeded(result):
            self._end(event, tries.after(ran=True), result, "Success")

    def _spread(self, target: FunctionId) -> float:
        """Events that were throttled together aren't tried again at one moment."""
        return self._world.kernel.chance(f"throttled events of {target.arn}").uniform(*SPREAD)

    def _delivery(self, event: AsyncEvent, attempt: int) -> Delivery:
        queue = event.target.arn + ASYNC
        parcel = FunctionParcel(
            payload=json.loads(event.text),
            invocation=REQUEST_RESPONSE,
            request_id=event.request_id,
            client_context=event.client_context,
            trace=event.trace,
            tenant=event.tenant,
        )
        return Delivery(queue, event.target.qualified_arn, event.messages, parcel, attempt)

    def _end(self, event: AsyncEvent, tries: Tries, result: HopResult, condition: str) -> None:
        report = self._report(event, tries, result, condition)
        if result.ok:
            event = replace(event, trace=result.value["trace"])
        config = self._config(event.target)
        if condition == "Success":
            if config.on_success and not self._send_record(event, report, config.on_success):
                target = self._world.names.of(config.on_success)
                why = "its destination did not take the record"
                self._world.recorder.dropped(
                    self._name(event.target), event.messages, reason=why, target=target
                )
            return
        function = self._registry.functions.get(event.target.arn)
        version = function.version_named(event.target.qualifier) if function else None
        queue = version.configuration.dead_letter_target if version else None
        kept = False
        if queue:
            attributes = destinations.attributes_of_event(report)
            text = Text(text=event.text, attributes=attributes, trace=event.trace)
            kept = self._send(event, queue, text, report)
        if config.on_failure:
            kept = self._send_record(event, report, config.on_failure) or kept
        if not kept:
            self._world.recorder.dropped(
                self._name(event.target), event.messages, reason=_reason(event, report)
            )

    def _send_record(self, event: AsyncEvent, report: Report, target: str) -> bool:
        now = self._world.kernel.now
        text = destinations.record_text(report, now, event.trace)
        if target.split(":")[2] == "s3":
            unique = self._world.kernel.new_id(f"objects of {event.target.arn}")
            key = destinations.object_key(event.target.name, now, unique)
            return self._deliver(event, target, ObjectParcel(key=key, body=text.text), report)
        return self._send(event, target, text, report)

    def _send(self, event: AsyncEvent, target: str, text: Text, report: Report) -> bool:
        parcel = aws.parcel(target, text)
        return parcel is not None and self._deliver(event, target, parcel, report)

    def _deliver(self, event: AsyncEvent, target: str, parcel: Parcel, report: Report) -> bool:
        """Deliver what came of an event; says whether it got there."""
        for attempt in range(1, destinations.ATTEMPTS_MAX + 1):
            delivery = Delivery(event.target.arn, target, event.messages, parcel, attempt)
            result = self._world.hops.run(delivery)
            if result.ok or not result.retryable:
                break
            self._world.kernel.sleep(destinations.DELAY_SECONDS)
        if result.ok and report.condition != "Success":
            self._world.recorder.dead_lettered(
                self._name(event.target),
                event.messages,
                to=self._world.names.of(target),
                ids=list(result.ids),
                reason=_reason(event, report),
            )
        return result.ok

    def _report(self, event: AsyncEvent, tries: Tries, result: HopResult, condition: str) -> Report:
        value = result.value if result.ok else {}
        qualified = replace(event.target, qualifier=event.target.qualifier or LATEST).qualified_arn
        return Report(
            event.request_id,
            qualified,
            condition,
            0 if condition == "ZeroReservedConcurrency" else tries.made,
            json.loads(event.text),
            value.get("version", LATEST),
            result.ok,
            value.get("payload"),
            value.get("error") or (None if result.ok else {"errorMessage": result.message or result.error}),
            200 if result.ok else 429 if result.error == THROTTLED else 500,
        )

    def _config(self, target: FunctionId) -> EventInvokeConfig:
        function = self._registry.functions.get(target.arn)
        return config_of(function, target.qualifier) or EventInvokeConfig(0.0)

    def _is_stopped(self, target: FunctionId) -> bool:
        function = self._registry.functions.get(target.arn)
        return function is not None and function.reserved == 0

    def _name(self, target: FunctionId) -> str:
        return self._world.names.of(target.arn)


def _succeeded(result: HopResult) -> bool:
    return result.ok and result.value["error"] is None


def _reason(event: AsyncEvent, report: Report) -> str:
    """The condition, and why the function wasn't reached if it wasn't; or how the execution ended."""
    if report.answered and event.execution is not None and report.error is not None:
        told = str(report.error["errorMessage"]).partition("\n")[0]
        return f"the execution {event.execution.status}: {report.error['errorType']}: {told}"
    if report.answered or report.error is None:
        return report.condition
    return f"{report.condition}: {report.error['errorMessage']}"


def config_of(function: FunctionState | None, qualifier: str | None) -> EventInvokeConfig | None:
    """The configuration for asynchronous events of a function, version or alias."""
    return function.event_invoke.get(qualifier or LATEST) if function else None
