"""What Lambda sends on about asynchronous events, and in which form each target takes it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ...aws.rules.destinations import (
    ATTEMPTS_MAX,
    DELAY_SECONDS,
    Report,
    attributes_of_event,
    record,
)
from . import clock, doors, hops
from .hops import Delivery
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
    delivery = Delivery(
        account=event.account,
        source=event.arn,
        target=target,
        messages=event.messages,
        body=body_for(target, content, attributes),
        actor="lambda",
        about=event.arn,
        cause=event.cause,
    )
    for attempt in range(1, ATTEMPTS_MAX + 1):
        made = hops.deliver(delivery, attempt, partial(hops.put, delivery))
        if made.failure is None or not made.failure.retryable:
            break
        work.wait(DELAY_SECONDS, f"retry to {target.rsplit(':', 1)[-1]}")
    if made.failure is None and condition != "Success":
        doors.event(
            event.account,
            "dead-lettered",
            place=event.arn,
            messages=list(event.messages),
            actor="lambda",
            cause=event.cause,
            to=target,
            ids=made.value,
            reason=condition,
        )
    return made.failure is None
