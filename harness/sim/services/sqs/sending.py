"""SendMessage, with deduplication.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.aws.parcels import QueueParcel
from harness.aws.rules.fifo import content_based_id, deduplication_key
from harness.sim.services.service import Params
from harness.sim.services.sqs.api_checks import check_body_and_attributes, check_send
from harness.sim.services.sqs.message import Message, md5_of, md5_of_attributes
from harness.sim.services.sqs.store import QueueRecord, QueueStore
from harness.sim.world import World

SEQUENCE_BASE = 18_850_000_000_000_000_000
SEQUENCE_STEP = 256


class Sending:
    """Accepts messages of callers and of deliveries."""

    def __init__(self, world: World, store: QueueStore) -> None:
        self._world = world
        self._store = store

    def send(self, record: QueueRecord, params: Params, trace: str = "") -> Params:
        """One message from a caller, whose request may belong to a trace. The result of SendMessage."""
        settings = record.queue.settings
        check_send(settings, params)
        attributes = params.get("MessageAttributes") or {}
        system = params.get("MessageSystemAttributes") or {}
        own = {name: value["StringValue"] for name, value in system.items()}
        if trace:
            own.setdefault("AWSTraceHeader", trace)
        message = self.message(
            record,
            params["MessageBody"],
            attributes=attributes,
            system=own,
            group=params.get("MessageGroupId"),
            dedup=params.get("MessageDeduplicationId"),
        )
        delay = settings.delay_seconds
        if not settings.fifo:
            delay = float(params.get("DelaySeconds", delay))
        taken = self.take_in(record, message, delay)
        if taken is message:
            self._record(self._world.recorder.accepted, record, message, message.id)
        result = {"MessageId": taken.id, "MD5OfMessageBody": message.md5}
        if attributes:
            result["MD5OfMessageAttributes"] = str(md5_of_attributes(attributes))
        if system:
            result["MD5OfMessageSystemAttributes"] = str(md5_of_attributes(system))
        if taken.sequence is not None:
            result["SequenceNumber"] = taken.sequence
        return result

    def deliver(self, record: QueueRecord, parcel: QueueParcel) -> Message:
        """One message from a delivery. Raises `ServiceError`."""
        settings = record.queue.settings
        if not parcel.moves:
            check_body_and_attributes(settings, parcel.body, parcel.attributes)
        message = self.message(
            record,
            parcel.body,
            id=parcel.id if parcel.id and parcel.id not in record.queue else None,
            attributes=parcel.attributes,
            system=dict(parcel.system),
            group=parcel.group,
            dedup=parcel.dedup,
        )
        if parcel.sent_at is not None:
            message.sent_at = parcel.sent_at
        message.receive_count, message.first_received_at = parcel.receive_count, parcel.first_received_at
        delay = 0.0 if parcel.moves else settings.delay_seconds
        return self.take_in(record, message, delay, new=not parcel.moves)

    def message(self, record: QueueRecord, body: str, *, id: str | None = None, **fields: Any) -> Message:
        """A new message; one without a deduplication id gets the digest of its body on FIFO queues."""
        message = Message(
            id or self._world.kernel.new_id(), body, md5_of(body), self._world.kernel.now, **fields
        )
        if record.queue.settings.fifo and message.dedup is None:
            message.dedup = content_based_id(body)
        return message

    def take_in(
        self, record: QueueRecord, message: Message, delay_seconds: float, *, new: bool = True
    ) -> Message:
        """Put it into the queue. Gives the earlier message instead where this one is its duplicate.

        A message that comes from another queue isn't new, so it can't be a duplicate.
        """
        now, queue = self._world.kernel.now, record.queue
        key = None
        if queue.settings.fifo:
            key = _dedup_key(record, message) if new else None
            if key and (earlier := queue.known(key, now)) is not None:
                self._record(self._world.recorder.deduplicated, record, message, earlier.id)
                return earlier
            record.sequence += 1
            message.sequence = str(SEQUENCE_BASE + record.sequence * SEQUENCE_STEP)
        queue.add(message, now, delay_seconds, key)
        self._store.bring_up_to_date(record)
        return message

    def _record(
        self, say: Callable[..., object], record: QueueRecord, message: Message, message_id: str
    ) -> None:
        """Record a sent message: accepted, or deduplicated."""
        say(
            self._world.names.of(record.arn),
            message_id,
            body=message.body,
            attributes=message.attributes,
            group=message.group,
            dedup=message.dedup if record.queue.settings.fifo else None,
        )


def _dedup_key(record: QueueRecord, message: Message) -> tuple[str, str]:
    per_group = record.queue.settings.deduplication_per_group
    return deduplication_key(str(message.dedup), message.group, per_group=per_group)
