"""Queues as targets of deliveries, and as sources of mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from harness import aws
from harness.aws.parcels import QueueParcel
from harness.aws.rules.queue_policy import lets_send
from harness.sim.activities import Signal
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed, ServiceError, Taken
from harness.sim.services.sqs.api_checks import check_fifo
from harness.sim.services.sqs.api_messages import system_attributes
from harness.sim.services.sqs.message import Message, md5_of_attributes
from harness.sim.services.sqs.receiving import Receiving
from harness.sim.services.sqs.sending import Sending
from harness.sim.services.sqs.store import QueueRecord, QueueStore
from harness.sim.world import World


class QueueDeliveries:
    """Messages that other services deliver to queues and take from them."""

    def __init__(self, world: World, store: QueueStore, sending: Sending, receiving: Receiving) -> None:
        self._world = world
        self._store = store
        self._sending = sending
        self._receiving = receiving

    def deliver(self, delivery: Delivery) -> Delivered:
        """A copy arrives. A service that sends on its own needs the queue's policy to allow it, as on AWS."""
        record = self._store.find(delivery.target)
        if record is None:
            raise DeliveryFailed(
                "AWS.SimpleQueueService.NonExistentQueue",
                f"{self._world.names.of(delivery.target)} does not exist",
                retryable=False,
            )
        if not delivery.by_role:
            self._check_access(record, delivery.source)
        settings, parcel = record.queue.settings, delivery.holding(QueueParcel)
        try:
            if settings.fifo:
                check_fifo(settings, parcel.group, parcel.dedup)
            taken = self._sending.deliver(record, parcel)
        except ServiceError as error:
            raise DeliveryFailed(error.query_code or error.code, error.message, retryable=False) from None
        return Delivered((taken.id,))

    def take(self, arn: str, limit: int, visibility_timeout: float | None = None) -> list[Taken]:
        record = self._store.find(arn)
        if record is None:
            return []
        messages = self._receiving.take(record, limit, visibility_timeout)
        return [_taken(message) for message in messages]

    def ack(self, arn: str, receipt_handles: Iterable[str]) -> None:
        """Delete them: the mover that took them has delivered them."""
        record = self._store.find(arn)
        if record is None:
            return
        for handle in receipt_handles:
            with suppress(ServiceError):
                self._receiving.delete(record, handle, by_mover=True)

    def release(self, arn: str, receipt_handles: Iterable[str], visibility_timeout: float) -> None:
        """Hide them for so long from now on. Those that are no longer in flight stay as they are."""
        record = self._store.find(arn)
        if record is None:
            return
        for handle in receipt_handles:
            with suppress(ServiceError):
                self._receiving.change_visibility(record, handle, int(visibility_timeout))

    def arrived(self, arn: str) -> Signal:
        return self._store.of(arn).arrived

    def settings(self, arn: str) -> Mapping[str, Any]:
        settings = self._store.of(arn).queue.settings
        return {"visibility_timeout": settings.visibility_timeout, "fifo": settings.fifo}

    def _check_access(self, record: QueueRecord, source: str) -> None:
        """Services without a principal of their own send with a role, which isn't judged."""
        sender = aws.service_of(source)
        service = sender.principal if sender is not None else None
        if service is None or lets_send(
            record.attributes.get("Policy"),
            service=service,
            queue_arn=record.arn,
            source_arn=aws.unqualified(source),
        ):
            return
        raise DeliveryFailed(
            "AccessDenied",
            f"the policy of {self._world.names.of(record.arn)} doesn't allow {service} to send to it",
            retryable=False,
        )


def _taken(message: Message) -> Taken:
    return Taken(
        id=message.id,
        receipt_handle=message.handle(),
        body=message.body,
        attributes=system_attributes(message),
        message_attributes=message.attributes,
        md5_of_body=message.md5,
        group=message.group,
        md5_of_message_attributes=md5_of_attributes(message.attributes),
    )
