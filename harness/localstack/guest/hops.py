"""One delivery inside LocalStack: asked for at the gateway, made, and told, whoever its sender is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from ... import aws
from ...aws import Role, events, lambda_, logs, stepfunctions
from ...aws.parcels import (
    EventParcel,
    FunctionParcel,
    ObjectParcel,
    OutsideParcel,
    Parcel,
    QueueParcel,
    StreamParcel,
    TopicParcel,
)
from . import doors, functions, kinesis_streams, log_groups, queues, under_way
from .context import Context
from .doors import LOST_ANSWER, AskedHop, HopFailure, TargetRefused
from .under_way import Ended, Work

T = TypeVar("T")
COPY, DELIVERY = "copy", "delivery"
"""Kinds of work."""


class Reached(Protocol):
    """Tells that it is at its target, under these ids. `acknowledged`: the target is done with some of it."""

    def __call__(self, ids: Sequence[str], *, acknowledged: bool = True) -> None: ...


Arrive = Callable[[AskedHop, Reached], T]
Again = Callable[[Work, AskedHop, T], object]
"""Gets what came of a further copy that a fault makes."""


@dataclass(frozen=True, kw_only=True)
class PlannedDelivery:
    """A delivery to make, and its cause. `about`: its name in the account's state.

    `in_order`: its source gives out its messages one after the other, and each copy with its turn. `then` is
    called with the ids at the target once it is there, before anybody can get hold of it there.
    """

    account: str
    source: str
    target: str
    messages: tuple[str, ...]
    parcel: Parcel
    actor: str
    about: str
    cause: int | None = None
    in_order: bool = False
    then: Callable[[Sequence[str]], object] | None = None


@dataclass(frozen=True)
class Made(Generic[T]):
    """The end of an attempt: the target's answer, or the failure that its sender sees."""

    hop: AskedHop
    value: T | None = None
    failure: HopFailure | None = None


def deliver(
    delivery: PlannedDelivery, attempt: int, arrive: Arrive[T], again: Again[T] | None = None
) -> Made[T]:
    """One attempt. `arrive` brings it to its target, and tells that it is there. Raises `Ended`."""
    hop = doors.hop(
        delivery.account,
        delivery.source,
        delivery.target,
        delivery.messages,
        delivery.parcel,
        attempt=attempt,
        cause=delivery.cause,
        actor=delivery.actor,
    )
    if hop.refused:
        hop.failed(hop.refused)
        return Made(hop, failure=hop.refused)
    for after_seconds in () if delivery.in_order else hop.copies:
        _copy(delivery, hop, after_seconds, arrive, again)
    done = True

    def reached(ids: Sequence[str], *, acknowledged: bool = True) -> None:
        nonlocal done
        done = acknowledged
        hop.arrived(ids, acknowledged=acknowledged)
        if delivery.then is not None and not hop.answer_is_lost:
            delivery.then(ids)

    failure, answer = None, None
    try:
        answer = _bring(hop, reached, arrive)
    except TargetRefused as problem:
        failure = problem.failure
    for after_seconds in hop.copies if delivery.in_order else ():
        _copy_now(delivery, hop, after_seconds, arrive)
    if failure is not None:
        return Made(hop, failure=failure)
    if hop.answer_is_lost and done:
        hop.failed(LOST_ANSWER, applied=True)
        return Made(hop, failure=LOST_ANSWER)
    return Made(hop, answer)


def _copy(
    delivery: PlannedDelivery,
    hop: AskedHop,
    after_seconds: float,
    arrive: Arrive[T],
    again: Again[T] | None,
) -> None:
    """It arrives once more, so many seconds later."""

    def once_more(work: Work) -> None:
        if after_seconds:
            work.wait(after_seconds, f"copy to {delivery.target.rsplit(':', 1)[-1]}")
        with suppress(TargetRefused):
            answer = _bring(hop, partial(hop.arrived, copy=True), arrive)
            if again is not None:
                again(work, hop, answer)

    under_way.start(delivery.account, COPY, delivery.about, once_more)


def _copy_now(delivery: PlannedDelivery, hop: AskedHop, after_seconds: float, arrive: Arrive[T]) -> None:
    """The same while those behind it wait. What comes of it changes nothing for the sender."""
    work = under_way.current()
    if after_seconds and work is not None:
        work.wait(after_seconds, f"copy to {delivery.target.rsplit(':', 1)[-1]}")
    with suppress(TargetRefused):
        _bring(hop, partial(hop.arrived, copy=True), arrive)


def _bring(hop: AskedHop, reached: Reached, arrive: Arrive[T]) -> T:
    """Bring it to its target, and tell why if that fails."""
    try:
        return arrive(hop, reached)
    except TargetRefused as problem:
        hop.failed(problem.failure)
        raise
    except Ended:
        raise
    except Exception as problem:
        hop.failed(HopFailure(type(problem).__name__, str(problem), retryable=False))
        raise


def put(delivery: PlannedDelivery, hop: AskedHop, reached: Reached) -> None:
    """Bring it to a place that takes such a parcel: a function gets it into its queue of events.

    Raises `TargetRefused`.
    """
    why = Context(cause=hop.seq, actor=delivery.actor, messages=delivery.messages, reached=reached)
    parcel, target = hop.parcel, delivery.target
    if isinstance(parcel, QueueParcel):
        queues.send(target, parcel, why)
    elif isinstance(parcel, TopicParcel):
        functions.publish(target, parcel, why)
    elif isinstance(parcel, FunctionParcel) and aws.service_of(target) is lambda_.SERVICE:
        functions.accept(target, parcel.payload, why)
    elif isinstance(parcel, FunctionParcel) and aws.service_of(target) is stepfunctions.SERVICE:
        from . import executions  # which has its deliveries made here

        executions.accept(target, parcel.payload, why)
    elif isinstance(parcel, OutsideParcel) and aws.role_of(target) is Role.LEAVES:
        _leave(delivery, parcel)
        reached(delivery.messages)
    elif isinstance(parcel, EventParcel):
        from . import buses  # which has its deliveries made here

        buses.put(target, parcel, why)
    elif isinstance(parcel, StreamParcel):
        kinesis_streams.deliver(target, parcel, why)
    elif isinstance(parcel, ObjectParcel):
        from . import buckets  # which has its deliveries made here

        buckets.put(target, parcel, why, delivery.account)
    else:
        raise _no_way(target)


def _leave(delivery: PlannedDelivery, parcel: OutsideParcel) -> None:
    service = aws.service_of(delivery.target)
    if service is logs.SERVICE:
        log_groups.write(delivery.target, parcel.body)
    elif service is events.SERVICE:
        raise _no_way(delivery.target)
    else:
        doors.sent(delivery.account, parcel)


def _no_way(target: str) -> TargetRefused:
    return TargetRefused("NoSuchTarget", f"the guest has no way to {target}", retryable=False)
