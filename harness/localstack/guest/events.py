"""Asynchronous invocation inside LocalStack: one event, by AWS's rules and the account's clock.

It takes the place of LocalStack's own queue for accounts that have begun.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...aws.arns import name_of
from ...aws.parcels import REQUEST_RESPONSE, FunctionParcel
from ...aws.rules.async_retries import (
    EVENT_AGE_SECONDS_MAX,
    RETRY_ATTEMPTS_MAX,
    Failed,
    Limits,
    Tries,
    next_step,
)
from ...aws.rules.destinations import Report
from . import accounts, clock, context, destinations, doors, functions, hops, patching, under_way
from .context import Context
from .doors import AskedHop, HopFailure
from .functions import THROTTLED, FunctionResult, plain
from .hops import PlannedDelivery, Reached
from .under_way import Work

KIND = "event"


@dataclass(frozen=True)
class QueuedEvent:
    """One event. `version`: the ARN of the version that runs it; `messages`: the ids that it carries."""

    account: str
    arn: str
    version: str
    invocation: Any
    messages: tuple[str, ...]
    cause: int | None
    accepted_at: float


@dataclass(frozen=True)
class AttemptEnd:
    """The end of one attempt: a run, or a failure to reach the function."""

    ran: FunctionResult | None = None
    failure: HopFailure | None = None


def apply() -> None:
    """Patch LocalStack's queue of events."""
    from localstack.services.lambda_.invocation.event_manager import LambdaEventManager

    patching.wrap(LambdaEventManager, "enqueue_event", _enqueue, "invocation")


def _enqueue(original: Callable[..., Any], manager: Any, invocation: Any) -> Any:
    version = manager.version_manager.function_version
    account = version.id.account
    if accounts.get(account) is None:
        return original(manager, invocation)
    invocation = replace(invocation, payload=_checked(invocation.payload))
    why, arn = context.current(), plain(version.id.unqualified_arn())
    messages, cause = why.messages or (invocation.request_id,), why.cause
    if why.reached is not None:
        why.reached(messages)
    else:
        text = invocation.payload.decode(errors="replace")
        cause = doors.note(
            account,
            "accepted",
            place=arn,
            message=invocation.request_id,
            body=text,
            cause=cause,
            actor=why.actor,
        )
    event = QueuedEvent(
        account, arn, version.id.qualified_arn(), invocation, messages, cause, clock.now(account)
    )
    under_way.start(account, KIND, event.arn, lambda work: _live(work, event))
    return None


def _checked(payload: bytes) -> bytes:
    """The payload, if it is JSON; none stands for an empty object."""
    from localstack.aws.api.lambda_ import InvalidRequestContentException

    try:
        json.loads(payload or b"{}")
    except ValueError as problem:
        told = f"Could not parse request body into json: Could not parse payload into json: {problem}"
        raise InvalidRequestContentException(told, Type="User") from None
    return payload or b"{}"


def _live(work: Work, event: QueuedEvent) -> None:
    tries = Tries()
    while True:
        outcome = _try(event, tries)
        tries = tries.after(ran=outcome.ran is not None)
        step = _next(event, tries, outcome)
        if isinstance(step, str):
            _end(work, event, tries, outcome, step)
            return
        work.wait(step, f"retry of {event.arn.rsplit(':', 1)[-1]}")
        _tell(event, "timer", what="retry due")


def _try(event: QueuedEvent, tries: Tries) -> AttemptEnd:
    attempt = tries.made + 1
    source = f"{event.arn}#async"
    parcel = FunctionParcel(
        payload=json.loads(event.invocation.payload),
        invocation=REQUEST_RESPONSE,
        request_id=event.invocation.request_id,
    )
    delivery = PlannedDelivery(
        account=event.account,
        source=source,
        target=event.arn,
        messages=event.messages,
        parcel=parcel,
        actor="lambda",
        about=event.arn,
        cause=event.cause,
    )

    def arrive(hop: AskedHop, reached: Reached) -> FunctionResult:
        payload = hop.parcel.text.encode()
        why = Context(cause=hop.seq, actor="lambda", source=source, messages=event.messages, attempt=attempt)
        ran = functions.run_again(event.version, event.invocation, payload, why)
        reached(event.messages, acknowledged=ran.error is None)
        return ran

    def again(work: Work, hop: AskedHop, ran: FunctionResult) -> None:
        """The queue gave the event out twice: each success is told of, the first run decides on retries."""
        if ran.error is None:
            _end(work, event, tries.after(ran=True), AttemptEnd(ran), "Success")

    made = hops.deliver(delivery, attempt, arrive, again)
    return AttemptEnd(made.value, made.failure)


