"""SQS inside LocalStack: account time, and what queues do by themselves told to the gateway.

Also mended for accounts that have begun: what becomes visible or expires does so on time, whatever else is
in flight; a receive gives the messages of a FIFO group up to the first one in flight; a receipt handle is
good until its visibility timeout passes; a message isn't lost because its dead-letter queue is gone, or has
seen its deduplication id; retention counts from when it was first sent; groups can have their own
deduplication.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from heapq import heapify
from typing import Any

from . import accounts, attempts, clock, context, doors, moves, patching, queues, refusals, under_way
from .account_time import AccountTime, acting_for, whole_seconds
from .under_way import Ended

LOOK_EVERY_SECONDS = 0.02
"""Real time between two looks at what becomes visible."""
EXPIRE_EVERY = 50
"""Looks between two in which retention is looked at, too."""


def apply() -> None:
    """Patch LocalStack's SQS."""
    from localstack.services.sqs import models, provider

    for module in (models, provider):
        patching.put(module, "time", AccountTime())
        patching.put(module, "now", whole_seconds)
    for queue in (models.StandardQueue, models.FifoQueue):
        patching.wrap(queue, "receive", _receive, "num_messages", "wait_time_seconds", "visibility_timeout")
        patching.wrap(queue, "put", _put, "message", "message_deduplication_id")
        patching.wrap(queue, "remove_expired_messages", _expire)
    for queue in (models.SqsQueue, models.FifoQueue):
        patching.wrap(queue, "requeue_inflight_messages", _requeue)
    patching.wrap(models.FifoQueue, "get_message_group", _know_queue, "message_group_id")
    patching.wrap(models.FifoQueue, "update_message_group_visibility", _offer_group, "message_group")
    patching.wrap(models.MessageGroup, "pop", _pop)
    patching.wrap(models.SqsQueue, "enqueue_delayed_messages", _end_delays)
    patching.wrap(models.SqsQueue, "update_visibility_timeout", _change, "receipt_handle")
    patching.wrap(models.SqsQueue, "remove", _remove, "receipt_handle")
    patching.wrap(models.SqsQueue, "clear", _in_its_time)
    patching.wrap(models.SqsQueue, "max_receive_count", _max_receive_count)
    patching.wrap(
        provider.SqsProvider, "receive_message", attempts.receive_message, "receive_request_attempt_id"
    )
    patching.wrap(provider.MessageMoveTaskManager, "submit", moves.submit, "move_task")
    patching.wrap(provider.MessageMoveTaskManager, "cancel", moves.cancel, "move_task")
    clock.on_skip(bring_up_to_date)


def keep_time(account: str) -> None:
    """Look after the queues of an account until it ends, on a thread of its own."""
    threading.Thread(
        target=_keep_time, args=(account,), name=f"harness-queues {account}", daemon=True
    ).start()


def bring_up_to_date(account: str) -> None:
    """Whatever is due by the account's clock becomes visible, or expires."""
    for queue in queues.of_account(account):
        _tidy(queue)
        expire(queue)


def _keep_time(account: str) -> None:
    looks, ended = 0, under_way.of(account).ended
    while not ended.wait(LOOK_EVERY_SECONDS):
        looks += 1
        for queue in queues.of_account(account):
            if queue.inflight or queue.delayed:
                _tidy(queue)
            if looks % EXPIRE_EVERY == 0:
                expire(queue)


def _is_ours(queue: Any) -> bool:
    return accounts.get(queue.account_id) is not None


