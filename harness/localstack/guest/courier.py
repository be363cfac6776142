"""Brings a topic's messages to one subscriber each: tried again, then dead-lettered or dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...aws.rules.delivery_policy import Schedule
from . import doors, fifo, letters, under_way
from .doors import LOST_ANSWER, DeliveryFailed, Failure, Hop
from .under_way import Work

KIND = "delivery"
_GONE = "the subscription was deleted"


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Job:
    """One message on its way to one subscriber; or a letter of SNS's own, which carries no message.

    `dead_letters`: the ARN of the subscription's dead-letter queue, "" for none; `dead_letter` makes what it
    gets. `group`: the group in which it waits for the one before.
    """

    account: str
    source: str
    target: str
    messages: tuple[str, ...]
    body: Mapping[str, Any]
    schedule: Schedule
    cause: int | None = None
    dead_letters: str = ""
    dead_letter: Callable[[str], Mapping[str, Any]] | None = None
    is_gone: Callable[[], bool] = _never
    group: tuple[str, str] | None = None


order: fifo.GroupOrder[Job] = fifo.GroupOrder()


def send(job: Job) -> None:
    """Begin; returns at once."""
    if job.group is None or order.enter(job.group, job):
        under_way.start(job.account, KIND, job.source, lambda work: _live(work, job))


def _live(work: Work, job: Job) -> None:
    try:
        _bring(work, job)
    finally:
        following = order.finish(job.group) if job.group is not None else None
        if following is not None:
            under_way.start(job.account, KIND, job.source, lambda work: _live(work, following))


def _bring(work: Work, job: Job) -> None:
    """Try until it is delivered or given up."""
    attempt = 1
    while True:
        if job.messages and job.is_gone():
            _drop(job, _GONE)
            return
        failure = _try(job, attempt)
        if failure is None:
            return
        delay = job.schedule.delay(attempt) if failure.retryable else None
        if delay is None:
            _give_up(job, failure)
            return
        attempt += 1
        if delay:
            work.wait(delay, f"retry to {job.target.rsplit(':', 1)[-1]}")
            _tell(job, "timer", what="retry due", target=job.target, attempt=attempt)


def _try(job: Job, attempt: int) -> Failure | None:
    """One hop; why its sender takes it for failed, if it does."""
    hop = _ask(job, job.target, job.body, attempt)
    if hop.refused:
        hop.failed(hop.refused)
        return hop.refused
    for after_seconds in hop.copies:
        _copy(job, hop, after_seconds)
    try:
        ids = _arrive(job, hop)
    except DeliveryFailed as problem:
        hop.failed(problem.failure)
        return problem.failure
    hop.arrived(ids)
    if hop.answer_is_lost:
        hop.failed(LOST_ANSWER, applied=True)
        return LOST_ANSWER
    return None


def _ask(job: Job, target: str, body: Mapping[str, Any], attempt: int) -> Hop:
    return doors.hop(
        job.account, job.source, target, job.messages, body, attempt=attempt, cause=job.cause, actor="sns"
    )


def _copy(job: Job, hop: Hop, after_seconds: float) -> None:
    """It arrives once more, so many seconds later."""

    def again(work: Work) -> None:
        if after_seconds:
            work.wait(after_seconds, f"copy to {job.target.rsplit(':', 1)[-1]}")
        try:
            ids = _arrive(job, hop)
        except DeliveryFailed as problem:
            hop.failed(problem.failure)
            return
        hop.arrived(ids, copy=True)

    under_way.start(job.account, "copy", job.source, again)


def _arrive(job: Job, hop: Hop) -> list[str]:
    if job.target.startswith("arn:"):
        return letters.deliver(job.source, job.target, hop.body, job.messages, hop.seq)
    doors.sent(job.account, **hop.body)
    return list(job.messages)


def _give_up(job: Job, failure: Failure) -> None:
    queue = job.dead_letters
    if not queue or job.dead_letter is None:
        _drop(job, failure.reason)
        return
    hop = _ask(job, queue, job.dead_letter(queue), 1)
    try:
        if hop.refused:
            raise DeliveryFailed(hop.refused.code, hop.refused.message, retryable=hop.refused.retryable)
        ids = letters.deliver(job.source, queue, hop.body, job.messages, hop.seq)
    except DeliveryFailed as problem:
        hop.failed(problem.failure)
        name = queue.rsplit(":", 1)[-1]
        told = f"{failure.reason}; the dead-letter queue {name} failed: {problem.failure.reason}"
        _drop(job, told, to=queue)
        return
    hop.arrived(ids)
    _tell(job, "dead-lettered", to=queue, ids=ids, reason=failure.reason, target=job.target)


def _drop(job: Job, reason: str, **data: Any) -> None:
    _tell(job, "dropped", reason=reason, target=job.target, **data)


def _tell(job: Job, kind: str, **data: Any) -> None:
    doors.event(job.account, kind, job.source, job.messages, actor="sns", cause=job.cause, **data)
