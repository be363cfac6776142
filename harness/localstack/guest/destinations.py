"""What Lambda sends on about asynchronous events, and in which form each target takes it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...aws.rules.destinations import (
    ATTEMPTS_MAX,
    DELAY_SECONDS,
    Report,
    attributes_of_event,
    record,
)
from . import clock, doors, functions, queues
from .context import Context
from .doors import DeliveryFailed, Hop
from .under_way import Work

if TYPE_CHECKING:
    from .events import Event


def send_record(work: Work, event: Event, report: Report, target: str) -> bool:
    """Tell a destination; says whether it got there. Raises `Ended`."""
    return _send(work, event, report.condition, target, record(report, clock.now(event.account)), {})


def send_dead_letter(work: Work, event: Event, report: Report, target: str) -> bool:
    """Keep the event in a dead-letter queue or topic; says whether it got there. Raises `Ended`."""
    text = event.invocation.payload.decode()
    return _send(work, event, report.condition, target, text, attributes_of_event(report))


def body_for(target: str, content: Any, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery's body as the service of the target takes it. `content` is JSON, or its text."""
    text = content if isinstance(content, str) else json.dumps(content)
    service = target.split(":")[2]
    if service == "lambda":
        return {"payload": content, "invocation": "Event"}
    if service == "sns":
        return {"message": text, "body": text, "attributes": dict(attributes), "subject": None}
    return {"body": text, "attributes": dict(attributes), "system": {}, "group": None, "dedup": None}


def _send(
    work: Work, event: Event, condition: str, target: str, content: Any, attributes: Mapping[str, Any]
) -> bool:
    body = body_for(target, content, attributes)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        hop = doors.hop(
            event.account, event.arn, target, event.messages, body, attempt=attempt, cause=event.cause
        )
        ids, again = _deliver(event, hop, target)
        if ids is not None or not again:
            break
        work.wait(DELAY_SECONDS, f"retry to {target.rsplit(':', 1)[-1]}")
    if ids is not None and condition != "Success":
        doors.event(
            event.account,
            "dead-lettered",
            event.arn,
            event.messages,
            actor="lambda",
            cause=event.cause,
            to=target,
            ids=ids,
            reason=condition,
        )
    return ids is not None


def _deliver(event: Event, hop: Hop, target: str) -> tuple[list[str] | None, bool]:
    """The ids at the target, None if it failed; and whether another try makes sense."""
    if hop.refused:
        hop.failed(hop.refused)
        return None, hop.refused.retryable
    try:
        ids = _arrive(event, hop, target)
        for _ in hop.copies:
            hop.arrived(_arrive(event, hop, target), copy=True)
    except DeliveryFailed as problem:
        hop.failed(problem.failure)
        return None, problem.failure.retryable
    hop.arrived(ids)
    if hop.answer_is_lost:
        hop.failed(doors.LOST_ANSWER, applied=True)
        return None, True
    return ids, False


def _arrive(event: Event, hop: Hop, target: str) -> list[str]:
    body, service = hop.body, target.split(":")[2]
    why = Context(cause=hop.seq, messages=event.messages)
    if service == "sqs":
        return [queues.send(target, body["body"], attributes=body["attributes"])]
    if service == "sns":
        return [functions.publish(target, body["body"], body["attributes"], why)]
    if service == "lambda":
        functions.accept(target, body["payload"], why)
        return list(event.messages)
    raise DeliveryFailed("UnsupportedDestination", f"harness doesn't deliver to {target}", retryable=False)
