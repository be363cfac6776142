"""StartMessageMoveTask inside LocalStack: each message counts as a new one where it goes, as on AWS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from . import accounts, context, doors, queues, redrive, under_way
from .account_time import acting_for, whole_seconds
from .context import Context
from .functions import account_of
from .under_way import Work

HIDDEN_SECONDS = 30
"""Time for which a message that is being moved can't be received."""
_PART_OF_A_MOVE = Context(silent=True)
_UNKNOWN_SOURCE = "CouldNotDetermineMessageSource"


def submit(original: Callable[..., Any], manager: Any, move_task: Any) -> Any:
    """Instead of `MessageMoveTaskManager.submit`."""
    source = queues.find(move_task.source_arn)
    if source is None or accounts.get(source.account_id) is None:
        return original(manager, move_task)
    cause = context.current().cause
    with manager.mutex:
        move_task.approximate_number_of_messages_to_move = source.approximate_number_of_messages
        move_task.approximate_number_of_messages_moved = 0
        move_task.mark_started()
        manager.move_tasks[move_task.task_id] = move_task
        under_way.start(
            source.account_id, "move", move_task.source_arn, lambda work: _run(work, move_task, cause)
        )
    return None


def cancel(original: Callable[..., Any], manager: Any, move_task: Any) -> Any:
    """Instead of `MessageMoveTaskManager.cancel`: only a running task can be cancelled."""
    from localstack.aws.api.sqs import ResourceNotFoundException

    running = move_task.status == "RUNNING"
    if not running and accounts.get(account_of(move_task.source_arn)) is not None:
        raise ResourceNotFoundException("Task does not exist.", status_code=404)
    return original(manager, move_task)


def _run(work: Work, task: Any, cause: int | None) -> None:
    rate = task.max_number_of_messages_per_second
    while not task.cancel_event.is_set():
        source = queues.find(task.source_arn)
        if source is None:
            return _fail(task, queues.GONE)
        if rate:
            work.wait(1 / rate, "messages on their way back from a dead-letter queue")
        with acting_for(source.account_id), context.using(_PART_OF_A_MOVE):
            if not _move_next(source, task, cause):
                return None
    task.status = "CANCELLED"
    return None


def _move_next(source: Any, task: Any, cause: int | None) -> bool:
    """Move one message; False if there is none left, or the move has failed."""
    received = source.receive(num_messages=1, visibility_timeout=HIDDEN_SECONDS)
    if not received.successful:
        task.status = "COMPLETED"
        return False
    message, handle = received.successful[0], received.receipt_handles[0]
    target_arn = task.destination_arn or message.dead_letter_queue_source_arn
    target = queues.find(target_arn) if target_arn else None
    if target is None:
        source.update_visibility_timeout(handle, 0)
        _fail(task, queues.GONE if target_arn else _UNKNOWN_SOURCE)
        return False

    def reached(ids: Sequence[str]) -> None:
        doors.event(
            source.account_id,
            "moved",
            place=source.arn,
            messages=[message.message_id],
            actor="sqs",
            cause=cause,
            to=target.arn,
            ids=list(ids),
        )

    with context.using(Context(reached=reached)):
        _put(target, _as_new(message), message)
    source.remove(handle)
    task.approximate_number_of_messages_moved += 1
    return True


def _as_new(message: Any) -> Any:
    from localstack.services.sqs.utils import generate_message_id

    moved = deepcopy(message.message)
    moved["MessageId"] = generate_message_id()
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


def _fail(task: Any, reason: str) -> None:
    task.status, task.failure_reason = "FAILED", reason