def _in_its_time(original: Callable[..., Any], queue: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_ours(queue):
        return original(queue, *args, **kwargs)
    with acting_for(queue.account_id):
        return original(queue, *args, **kwargs)


def _end_delays(original: Callable[..., Any], queue: Any) -> Any:
    """A FIFO queue's new delay counts for messages that are already delayed, too."""
    if _is_ours(queue) and hasattr(queue, "message_groups"):
        for message in list(queue.delayed):
            message.delay_seconds = queue.delay_seconds
    return _in_its_time(original, queue)


def _change(original: Callable[..., Any], queue: Any, receipt_handle: str, visibility_timeout: int) -> Any:
    if _is_ours(queue):
        _lapse(queue)
        refusals.check_change(queue, receipt_handle, visibility_timeout, clock.now(queue.account_id))
        message = queue.receipts.get(receipt_handle)
        if message is not None and not queues.is_good(message, receipt_handle):
            return None
    return _in_its_time(original, queue, receipt_handle, visibility_timeout)


def _put(original: Callable[..., Any], queue: Any, message: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_ours(queue):
        return original(queue, message, *args, **kwargs)
    refusals.check_delay(kwargs.get("delay_seconds"))
    under_way.touch(queue.account_id)
    is_fifo = hasattr(queue, "deduplication")
    is_dead = "DeadLetterQueueSourceArn" in (message.get("Attributes") or {})
    if is_fifo and is_dead:
        kwargs["message_deduplication_id"] = message["MessageId"]
    with queue.mutex, acting_for(queue.account_id):
        if is_fifo and queue.deduplication_scope == "messageGroup":
            seen = queue.__dict__.setdefault("harness_seen", {})
            queue.deduplication = seen.setdefault(kwargs.get("message_group_id"), {})
        given_id = message["MessageId"]
        item = original(queue, message, *args, **kwargs)
        if item.message_id != given_id:  # a duplicate answers with the earlier message
            item.sequence_number = queue.deduplication[item.message_deduplication_id].sequence_number
        if is_dead and not is_fifo:
            item.created = int(message["Attributes"]["SentTimestamp"]) / 1000
        return item


def _receive(original: Callable[..., Any], queue: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_ours(queue):
        return original(queue, *args, **kwargs)
    refusals.check_visibility(args[2] if len(args) > 2 else kwargs.get("visibility_timeout"))
    _tidy(queue)
    expire(queue)
    with acting_for(queue.account_id):
        result = original(queue, *args, **kwargs)
    for message, handle in zip(result.successful, result.receipt_handles, strict=True):
        message.harness_handle = handle
    for message in result.dead_letter_messages:
        message.deleted = True
        _tell_dead_lettered(queue, message)
    if result.successful or result.dead_letter_messages:
        under_way.touch(queue.account_id)
    return result


def _tell_dead_lettered(queue: Any, message: Any) -> None:
    with suppress(Ended):
        doors.event(
            queue.account_id,
            "dead-lettered",
            queue.arn,
            [message.message_id],
            actor="sqs",
            cause=context.current().cause,
            to=queue.redrive_policy["deadLetterTargetArn"],
            ids=[message.message_id],
            reason=f"received {message.receive_count - 1} times",
        )


def _max_receive_count(original: Callable[[Any], int | None], queue: Any) -> int | None:
    """None, too, if the dead-letter queue isn't there: then messages stay where they are."""
    limit = original(queue)
    if limit is None or not _is_ours(queue):
        return limit
    return limit if queues.find(queue.redrive_policy["deadLetterTargetArn"]) is not None else None


def _remove(original: Callable[..., Any], queue: Any, receipt_handle: str) -> Any:
    if not _is_ours(queue):
        return original(queue, receipt_handle)
    under_way.touch(queue.account_id)
    message = queue.receipts.get(receipt_handle)
    is_latest = message is None or queues.is_latest(message, receipt_handle)
    if not is_latest and not queues.is_good(message, receipt_handle):
        if not hasattr(queue, "message_groups"):
            return None
        raise refusals.expired(receipt_handle)
    with acting_for(queue.account_id):
        return original(queue, receipt_handle)


def _requeue(original: Callable[..., Any], queue: Any) -> Any:
    return _lapse(queue) if _is_ours(queue) else original(queue)


def _expire(original: Callable[..., Any], queue: Any) -> Any:
    return expire(queue) if _is_ours(queue) else original(queue)


def _tidy(queue: Any) -> None:
    _lapse(queue)
    queue.enqueue_delayed_messages()


def _lapse(queue: Any) -> None:
    """Make visible what has been hidden long enough, and tell so first."""
    if not queue.inflight:
        return
    with _lock_of(queue), acting_for(queue.account_id):
        with queue.mutex:
            due = [message for message in queue.inflight if message.is_visible]
        for message in sorted(due, key=lambda one: one.visibility_deadline):
            _tell(queue, "timer", message, getattr(message, "harness_received", None), what="visible again")
        with queue.mutex:
            still = [one for one in due if one in queue.inflight and one.is_visible]
            for message in still:
                message.harness_lapsed = set(message.receipt_handles)
            _show(queue, still)


def _lock_of(queue: Any) -> Any:
    """Held while it is told what lapses, so that it is told once."""
    return queue.__dict__.setdefault("harness_lock", threading.Lock())


def _show(queue: Any, due: Sequence[Any]) -> None:
    for message in due:
        del queue.inflight[message]
    for message in due:
        if not hasattr(queue, "message_groups"):
            queue._put_message(message)
            continue
        group = queue.get_message_group(message.message_group_id)
        if group in queue.inflight_groups:
            group.push(message)
            queue.update_message_group_visibility(group)
        else:
            queue._put_message(message)


def _know_queue(original: Callable[..., Any], queue: Any, message_group_id: str) -> Any:
    group = original(queue, message_group_id)
    group.harness_queue = queue
    return group


def _offer_group(original: Callable[..., Any], queue: Any, group: Any) -> Any:
    """A group is there to be received from when its first message isn't in flight."""
    if not _is_ours(queue):
        return original(queue, group)
    with queue.mutex:
        is_shut = queues.is_hidden(queue, group) and not queues.before_first_hidden(queue, group)
        if group in queue.inflight_groups and not is_shut:
            queue.inflight_groups.remove(group)
            if not group.empty():
                queue.message_group_queue.put_nowait(group)
    return None


def _pop(original: Callable[..., Any], group: Any) -> Any:
    """The next message of a group, none beyond the first one in flight."""
    queue = getattr(group, "harness_queue", None)
    if queue is not None and _is_ours(queue) and not queues.before_first_hidden(queue, group):
        raise IndexError
    return original(group)


def expire(queue: Any) -> None:
    """Drop what is older than the retention period, in flight or not, and tell so."""
    with acting_for(queue.account_id):
        oldest_kept = AccountTime.time() - queue.message_retention_period
        expired = [one for one in queues.everything(queue) if one.created <= oldest_kept]
        for message in expired:
            _drop(queue, message)
            _tell(queue, "expired", message, None, reason="retention period")


def _drop(queue: Any, message: Any) -> None:
    """`deleted` makes LocalStack's receive pass over it where it can't be taken out at once."""
    with queue.mutex:
        message.deleted = True
        queue.delayed.discard(message)
        for handle in message.receipt_handles:
            queue.receipts.pop(handle, None)
        message.receipt_handles.clear()
        queue._on_remove_message(message)
        if hasattr(queue, "message_groups"):
            group = queue.get_message_group(message.message_group_id)
            group.messages = [one for one in group.messages if one is not message]
            heapify(group.messages)


def _tell(queue: Any, kind: str, message: Any, cause: int | None, **data: Any) -> None:
    with suppress(Ended):
        doors.event(queue.account_id, kind, queue.arn, [message.message_id], actor="sqs", cause=cause, **data)
