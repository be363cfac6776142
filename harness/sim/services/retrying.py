"""Deliveries that are tried again by a retry policy, and then go to a dead-letter queue: EventBridge's way.

Rules and schedules share it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from harness import aws
from harness.aws import Parcel, Role
from harness.aws.parcels import OutsideParcel, QueueParcel, Text
from harness.aws.rules.event_retries import RetryPolicy
from harness.aws.rules.http.targets import request_to
from harness.sim.hops import HopResult
from harness.sim.services.service import Delivery
from harness.sim.world import World


@dataclass(frozen=True, slots=True)
class Addressed:
    """A parcel, the place that it goes to, and the earliest time at which it may (epoch seconds)."""

    place: str
    parcel: Parcel
    not_before: float = 0.0


@runtime_checkable
class Addresses(Protocol):
    """It has places that stand for others, which are outside of the cloud."""

    def address(self, arn: str, text: Text, http: Mapping[str, Any]) -> Addressed | None:
        """The other place, and what it gets. `http`: HttpParameters. None: there is no such place."""


def takes(world: World, arn: str) -> bool:
    """Is there something in this cloud that takes a text at this ARN, or that hands it over?"""
    if world.owner(arn) is None:
        return False
    return aws.role_of(arn) is Role.LEAVES or aws.parcel(arn, Text(text="")) is not None


def addressed(world: World, arn: str, text: Text, http: Mapping[str, Any]) -> Addressed | None:
    """The place and the parcel of a target that leaves the cloud, or is asked over HTTP; None for others."""
    asked = request_to(arn, text, http)
    if asked is not None:
        return Addressed(asked.endpoint, asked)
    if aws.role_of(arn) is not Role.LEAVES:
        return None
    owner = world.owner(arn)
    found = owner.address(arn, text, http) if isinstance(owner, Addresses) else None
    service = arn.split(":")[2]
    return found or Addressed(arn, OutsideParcel(protocol=service, endpoint=arn, body=text.text))


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The end of a delivery that failed: the last result, the limit that was exhausted, and the retries."""

    result: HopResult
    exhausted: str
    retries: int


@dataclass(slots=True)
class RetriedDelivery:
    """One message on its way from `source` to `target` (ARNs). `attempt` counts from 1.

    `address` makes the parcel of each attempt, `dead_letter` that of the dead-letter queue. `by_role`: see
    `Delivery`; what is sent to the dead-letter queue is not.
    """

    source: str
    target: str
    message: str
    policy: RetryPolicy
    began_at: float
    address: Callable[[int], Addressed]
    dead_letter_queue: str = ""
    dead_letter: Callable[[GaveUp], QueueParcel] | None = None
    by_role: bool = False
    attempt: int = 1


class RetriedDeliveries:
    """All those that are under way for one service."""

    def __init__(self, world: World) -> None:
        self._world = world

    def start(self, job: RetriedDelivery) -> None:
        """Make the next attempt."""
        addressed = job.address(job.attempt)
        parcel, ids = addressed.parcel, (job.message,)
        delivery = Delivery(job.source, addressed.place, ids, parcel, job.attempt, job.by_role)
        send = partial(self._world.hops.send, delivery, partial(self._done, job))
        kernel = self._world.kernel
        if addressed.not_before > kernel.now:
            kernel.call_at(addressed.not_before, send, name=f"delivery to {addressed.place}")
        else:
            send()

    def next_attempt(
        self,
        result: HopResult,
        policy: RetryPolicy,
        source: str,
        target: str,
        attempt: int,
        began_at: float,
    ) -> float | str:
        """The time of the attempt after one that failed; or the limit that forbids it, "" if it is the error
        itself that does."""
        if not result.retryable:
            return ""
        kernel, names = self._world.kernel, self._world.names
        chance = kernel.chance(f"retries {names.of(source)} → {names.of(target)}")
        due = kernel.now + policy.delay(attempt, chance.random())
        return policy.exhausted(attempt, due - began_at) or due

    def _done(self, job: RetriedDelivery, result: HopResult) -> None:
        if result.ok:
            return
        following = self.next_attempt(result, job.policy, job.source, job.target, job.attempt, job.began_at)
        if isinstance(following, str):
            self._give_up(job, GaveUp(result, following, job.attempt - 1))
            return
        job.attempt += 1
        name = f"retry to {self._world.names.of(job.target)}"
        self._world.kernel.call_at(following, partial(self._due, job), name=name)

    def _due(self, job: RetriedDelivery) -> None:
        names = self._world.names
        self._world.recorder.timer(
            names.of(job.source),
            (job.message,),
            "retry due",
            target=names.of(job.target),
            attempt=job.attempt,
        )
        self.start(job)

    def _give_up(self, job: RetriedDelivery, end: GaveUp) -> None:
        if not job.dead_letter_queue or job.dead_letter is None:
            self._drop(job, reason_of(end.result))
            return
        delivery = Delivery(job.source, job.dead_letter_queue, (job.message,), job.dead_letter(end))
        self._world.hops.send(delivery, partial(self._dead_lettered, job, reason_of(end.result)))

    def _dead_lettered(self, job: RetriedDelivery, reason: str, result: HopResult) -> None:
        names, queue = self._world.names, job.dead_letter_queue
        if not result.ok:
            failed = f"the dead-letter queue {names.of(queue)} failed: {reason_of(result)}"
            self._drop(job, f"{reason}; {failed}", names.of(queue))
            return
        self._world.recorder.dead_lettered(
            names.of(job.source),
            (job.message,),
            to=names.of(queue),
            ids=list(result.ids),
            reason=reason,
            target=names.of(job.target),
        )

    def _drop(self, job: RetriedDelivery, reason: str, queue: str = "") -> None:
        names = self._world.names
        self._world.recorder.dropped(
            names.of(job.source), (job.message,), reason=reason, target=names.of(job.target), to=queue
        )


def reason_of(result: HopResult) -> str:
    """The error of a delivery, and what was said with it."""
    return f"{result.error}: {result.message}" if result.message else result.error
