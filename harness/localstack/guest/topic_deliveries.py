"""Delivers a topic's messages to one subscriber each: tried again, then dead-lettered or dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...aws.parcels import Parcel, QueueParcel
from ...aws.rules.delivery_policy import Schedule
from . import doors, fifo, hops, notifications, under_way
from .doors import AskedHop, HopFailure
from .hops import PlannedDelivery, Reached
from .under_way import Work

KIND = "delivery"
_GONE = "the subscription was deleted"


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class TopicDelivery:
    """One message for one subscriber; or a notice of SNS's own, which carries no message.

    `dead_letters`: the ARN of the subscription's dead-letter queue, "" for none; `dead_letter` makes what it
    gets. `group`: the group in which it waits for the one before.
    """

    account: str
    source: str
    target: str
    messages: tuple[str, ...]
    parcel: Parcel
    schedule: Schedule
    cause: int | None = None
    dead_letters: str = ""
    dead_letter: Callable[[str], QueueParcel] | None = None
    is_gone: Callable[[], bool] = _never
    group: tuple[str, str] | None = None

    @property
    def delivery(self) -> PlannedDelivery:
        """To the subscriber."""
        return PlannedDelivery(
            account=self.account,
            source=self.source,
            target=self.target,
            messages=self.messages,
            parcel=self.parcel,
            actor="sns",
            about=self.source,
            cause=self.cause,
        )


order: fifo.LockedGroupOrder[TopicDelivery] = fifo.LockedGroupOrder()


def send(job: TopicDelivery) -> None:
    """Begin; returns at once."""
    if job.group is None or order.enter(job.group, job):
        _start(job)


def _start(job: TopicDelivery) -> None:
    under_way.start(job.account, KIND, job.source, lambda work: _run(work, job))


def _run(work: Work, job: TopicDelivery) -> None:
    try:
        _deliver(work, job)
    finally:
        following = order.finish(job.group) if job.group is not None else None
        if following is not None:
            _start(following)


def _deliver(work: Work, job: TopicDelivery) -> None:
    """Try until it is delivered, or SNS stops trying."""
    attempt = 1
    while True:
        if job.messages and job.is_gone():
            _drop(job, _GONE)
            return
        failure = _try(job.delivery, attempt)
        if failure is None:
            return
        delay = job.schedule.delay(attempt) if failure.retryable else None
        if delay is None:
            _dead_letter(job, failure)
            return
        attempt += 1
        if delay:
            work.wait(delay, f"retry to {job.target.rsplit(':', 1)[-1]}")
            _tell(job, "timer", what="retry due", target=job.target, attempt=attempt)


def _try(delivery: PlannedDelivery, attempt: int) -> HopFailure | None:
    """One attempt; why it failed, if it did."""

    def arrive(hop: AskedHop, reached: Reached) -> None:
        notifications.check_access(delivery.source, delivery.target)
        hops.put(delivery, hop, reached)

    return hops.deliver(delivery, attempt, arrive).failure


def _dead_letter(job: TopicDelivery, failure: HopFailure) -> None:
    queue = job.dead_letters
    if not queue or job.dead_letter is None:
        _drop(job, failure.reason)
        return

    def kept(ids: Sequence[str]) -> None:
        _tell(job, "dead-lettered", to=queue, ids=list(ids), reason=failure.reason, target=job.target)

    delivery = replace(job.delivery, target=queue, parcel=job.dead_letter(queue), then=kept)
    failed = _try(delivery, 1)
    if failed is not None:
        name = queue.rsplit(":", 1)[-1]
        told = f"{failure.reason}; the dead-letter queue {name} failed: {failed.reason}"
        _drop(job, told, to=queue)


def _drop(job: TopicDelivery, reason: str, **words: Any) -> None:
    _tell(job, "dropped", reason=reason, target=job.target, **words)


def _tell(job: TopicDelivery, kind: str, **words: Any) -> None:
    doors.event(
        job.account,
        kind,
        place=job.source,
        messages=list(job.messages),
        actor="sns",
        cause=job.cause,
        **words,
    )
