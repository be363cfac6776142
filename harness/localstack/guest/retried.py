"""Deliveries that are tried again until they arrive or their sender gives up: then they are dead letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import random
from typing import Any

from ...aws.parcels import Parcel, QueueParcel
from ...aws.rules.event_retries import RetryPolicy
from . import clock, doors, fifo, hops, queues, under_way
from .doors import AskedHop, HopFailure
from .hops import Arrive, PlannedDelivery, Reached
from .under_way import Work

_GONE = "the subscription was deleted"

NextDelay = Callable[[int, float], float | str]
"""Seconds before a retry, counted from 1, of something that is so many seconds old; or the limit that forbids
it, "" if that has no name."""


def by_policy(policy: RetryPolicy) -> NextDelay:
    """As EventBridge tries again, and what tries as it does."""

    def delay(retry: int, age_seconds: float) -> float | str:
        seconds = policy.delay(retry, random())
        return policy.exhausted(retry, age_seconds + seconds) or seconds

    return delay


@dataclass(frozen=True)
class JobFailure:
    """The end of a delivery that failed: its last failure, the limit that was exhausted, and the retries."""

    failure: HopFailure
    exhausted: str
    retries: int


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class RetriedJob:
    """One message for one target; or a notice of SNS's own, which carries no message.

    `by_role`: its sender acts with a role, so the policy of the target doesn't count. `dead_letters`: the ARN
    of its dead-letter queue, "" for none; `dead_letter` makes what that gets. `group`: the group in which it
    waits for the one before. `arrive`: another way to its target than that of its parcel.
    """

    account: str
    source: str
    target: str
    messages: tuple[str, ...]
    parcel: Parcel
    actor: str
    next_delay: NextDelay
    cause: int | None = None
    by_role: bool = False
    dead_letters: str = ""
    dead_letter: Callable[[JobFailure], QueueParcel] | None = None
    is_gone: Callable[[], bool] = _never
    group: tuple[str, str] | None = None
    arrive: Arrive[None] | None = None

    @property
    def delivery(self) -> PlannedDelivery:
        """To the target."""
        return PlannedDelivery(
            account=self.account,
            source=self.source,
            target=self.target,
            messages=self.messages,
            parcel=self.parcel,
            actor=self.actor,
            about=self.source,
            cause=self.cause,
        )


order: fifo.LockedGroupOrder[RetriedJob] = fifo.LockedGroupOrder()


def send(job: RetriedJob) -> None:
    """Begin; returns at once."""
    if job.group is None or order.enter(job.group, job):
        _start(job)


def _start(job: RetriedJob) -> None:
    under_way.start(job.account, hops.DELIVERY, job.source, lambda work: _run(work, job))


def _run(work: Work, job: RetriedJob) -> None:
    try:
        _deliver(work, job)
    finally:
        following = order.finish(job.group) if job.group is not None else None
        if following is not None:
            _start(following)


def _deliver(work: Work, job: RetriedJob) -> None:
    """Try until it is delivered, or the sender stops trying."""
    number, began_at = 1, clock.now(job.account)
    while True:
        if job.messages and job.is_gone():
            _drop(job, _GONE)
            return
        failure = attempt(job.delivery, number, by_role=job.by_role, arrive=job.arrive)
        if failure is None:
            return
        age_seconds = clock.now(job.account) - began_at
        delay = job.next_delay(number, age_seconds) if failure.retryable else ""
        if isinstance(delay, str):
            _dead_letter(job, JobFailure(failure, delay, number - 1))
            return
        number += 1
        if delay:
            work.wait(delay, f"retry to {job.target.rsplit(':', 1)[-1]}")
            _tell(job, "timer", what="retry due", target=job.target, attempt=number)


def attempt(
    delivery: PlannedDelivery, number: int, *, by_role: bool = False, arrive: Arrive[None] | None = None
) -> HopFailure | None:
    """One attempt; why it failed, if it did."""

    def put(hop: AskedHop, reached: Reached) -> None:
        if not by_role:
            queues.check_access(delivery.source, delivery.target)
        hops.put(delivery, hop, reached)

    return hops.deliver(delivery, number, arrive or put).failure


def _dead_letter(job: RetriedJob, end: JobFailure) -> None:
    queue, reason = job.dead_letters, end.failure.reason
    if not queue or job.dead_letter is None:
        _drop(job, reason)
        return

    def kept(ids: Sequence[str]) -> None:
        _tell(job, "dead-lettered", to=queue, ids=list(ids), reason=reason, target=job.target)

    delivery = replace(job.delivery, target=queue, parcel=job.dead_letter(end), then=kept)
    failed = attempt(delivery, 1)
    if failed is not None:
        name = queue.rsplit(":", 1)[-1]
        told = f"{reason}; the dead-letter queue {name} failed: {failed.reason}"
        _drop(job, told, to=queue)


def _drop(job: RetriedJob, reason: str, **words: Any) -> None:
    _tell(job, "dropped", reason=reason, target=job.target, **words)


def _tell(job: RetriedJob, kind: str, **words: Any) -> None:
    doors.event(
        job.account,
        kind,
        place=job.source,
        messages=list(job.messages),
        actor=job.actor,
        cause=job.cause,
        **words,
    )
