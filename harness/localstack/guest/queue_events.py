"""Reports of queues to the gateway: each change of a message, with the call, delivery or mapping behind it.

Whoever calls these functions holds the queue's mutex since before the change, so that nobody can act on it,
and tell of that, before it is told itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import context, doors

_COUNT = "ApproximateReceiveCount"


def taken_in(queue: Any, item: Any, *, message: Any, duplicate: bool) -> None:
    """A message was sent or delivered here. `item`: itself, or the one that it is a `duplicate` of."""
    why = context.current()
    if duplicate or why.reached is None:
        is_fifo = hasattr(queue, "message_groups")
        _say(
            queue,
            "deduplicated" if duplicate else "accepted",
            message=item.message_id,
            body=message["Body"],
            attributes=message.get("MessageAttributes") or {},
            group=item.message_group_id,
            dedup=item.message_deduplication_id if is_fifo else None,
        )
    if why.reached is not None:
        why.reached([item.message_id])


def received(queue: Any, messages: Sequence[Any], *, again: bool = False) -> None:
    """These were handed out."""
    if not messages:
        return
    seq = _say(
        queue,
        "received",
        counts={one.message_id: int(one.message["Attributes"][_COUNT]) for one in messages},
        visible_at=max(one.visibility_deadline for one in messages),
        again=again,
    )
    for one in messages:
        one.harness_received = seq


def hidden(queue: Any, message: Any) -> None:
    """Until when a message in flight is hidden was changed."""
    _say(queue, "hidden", message=message.message_id, visible_at=message.visibility_deadline)


def visible_again(queue: Any, message: Any) -> None:
    """It has been hidden long enough."""
    cause = getattr(message, "harness_received", None)
    _by_itself(queue, "timer", cause, messages=[message.message_id], what="visible again")


def deleted(queue: Any, message: Any, *, late: bool) -> None:
    """It was deleted; `late`: others saw it already."""
    _say(queue, "deleted", message=message.message_id, late=late, by_mover=context.current().by_mover)


def kept(queue: Any, message: Any) -> None:
    """A deletion came too late for it."""
    _say(queue, "kept", message=message.message_id)


def expired(queue: Any, message: Any) -> None:
    """It was kept as long as the queue keeps messages."""
    _by_itself(queue, "expired", None, message=message.message_id, reason="retention period")


def purged(queue: Any, messages: Sequence[Any]) -> None:
    """All messages were deleted at once."""
    _say(queue, "purged", messages=[one.message_id for one in messages], reason="PurgeQueue")


def removed(queue: Any, messages: Sequence[Any]) -> None:
    """The queue was deleted, and these messages with it."""
    if messages:
        _say(queue, "removed", messages=[one.message_id for one in messages])


def dead_lettered(queue: Any, message: Any, to: str, ids: Sequence[str], cause: int | None) -> None:
    """It is in the dead-letter queue now: it was received too often."""
    _by_itself(
        queue,
        "dead-lettered",
        cause,
        messages=[message.message_id],
        to=to,
        ids=list(ids),
        reason=f"received {message.receive_count - 1} times",
    )


def _say(queue: Any, kind: str, **words: Any) -> int | None:
    """Report an event that follows from this thread's work."""
    why = context.current()
    if why.silent:
        return None
    return doors.note(queue.account_id, kind, place=queue.arn, cause=why.cause, actor=why.actor, **words)


def _by_itself(queue: Any, kind: str, cause: int | None, **words: Any) -> None:
    """Report an act of the queue itself."""
    doors.note(queue.account_id, kind, place=queue.arn, cause=cause, actor="sqs", **words)
