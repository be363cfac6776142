"""SQS inside LocalStack: account time, and all that happens to messages told to the gateway.

Also mended for accounts that have begun: what becomes visible or expires does so on time, whatever else is
in flight; a receive gives the messages of a FIFO group up to the first one in flight; a receipt handle is
good until its visibility timeout passes; a message isn't lost because its dead-letter queue is gone, or has
seen its deduplication id; retention counts from when it was first sent; groups can have their own
deduplication.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from heapq import heapify
from typing import Any

from . import accounts, attempts, clock, moves, patching, queue_events, queues, redrive, refusals, under_way
from .account_time import AccountTime, acting_for, whole_seconds

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
    for queue in (models.StandardQueue, models.FifoQueue):
        patching.wrap(queue, "clear", _clear)
    patching.wrap(models.SqsQueue, "max_receive_count", _max_receive_count)
    patching.wrap(
        provider.SqsProvider, "receive_message", attempts.receive_message, "receive_request_attempt_id"
    )
    patching.wrap(provider.SqsProvider, "delete_queue", _delete_queue, "queue_url")
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
    if not _is_ours(queue):
        return original(queue, receipt_handle, visibility_timeout)
    _lapse(queue)
    with queue.mutex, acting_for(queue.account_id):
        refusals.check_change(queue, receipt_handle, visibility_timeout, clock.now(queue.account_id))
        message = queue.receipts.get(receipt_handle)
        if message is not None and not queues.is_good(message, receipt_handle):
            return None
        original(queue, receipt_handle, visibility_timeout)
        queue_events.hidden(queue, message)
    return None


def _clear(original: Callable[..., Any], queue: Any) -> Any:
    if not _is_ours(queue):
        return original(queue)
    with queue.mutex, acting_for(queue.account_id):
        gone = queues.in_order(queue)
        original(queue)
        queue_events.purged(queue, gone)
    return None


def _delete_queue(
    original: Callable[..., Any], provider: Any, context: Any, *args: Any, **kwargs: Any
) -> Any:
    if accounts.get(context.account_id) is None:
        return original(provider, context, *args, **kwargs)
    queue = provider._resolve_queue(context, queue_url=kwargs["queue_url"])
    answer = original(provider, context, *args, **kwargs)
    with queue.mutex, acting_for(queue.account_id):
        queue_events.removed(queue, queues.in_order(queue))
    return answer


def _put(original: Callable[..., Any], queue: Any, message: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_ours(queue):
        return original(queue, message, *args, **kwargs)
    refusals.check_delay(kwargs.get("delay_seconds"))
    under_way.touch(queue.account_id)
    is_fifo = hasattr(queue, "deduplication")
    is_dead = redrive.SOURCE in (message.get("Attributes") or {})
    if is_fifo and is_dead:
        kwargs["message_deduplication_id"] = message["MessageId"]
    with queue.mutex, acting_for(queue.account_id):
        if is_fifo and queue.deduplication_scope == "messageGroup":
            seen = queue.__dict__.setdefault("harness_seen", {})
            queue.deduplication = seen.setdefault(kwargs.get("message_group_id"), {})
        given_id = message["MessageId"]
        item = original(queue, message, *args, **kwargs)
        duplicate = item.message_id != given_id
        queue_events.taken_in(queue, item, message=message, duplicate=duplicate)
        if duplicate:  # it answers with the earlier message
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
        with queue.mutex:
            for message, handle in zip(result.successful, result.receipt_handles, strict=True):
                message.harness_handle = handle
        dead, result.dead_letter_messages = result.dead_letter_messages, []
        for message in dead:
            redrive.send(queue, message)
        with queue.mutex:
            queue_events.received(queue, result.successful)
    if result.successful or dead:
        under_way.touch(queue.account_id)
    return result


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
    with queue.mutex, acting_for(queue.account_id):
        message = queue.receipts.get(receipt_handle)
        if message is None:
            return original(queue, receipt_handle)
        is_latest, is_fifo = queues.is_latest(message, receipt_handle), hasattr(queue, "message_groups")
        is_good = is_latest or queues.is_good(message, receipt_handle)
        if not is_good or (is_fifo and message.is_visible):
            queue_events.kept(queue, message)
            if is_fifo:
                raise refusals.expired(receipt_handle)
            return None
        late = message.is_visible or not is_latest
        original(queue, receipt_handle)
        queue_events.deleted(queue, message, late=late)
    return None


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
    with queue.mutex, acting_for(queue.account_id):
        due = [message for message in queue.inflight if message.is_visible]
        for message in sorted(due, key=lambda one: one.visibility_deadline):
            queue_events.visible_again(queue, message)
            message.harness_lapsed = set(message.receipt_handles)
        _show(queue, due)


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
    with queue.mutex, acting_for(queue.account_id):
        oldest_kept = AccountTime.time() - queue.message_retention_period
        expired = [one for one in queues.everything(queue) if one.created <= oldest_kept]
        for message in sorted(expired):
            _drop(queue, message)
            queue_events.expired(queue, message)


def _drop(queue: Any, message: Any) -> None:
    """`deleted` makes LocalStack's receive pass over it where it can't be taken out at once."""
    message.deleted = True
    queue.delayed.discard(message)
    queues.forget_handles(queue, message)
    queue._on_remove_message(message)
    if hasattr(queue, "message_groups"):
        group = queue.get_message_group(message.message_group_id)
        group.messages = [one for one in group.messages if one is not message]
        heapify(group.messages)
