"""ReceiveRequestAttemptId: a receive from a FIFO queue whose answer was lost can be asked for again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import accounts, clock, queue_events, queues
from .account_time import acting_for

ATTEMPT_SECONDS = 300.0


@dataclass(frozen=True)
class Attempt:
    """One receive: its answer, and each message with its handle and the time of its visibility."""

    at: float
    answer: Mapping[str, Any]
    messages: tuple[tuple[Any, str, float], ...]


def receive_message(original: Callable[..., Any], provider: Any, context: Any, **params: Any) -> Any:
    """Around `SqsProvider.receive_message`."""
    wanted = params.get("receive_request_attempt_id")
    if not wanted or accounts.get(context.account_id) is None:
        return original(provider, context, **params)
    queue = provider._resolve_queue(context, queue_url=params["queue_url"])
    seen: dict[str, Attempt] = queue.__dict__.setdefault("harness_attempts", {})
    earlier = seen.get(wanted)
    if earlier is not None and _still_stands(queue, earlier):
        given = params.get("visibility_timeout")
        _hide_anew(queue, earlier, queue.visibility_timeout if given is None else given)
        seen[wanted] = _noted(queue, earlier.answer, earlier.at)
        return earlier.answer
    answer = original(provider, context, **params)
    if answer.get("Messages"):
        seen[wanted] = _noted(queue, answer, clock.now(queue.account_id))
    return answer


def _noted(queue: Any, answer: Mapping[str, Any], at: float) -> Attempt:
    handles = [message["ReceiptHandle"] for message in answer["Messages"]]
    known = [(queue.receipts.get(handle), handle) for handle in handles]
    return Attempt(
        at, answer, tuple((one, handle, one.visibility_deadline) for one, handle in known if one is not None)
    )


def _still_stands(queue: Any, attempt: Attempt) -> bool:
    """Not if five minutes are over, or one of them was deleted, hidden otherwise or received again."""
    if clock.now(queue.account_id) - attempt.at >= ATTEMPT_SECONDS:
        return False
    with acting_for(queue.account_id), queue.mutex:
        return len(attempt.messages) == len(attempt.answer["Messages"]) and all(
            message in queue.inflight
            and not message.is_visible
            and message.visibility_deadline == deadline
            and queues.is_latest(message, handle)
            for message, handle, deadline in attempt.messages
        )


def _hide_anew(queue: Any, attempt: Attempt, seconds: int) -> None:
    with acting_for(queue.account_id), queue.mutex:
        for message, _, _ in attempt.messages:
            message.update_visibility_timeout(seconds)
        queue_events.received(queue, [message for message, _, _ in attempt.messages], again=True)
