"""StartMessageMoveTask inside LocalStack: each message is a delivery, and a new one where it goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from hashlib import md5
from typing import Any

from . import accounts, context, doors, hops, queues, redrive, under_way
from .account_time import acting_for, whole_seconds
from .context import Context
from .doors import AskedHop, HopFailure, TargetRefused
from .functions import account_of
from .hops import PlannedDelivery, Reached
from .under_way import HELD_AFTER_SECONDS, Work

KIND = "move"
HIDDEN_SECONDS = 43_200
"""Longest time for which a message that is on its way can't be received."""
_PART_OF_A_MOVE = Context(silent=True)
_UNKNOWN_SOURCE = "CouldNotDetermineMessageSource"
_WAITING = "messages on their way back from a dead-letter queue"


def submit(original: Callable[..., Any], manager: Any, move_task: Any) -> Any:
    """Instead of `MessageMoveTaskManager.submit`."""
    source = queues.find(move_task.source_arn)
    if source is None or accounts.get(source.account_id) is None:
        return original(manager, move_task)
    with manager.mutex:
        move_task.approximate_number_of_messages_to_move = source.approximate_number_of_messages
        move_task.approximate_number_of_messages_moved = 0
        move_task.mark_started()
        manager.move_tasks[move_task.task_id] = move_task
        moving = MoveTask(move_task, source.account_id, context.current().cause)
        under_way.start(source.account_id, KIND, move_task.source_arn, moving.run)
    return None


def cancel(original: Callable[..., Any], manager: Any, move_task: Any) -> Any:
    """Instead of `MessageMoveTaskManager.cancel`: only a running task can be cancelled."""
    from localstack.aws.api.sqs import ResourceNotFoundException

    running = move_task.status == "RUNNING"
    if not running and accounts.get(account_of(move_task.source_arn)) is not None:
        raise ResourceNotFoundException("Task does not exist.", status_code=404)
    return original(manager, move_task)


class MoveTask:
    """A task at work: one message after the other, and on from one that a fault holds up."""

    def __init__(self, task: Any, account: str, cause: int | None) -> None:
        self._task = task
        self._account = account
        self._cause = cause
        self._lock = threading.Lock()
        self._running = True
        self._on_the_way = 0
        self._backs_off = False

    def run(self, work: Work) -> None:
        """Move messages until none is there; the last that arrives after that goes on from here."""
        rate = self._task.max_number_of_messages_per_second
        while True:
            pause, self._backs_off = redrive.RETRY_SECONDS_MIN if self._backs_off else 0.0, False
            if pause or rate:
                work.wait(pause or 1 / rate, _WAITING)
            if self._task.cancel_event.is_set():
                self._task.status = "CANCELLED"
            source = queues.find(self._task.source_arn)
            if source is None:
                self._fail(queues.GONE)
            if self._task.status != "RUNNING" or source is None or not self._move_next(source):
                return

    def _move_next(self, source: Any) -> bool:
        """Send one on its way; False if none is left."""
        with acting_for(self._account), context.using(_PART_OF_A_MOVE):
            received = source.receive(num_messages=1, visibility_timeout=HIDDEN_SECONDS)
        if not received.successful:
            with self._lock:
                self._running = False
                if not self._on_the_way:
                    self._task.status = "COMPLETED"
            return False
        message, handle = received.successful[0], received.receipt_handles[0]
        target = self._task.destination_arn or message.dead_letter_queue_source_arn
        if not target:
            self._give_back(source, message, handle)
            self._fail(_UNKNOWN_SOURCE)
            return False
        with self._lock:
            self._on_the_way += 1
        done = threading.Event()

        def run(work: Work) -> None:
            try:
                self._move(source, message, handle, target)
            finally:
                done.set()
            if self._one_less():
                self.run(work)

        under_way.start(self._account, KIND, self._task.source_arn, run)
        done.wait(HELD_AFTER_SECONDS)
        return True

    def _one_less(self) -> bool:
        """One message isn't on its way any more; is it for its thread to go on?"""
        with self._lock:
            self._on_the_way -= 1
            goes_on, self._running = not self._running, True
            return goes_on

    def _move(self, source: Any, message: Any, handle: str, target: str) -> None:
        delivery = PlannedDelivery(
            account=self._account,
            source=source.arn,
            target=target,
            messages=(message.message_id,),
            parcel=replace(redrive.parcel_of(source, message), system={}),
            actor="sqs",
            about=source.arn,
            cause=self._cause,
            then=lambda ids: self._tell(source, message, target, ids),
        )

        def arrive(hop: AskedHop, reached: Reached) -> None:
            there = queues.find(target)
            if there is None:
                name = target.rsplit(":", 1)[-1]
                raise TargetRefused(queues.GONE, f"{name} does not exist", retryable=False)
            with context.using(Context(cause=hop.seq, actor="sqs", reached=reached)):
                _put(there, _as_new(message, hop.parcel.text), message)

        with acting_for(self._account):
            failure = hops.deliver(delivery, 1, arrive).failure
            self._end(source, message, handle, failure)

    def _end(self, source: Any, message: Any, handle: str, failure: HopFailure | None) -> None:
        """It has arrived, or it goes back; a queue that is out of reach for a while doesn't end the task."""
        if failure is None:
            queues.delete(source, handle, _PART_OF_A_MOVE)
            self._task.approximate_number_of_messages_moved += 1
            return
        self._give_back(source, message, handle)
        if failure.retryable:
            self._backs_off = True
        else:
            self._fail(failure.code)

    def _tell(self, source: Any, message: Any, target: str, ids: Sequence[str]) -> None:
        doors.event(
            self._account,
            "moved",
            place=source.arn,
            messages=[message.message_id],
            actor="sqs",
            cause=self._cause,
            to=target,
            ids=list(ids),
        )

    def _give_back(self, source: Any, message: Any, handle: str) -> None:
        """It is where it was, and nobody has received it."""
        with source.mutex:
            message.receive_count -= 1
            message.message["Attributes"]["ApproximateReceiveCount"] = str(message.receive_count)
        queues.release(source, [handle], _PART_OF_A_MOVE)

    def _fail(self, reason: str) -> None:
        self._task.status, self._task.failure_reason = "FAILED", reason


def _new_id() -> str:
    from localstack.services.sqs.utils import generate_message_id

    return str(generate_message_id())


def _as_new(message: Any, body: str) -> Any:
    moved = deepcopy(message.message) | {"MessageId": _new_id(), "Body": body}
    moved["MD5OfBody"] = md5(body.encode()).hexdigest()
    attributes = moved["Attributes"]
    attributes.pop(redrive.SOURCE, None)
    attributes["ApproximateReceiveCount"] = "0"
    attributes["SentTimestamp"] = str(whole_seconds(millis=True))
    return moved


def _put(target: Any, moved: Any, message: Any) -> None:
    """Put it there, though the queue may still know its deduplication id."""
    dedup = message.message_deduplication_id
    with target.mutex:
        if dedup and hasattr(target, "deduplication"):
            target.deduplication.pop(dedup, None)
        target.put(
            message=moved,
            message_group_id=message.message_group_id,
            message_deduplication_id=dedup if hasattr(target, "deduplication") else None,
        )