def _next(event: QueuedEvent, tries: Tries, outcome: AttemptEnd) -> str | float:
    """The condition under which the event ends, or the seconds until the next attempt."""
    if outcome.ran is not None and outcome.ran.error is None:
        return "Success"
    failure, function = outcome.failure, _function(event)
    config = _config(event, function)
    step = next_step(
        Limits(
            _given(getattr(config, "maximum_retry_attempts", None), RETRY_ATTEMPTS_MAX),
            _given(getattr(config, "maximum_event_age_in_seconds", None), EVENT_AGE_SECONDS_MAX),
        ),
        tries,
        clock.now(event.account) - event.accepted_at,
        ran=failure is None,
        retryable=failure is None or failure.retryable,
        stopped=failure is not None and failure.code == THROTTLED and _is_stopped(function),
    )
    return step.condition if isinstance(step, Failed) else step.after_seconds


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _function(event: QueuedEvent) -> Any:
    from localstack.services.lambda_.invocation.models import lambda_stores

    arn = functions.parts_of(event.arn)
    return lambda_stores[arn.account][arn.region].functions.get(name_of(arn.resource))


def _is_stopped(function: Any) -> bool:
    return function is not None and function.reserved_concurrent_executions == 0


def _config(event: QueuedEvent, function: Any) -> Any:
    """The configuration for events of this version, or of the alias by which it was invoked."""
    if function is None:
        return None
    qualifier = (event.invocation.invoked_arn.split(":")[7:8] or ["$LATEST"])[0]
    return function.event_invoke_configs.get(qualifier)


def _end(work: Work, event: QueuedEvent, tries: Tries, outcome: AttemptEnd, condition: str) -> None:
    report = _report(event, tries, outcome, condition)
    function = _function(event)
    config = _config(event, function)
    chosen: Mapping[str, Any] = (getattr(config, "destination_config", None) or {}) if config else {}
    if condition == "Success":
        target = chosen.get("OnSuccess", {}).get("Destination")
        if target and not destinations.send_record(work, event, report, target):
            _tell(event, "dropped", reason="its destination did not take the record", target=target)
        return
    queue = _dead_letter_queue(event, function)
    kept = bool(queue) and destinations.send_dead_letter(work, event, report, queue)
    target = chosen.get("OnFailure", {}).get("Destination")
    if target:
        kept = destinations.send_record(work, event, report, target) or kept
    if not kept:
        _tell(event, "dropped", reason=condition)


def _tell(event: QueuedEvent, kind: str, **words: Any) -> None:
    doors.event(
        event.account,
        kind,
        place=event.arn,
        messages=list(event.messages),
        actor="lambda",
        cause=event.cause,
        **words,
    )


def _dead_letter_queue(event: QueuedEvent, function: Any) -> str:
    version = function.versions.get(event.version.rsplit(":", 1)[-1]) if function is not None else None
    return (version.config.dead_letter_arn if version is not None else None) or ""


def _report(event: QueuedEvent, tries: Tries, outcome: AttemptEnd, condition: str) -> Report:
    invoked = event.invocation.invoked_arn
    ran, failure = outcome.ran, outcome.failure
    reason = {"errorMessage": failure.message or failure.code} if failure is not None else None
    return Report(
        event.invocation.request_id,
        invoked if len(invoked.split(":")) > 7 else f"{invoked}:$LATEST",
        condition,
        0 if condition == "ZeroReservedConcurrency" else tries.made,
        json.loads(event.invocation.payload),
        ran.version if ran else "$LATEST",
        ran is not None,
        ran.payload if ran else None,
        ran.error if ran else reason,
        200 if ran else 429 if failure is not None and failure.code == THROTTLED else 500,
    )
