"""From a queue to its dead-letter queue inside LocalStack: a delivery like any other."""

from __future__ import annotations

import threading
from hashlib import md5
from typing import Any

from ...aws.parcels import QueueParcel
from . import context, hops, queue_events, queues, under_way
from .account_time import acting_for
from .context import Context
from .doors import AskedHop, TargetRefused
from .hops import PlannedDelivery, Reached
from .under_way import HELD_AFTER_SECONDS, Work

KIND = "redrive"
RETRY_SECONDS_MIN = 1.0
"""Between tries to move a message whose dead-letter queue is out of reach, if nothing else hides it."""

SOURCE = "DeadLetterQueueSourceArn"


def send(queue: Any, message: Any) -> None:
    """Move a message that was received too often; returns when it is there, or a fault holds it up."""
    cause, target = context.current().cause, queue.redrive_policy["deadLetterTargetArn"]
    done = threading.Event()
    with queue.mutex:
        message.deleted = True
        queues.forget_handles(queue, message)

    def run(work: Work) -> None:
        try:
            _move(queue, message, target, cause)
        finally:
            done.set()

    under_way.start(queue.account_id, KIND, queue.arn, run)
    done.wait(HELD_AFTER_SECONDS)


def _move(queue: Any, message: Any, target: str, cause: int | None) -> None:
    delivery = PlannedDelivery(
        account=queue.account_id,
        source=queue.arn,
        target=target,
        messages=(message.message_id,),
        parcel=parcel_of(queue, message),
        actor="sqs",
        about=queue.arn,
        cause=cause,
        then=lambda ids: queue_events.dead_lettered(queue, message, target, ids, cause),
    )

    def arrive(hop: AskedHop, reached: Reached) -> None:
        there = queues.find(target)
        if there is None:
            raise TargetRefused(queues.GONE, f"{target.rsplit(':', 1)[-1]} does not exist", retryable=False)
        with context.using(Context(cause=hop.seq, actor="sqs", reached=reached)):
            there.put(
                message=_as_it_arrives(queue, message, hop.parcel.text),
                message_deduplication_id=message.message_deduplication_id,
                message_group_id=message.message_group_id,
            )

    with acting_for(queue.account_id):
        made = hops.deliver(delivery, 1, arrive)
        with queue.mutex:
            if made.failure is not None:
                _take_back(queue, message)
            if hasattr(queue, "message_groups"):
                queue.update_message_group_visibility(queue.get_message_group(message.message_group_id))


def parcel_of(queue: Any, message: Any) -> QueueParcel:
    """A message of a queue on its way to another one."""
    known = message.message
    return QueueParcel(
        body=known["Body"],
        attributes=known.get("MessageAttributes") or {},
        system={SOURCE: queue.arn},
        group=message.message_group_id,
        dedup=message.message_deduplication_id,
        id=message.message_id,
    )


def _as_it_arrives(queue: Any, message: Any, body: str) -> dict[str, Any]:
    """The same message, that says where it comes from; a fault may have changed its body."""
    moved = {**message.message, "Attributes": {**message.message["Attributes"], SOURCE: queue.arn}}
    return {**moved, "Body": body, "MD5OfBody": md5(body.encode()).hexdigest()}


def _take_back(queue: Any, message: Any) -> None:
    """It couldn't be moved: it is hidden as after any receive, and moved when somebody asks for it."""
    is_there = queues.find(queue.arn) is queue
    if not is_there:
        queue_events.removed(queue, [message])
        return
    message.deleted = False
    message.update_visibility_timeout(max(queue.visibility_timeout, RETRY_SECONDS_MIN))
    queue.add_inflight_message(message)
