"""Publish and PublishBatch: checks, deduplication, and the message's way to its topic.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.aws.rules.fifo import content_based_id, deduplication_key
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params, ServiceError
from harness.sim.services.sns.api_push import PushApi
from harness.sim.services.sns.delivery import Courier
from harness.sim.services.sns.errors import invalid, missing
from harness.sim.services.sns.message import (
    BYTES_MAX,
    Message,
    check_attributes,
    check_fifo,
    check_message,
    size_of,
)
from harness.sim.services.sns.store import Published, Store, Topic
from harness.sim.world import World

BATCH_MAX = 10
ID_CHARACTERS_MAX = 80
_PHONE = re.compile(r"\+[1-9]\d{1,14}")
_ENTRY_ID = re.compile(r"[a-zA-Z0-9_-]+")


class Publishing:
    """Takes messages in, from callers and from deliveries."""

    def __init__(self, world: World, store: Store, courier: Courier, push: PushApi) -> None:
        self._world = world
        self._store = store
        self._courier = courier
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
        topic = self._store.topic(target, caller.region, parameter)
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
        topic = self._store.topic(arn, caller.region)
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
        body: Mapping[str, Any] = delivery.body
        params = {
            "Message": body.get("message") or body.get("body"),
            "Subject": body.get("subject"),
            "MessageAttributes": dict(body.get("attributes") or {}),
            "MessageGroupId": body.get("group"),
            "MessageDeduplicationId": body.get("dedup"),
        }
        try:
            texts = _check_format(params)
            check_fifo(params, fifo=topic.fifo)
            _check_deduplication([params], topic)
            return Delivered((self._publish(topic, params, texts)["MessageId"],))
        except ServiceError as error:
            raise DeliveryFailed(error.code, error.message, retryable=False) from None

    def _publish(
        self, topic: Topic, params: Params, texts: Mapping[str, str] | None, trace: str = ""
    ) -> Params:
        now = self._world.kernel.now
        message_id = self._world.kernel.new_id()
        group: str | None = params.get("MessageGroupId")
        dedup: str = params.get("MessageDeduplicationId") or ""
        sequence = None
        text = params["Message"] if texts is None else texts["default"]
        attributes = params.get("MessageAttributes") or {}
        if topic.fifo:
            dedup = dedup or content_based_id(params["Message"])
        place = self._world.names.of(topic.arn)
        said: dict[str, Any] = {"body": text, "attributes": attributes, "group": group, "dedup": dedup}
        if topic.fifo:
            per_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
            key = deduplication_key(dedup, group, per_group=per_group)
            earlier = topic.deduplication.known(key, now)
            if earlier is not None:
                self._world.recorder.deduplicated(place, earlier.message_id, **said)
                return {"MessageId": earlier.message_id, "SequenceNumber": earlier.sequence}
            sequence = topic.next_sequence()
            topic.deduplication.note(key, Published(message_id, sequence), now)
        message = Message(
            message_id,
            topic.arn,
            text,
            now,
            params.get("Subject"),
            attributes,
            texts,
            group,
            dedup,
            sequence,
            trace,
        )
        recorder = self._world.recorder
        accepted = recorder.accepted(place, message_id, **said)
        with recorder.caused_by(accepted, actor="sns"):
            if topic.subscriptions:
                self._courier.fan_out(topic, message)
            else:
                recorder.unheard(place, message_id)
        return {"MessageId": message_id} | ({"SequenceNumber": sequence} if sequence else {})

    def _text(self, params: Params, texts: Mapping[str, str] | None, caller: Caller) -> Params:
        number: str = params["PhoneNumber"]
        source = f"arn:aws:sns:{caller.region}:{caller.account}:sms"
        text = params["Message"] if texts is None else texts["default"]
        message = Message(self._world.kernel.new_id(), source, text, self._world.kernel.now, texts=texts)
        recorder = self._world.recorder
        accepted = recorder.accepted(self._world.names.of(source), message.id, body=text)
        with recorder.caused_by(accepted, actor="sns"):
            self._courier.text(source, message, number)
        return {"MessageId": message.id}


def _check_deduplication(messages: Sequence[Params], topic: Topic) -> None:
    """Raise InvalidParameter where a FIFO topic can't tell whether it has seen a message before."""
    if not topic.fifo or topic.attributes.get("ContentBasedDeduplication") == "true":
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
