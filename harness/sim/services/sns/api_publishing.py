"""Publish and PublishBatch.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.aws.parcels import TopicParcel
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params, ServiceError
from harness.sim.services.sns.api_push import PushApi
from harness.sim.services.sns.delivery import TopicDeliveries
from harness.sim.services.sns.errors import invalid, missing
from harness.sim.services.sns.lookup import topic_named
from harness.sim.services.sns.message_checks import (
    BYTES_MAX,
    check_attributes,
    check_fifo,
    check_message,
    size_of,
)
from harness.sim.services.sns.model import PublishedMessage, TopicState, TopicStore
from harness.sim.world import World

BATCH_MAX = 10
ID_CHARACTERS_MAX = 80
_PHONE = re.compile(r"\+[1-9]\d{1,14}")
_ENTRY_ID = re.compile(r"[a-zA-Z0-9_-]+")


class PublishingApi:
    """Messages come in, from callers and from deliveries."""

    def __init__(self, world: World, store: TopicStore, deliveries: TopicDeliveries, push: PushApi) -> None:
        self._world = world
        self._store = store
        self._deliveries = deliveries
        self._push = push

    def publish(self, params: Params, caller: Caller) -> Params:
        """To a topic, a phone number or a mobile endpoint."""
        targets = [name for name in ("TopicArn", "TargetArn", "PhoneNumber") if params.get(name) is not None]
        if not targets:
            raise invalid("TopicArn or TargetArn", "no value for required parameter")
        if len(targets) > 1:
            raise invalid(targets[1], f"{targets[0]} and {targets[1]} can't both be specified")
        parameter, target = targets[0], str(params[targets[0]])
        if parameter == "PhoneNumber" and not _PHONE.fullmatch(target):
            raise invalid("PhoneNumber", f"{target} is not valid to publish to")
        texts = _check_format(params)
        if parameter == "PhoneNumber":
            return self._text(params, texts, caller)
        if parameter == "TargetArn" and ":endpoint/" in target:
            return self._push.push(target, caller)
        check_fifo(params, fifo=target.endswith(".fifo"))
        topic = topic_named(self._store, target, caller.region, parameter)
        _check_deduplication([params], topic)
        return self._publish(topic, params, texts, caller.trace)

    def publish_batch(self, params: Params, caller: Caller) -> Params:
        """Up to ten messages. A subject or a structure that SNS doesn't take fails its own message only.

        https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
        """
        arn, entries = params["TopicArn"], params.get("PublishBatchRequestEntries")
        if entries is None:
            raise missing("publishBatchRequestEntries")
        _check_number(entries)
        topic = topic_named(self._store, arn, caller.region)
        _check_ids([entry["Id"] for entry in entries])
        for number, entry in enumerate(entries, start=1):
            attributes = entry.get("MessageAttributes") or {}
            check_attributes(attributes, within=f"publishBatchRequestEntries.{number}.member.")
        for entry in entries:
            check_fifo(entry, fifo=topic.fifo)
        _check_deduplication(entries, topic)
        _check_size(entries)
        done, failed = [], []
        for entry in entries:
            try:
                texts = check_message(entry)
                done.append({"Id": entry["Id"], **self._publish(topic, entry, texts, caller.trace)})
            except ServiceError as error:
                failed.append(
                    {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
                )
        return {"Successful": done, "Failed": failed}

    def deliver(self, delivery: Delivery) -> Delivered:
        """A hop to a topic publishes there."""
        topic = self._store.find(delivery.target)
        if topic is None:
            raise DeliveryFailed("NotFound", "Topic does not exist", retryable=False)
        parcel = delivery.holding(TopicParcel)
        params = {
            "Message": parcel.message,
            "Subject": parcel.subject,
            "MessageAttributes": parcel.attributes,
            "MessageStructure": parcel.structure,
            "MessageGroupId": parcel.group,
            "MessageDeduplicationId": parcel.dedup,
        }
        try:
            texts = _check_format(params)
            check_fifo(params, fifo=topic.fifo)
            _check_deduplication([params], topic)
            return Delivered((self._publish(topic, params, texts, parcel.trace)["MessageId"],))
        except ServiceError as error:
            raise DeliveryFailed(error.code, error.message, retryable=False) from None

    def _publish(
        self, topic: TopicState, params: Params, texts: Mapping[str, str] | None, trace: str = ""
    ) -> Params:
        sent = self._message(topic.arn, params, texts, trace)
        message, earlier = topic.accept(sent, params["Message"], sent.at)
        if earlier is None:
            self._deliveries.publish(topic, message)
        else:
            self._deliveries.note_duplicate(topic, message, earlier)
        answered = earlier or message
        return {"MessageId": answered.id} | (
            {"SequenceNumber": answered.sequence} if answered.sequence else {}
        )

    def _text(self, params: Params, texts: Mapping[str, str] | None, caller: Caller) -> Params:
        source = f"arn:aws:sns:{caller.region}:{caller.account}:sms"
        message = self._message(source, {"Message": params["Message"]}, texts)
        self._deliveries.text(source, message, params["PhoneNumber"])
        return {"MessageId": message.id}

    def _message(
        self, source: str, params: Params, texts: Mapping[str, str] | None, trace: str = ""
    ) -> PublishedMessage:
        return PublishedMessage(
            id=self._world.kernel.new_id(),
            topic_arn=source,
            text=params["Message"] if texts is None else texts["default"],
            at=self._world.kernel.now,
            subject=params.get("Subject"),
            attributes=params.get("MessageAttributes") or {},
            texts=texts,
            group=params.get("MessageGroupId"),
            dedup=params.get("MessageDeduplicationId") or "",
            trace=trace,
        )


def _check_deduplication(messages: Sequence[Params], topic: TopicState) -> None:
    """Raise InvalidParameter where a FIFO topic can't tell whether it has seen a message before."""
    if not topic.fifo or topic.content_based:
        return
    if not all(message.get("MessageDeduplicationId") for message in messages):
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly"
        )


def _check_format(params: Params) -> Mapping[str, str] | None:
    texts = check_message(params)
    attributes = params.get("MessageAttributes") or {}
    check_attributes(attributes)
    if size_of(params["Message"], attributes) > BYTES_MAX:
        raise invalid("Message too long")
    return texts


def _check_number(entries: Sequence[Params]) -> None:
    if len(entries) > BATCH_MAX:
        raise ServiceError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    if not entries:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.")


def _check_ids(ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        raise ServiceError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )
    for entry_id in ids:
        told = "The Id of a batch entry in the batch request"
        if len(entry_id) > ID_CHARACTERS_MAX:
            raise ServiceError("InvalidBatchEntryId", f"{told} is too long: {entry_id}")
        if not _ENTRY_ID.fullmatch(entry_id):
            raise ServiceError(
                "InvalidBatchEntryId", f"{told} contains an impermissible character: {entry_id}"
            )


def _check_size(entries: Sequence[Params]) -> None:
    if sum(size_of(e["Message"], e.get("MessageAttributes") or {}) for e in entries) > BYTES_MAX:
        raise ServiceError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )
