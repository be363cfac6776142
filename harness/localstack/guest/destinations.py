"""Records of asynchronous events that Lambda sends on, in the form that each target takes.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ... import aws
from ...aws import Text
from ...aws.rules.destinations import (
    ATTEMPTS_MAX,
    DELAY_SECONDS,
    Report,
    attributes_of_event,
    record_text,
)
from . import clock, doors, hops
from .hops import PlannedDelivery
from .under_way import Work

if TYPE_CHECKING:
    from .events import QueuedEvent


def send_record(work: Work, event: QueuedEvent, report: Report, target: str) -> bool:
    """Tell a destination; says whether it got there. Raises `Ended`."""
    return _send(work, event, report.condition, target, record_text(report, clock.now(event.account)))


def send_dead_letter(work: Work, event: QueuedEvent, report: Report, target: str) -> bool:
    """Keep the event in a dead-letter queue or topic; says whether it got there. Raises `Ended`."""
    text = Text(text=event.invocation.payload.decode(), attributes=attributes_of_event(report))
    return _send(work, event, report.condition, target, text)


def _send(work: Work, event: QueuedEvent, condition: str, target: str, text: Text) -> bool:
    parcel = aws.parcel(target, text)
    if parcel is None:
        return False

    def dead_lettered(ids: Sequence[str]) -> None:
        doors.event(
            event.account,
            "dead-lettered",
            place=event.arn,
            messages=list(event.messages),
            actor="lambda",
            cause=event.cause,
            to=target,
            ids=list(ids),
            reason=condition,
        )

    delivery = PlannedDelivery(
        account=event.account,
        source=event.arn,
        target=target,
        messages=event.messages,
        parcel=parcel,
        actor="lambda",
        about=event.arn,
        cause=event.cause,
        then=None if condition == "Success" else dead_lettered,
    )
    for attempt in range(1, ATTEMPTS_MAX + 1):
        made = hops.deliver(delivery, attempt, partial(hops.put, delivery))
        if made.failure is None or not made.failure.retryable:
            break
        work.wait(DELAY_SECONDS, f"retry to {target.rsplit(':', 1)[-1]}")
    return made.failure is None
