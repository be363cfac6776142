"""ReceiveMessage, DeleteMessage, ChangeMessageVisibility.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from harness.sim.services.service import Params, ServiceError
from harness.sim.services.sqs.api_checks import check_id, check_range
from harness.sim.services.sqs.api_messages import received
from harness.sim.services.sqs.errors import NOT_FOR_THIS_TYPE, invalid_value, not_a_handle, not_of_this_queue
from harness.sim.services.sqs.message import Message
from harness.sim.services.sqs.model import (
    BeyondLimit,
    Gone,
    Handed,
    HandleExpired,
    InvalidHandle,
    OtherQueue,
    TooManyInFlight,
)
from harness.sim.services.sqs.moving import Moving
from harness.sim.services.sqs.store import QueueRecord, QueueStore
from harness.sim.world import World

LIMIT_MAX = 10
WAIT_SECONDS_MAX = 20
VISIBILITY_SECONDS_MAX = 43_200
_EXPIRED = "The receipt handle has expired."


class Receiving:
    """Delivers messages to consumers, and applies their deletions and changes of visibility."""

    def __init__(self, world: World, store: QueueStore, moving: Moving) -> None:
        self._world = world
        self._store = store
        self._moving = moving

    def receive(self, record: QueueRecord, params: Params) -> Params:
        """The result of ReceiveMessage; waits where long polling is asked for."""
        kernel = self._world.kernel
        limit = params.get("MaxNumberOfMessages", 1)
        wait = params.get("WaitTimeSeconds", record.queue.settings.wait_seconds)
        visibility = params.get("VisibilityTimeout")
        attempt = _attempt(record, params)
        if not 1 <= limit <= LIMIT_MAX:
            raise invalid_value(
                limit, "MaxNumberOfMessages", f"Must be between 1 and {LIMIT_MAX}, if provided."
            )
        check_range("WaitTimeSeconds", wait, 0, WAIT_SECONDS_MAX)
        if visibility is not None:
            check_range("VisibilityTimeout", visibility, 0, VISIBILITY_SECONDS_MAX)
        until = kernel.now + wait
        messages = self._repeat(record, attempt, visibility)
        messages = messages or self.take(record, limit, visibility, refuse=not wait)
        while not messages and (left := until - kernel.now) > 0:
            kernel.wait(record.arrived, left)
            if not self._store.has(record.arn):
                return {}
            messages = self.take(record, limit, visibility)
        if attempt and messages:
            record.queue.remember(attempt, messages, kernel.now)
        return {"Messages": [received(message, params) for message in messages]} if messages else {}

    def take(
        self, record: QueueRecord, limit: int, visibility: float | None, *, refuse: bool = False
    ) -> tuple[Message, ...]:
        """Hand out what is visible now; what was received too often goes to the dead-letter queue.

        `refuse`: raise OverLimit where too many are in flight, as a standard queue does on short polling.
        """
        self._store.bring_up_to_date(record)
        queue = record.queue
        redrive = self._moving.redrive_of(record)
        hidden_for = self._hidden_for(record, visibility)
        try:
            handed = queue.hand_out(
                limit, self._world.kernel.now, hidden_for, redrive.max_receives if redrive else None
            )
        except TooManyInFlight:
            if refuse and not queue.settings.fifo:
                raise ServiceError(
                    "OverLimit",
                    "Too many messages in flight: delete some before you receive more.",
                    403,
                ) from None
            handed = Handed(())
        if redrive is not None:
            for message in handed.failed:
                self._moving.dead_letter(record, message, redrive.target)
        if handed.out:
            self._record_received(record, handed.out, hidden_for)
        self._store.bring_up_to_date(record)
        return handed.out

    def delete(self, record: QueueRecord, handle: str, *, by_mover: bool = False) -> None:
        """DeleteMessage: done with it, if the handle is still good for that. `by_mover`: nobody called."""
        try:
            self._delete(record, handle, by_mover=by_mover)
        except HandleExpired:
            raise invalid_value(handle, "ReceiptHandle", _EXPIRED) from None

    def delete_entry(self, record: QueueRecord, entry: Params) -> None:
        """An entry of DeleteMessageBatch, where the error for a handle that has expired has another code."""
        try:
            self._delete(record, entry["ReceiptHandle"], by_mover=False)
        except HandleExpired:
            raise ServiceError("ReceiptHandleIsInvalid", _EXPIRED.removesuffix(".")) from None

    def _delete(self, record: QueueRecord, handle: str, *, by_mover: bool) -> None:
        recorder, name = self._world.recorder, self._world.names.of(record.arn)
        try:
            done = record.queue.delete(handle)
        except (InvalidHandle, OtherQueue) as problem:
            raise _no_handle(handle, problem) from None
        except HandleExpired as problem:
            recorder.kept(name, str(problem))
            raise
        if done.deleted:
            recorder.deleted(name, done.message_id, late=done.late, by_mover=by_mover)
        elif done.late:
            recorder.kept(name, done.message_id)
        self._store.bring_up_to_date(record)

    def change_visibility(self, record: QueueRecord, handle: str, seconds: int) -> None:
        """ChangeMessageVisibility: from now on hidden for so long."""
        check_range("VisibilityTimeout", seconds, 0, VISIBILITY_SECONDS_MAX)
        try:
            changed = record.queue.change_visibility(handle, float(seconds), self._world.kernel.now)
        except (InvalidHandle, OtherQueue) as problem:
            raise _no_handle(handle, problem) from None
        except HandleExpired:
            raise invalid_value(handle, "ReceiptHandle", _EXPIRED) from None
        except Gone:
            raise invalid_value(
                handle,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            ) from None
        except BeyondLimit:
            raise invalid_value(
                seconds,
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit "
                f"[{VISIBILITY_SECONDS_MAX} seconds]",
            ) from None
        if changed is not None:
            visible_at = round(self._world.kernel.elapsed + seconds, 6)
            self._world.recorder.hidden(self._world.names.of(record.arn), changed, visible_at=visible_at)
        self._store.bring_up_to_date(record)

    def _repeat(
        self, record: QueueRecord, attempt: str | None, visibility: float | None
    ) -> tuple[Message, ...]:
        """The messages of an earlier receive with this ReceiveRequestAttemptId, if it is still valid."""
        if not attempt:
            return ()
        hidden_for = self._hidden_for(record, visibility)
        again = record.queue.repeat(attempt, self._world.kernel.now, hidden_for)
        if again:
            self._record_received(record, again, hidden_for, again=True)
            self._store.bring_up_to_date(record)
        return again

    def _hidden_for(self, record: QueueRecord, visibility: float | None) -> float:
        return record.queue.settings.visibility_timeout if visibility is None else float(visibility)

    def _record_received(
        self, record: QueueRecord, messages: tuple[Message, ...], hidden_for: float, again: bool = False
    ) -> None:
        event = self._world.recorder.received(
            self._world.names.of(record.arn),
            {message.id: message.receive_count for message in messages},
            visible_at=round(self._world.kernel.elapsed + hidden_for, 6),
            again=again,
        )
        for message in messages:
            message.received_in = event.seq


def _attempt(record: QueueRecord, params: Params) -> str | None:
    """The ReceiveRequestAttemptId; it counts on FIFO queues only."""
    attempt: str | None = params.get("ReceiveRequestAttemptId")
    check_id("ReceiveRequestAttemptId", attempt)
    if attempt is not None and not record.queue.settings.fifo:
        raise invalid_value(attempt, "ReceiveRequestAttemptId", NOT_FOR_THIS_TYPE)
    return attempt


def _no_handle(handle: str, problem: Exception) -> ServiceError:
    return not_of_this_queue(handle) if isinstance(problem, OtherQueue) else not_a_handle(handle)
