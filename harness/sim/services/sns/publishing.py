"""Publish and PublishBatch: checks, deduplication, and the message's way to its topic.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.aws.rules.fifo import content_based_id, deduplication_key
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params, ServiceError
from harness.sim.services.sns.delivery import Courier
from harness.sim.services.sns.errors import invalid
from harness.sim.services.sns.message import BYTES_MAX, Message, check_fifo, check_message, size_of
from harness.sim.services.sns.store import Published, Store, Topic
from harness.sim.world import World

BATCH_MAX = 10
_PHONE = re.compile(r"\+[1-9]\d{1,14}")
_ENTRY_ID = re.compile(r"[a-zA-Z0-9_-]{1,80}")


class Publishing:
    """Takes messages in, from callers and from deliveries."""

    def __init__(self, world: World, store: Store, courier: Courier) -> None:
        self._world = world
        self._store = store
        self._courier = courier

    def publish(self, params: Params, caller: Caller) -> Params:
        """To a topic or a phone number."""
        targets = [name for name in ("TopicArn", "TargetArn", "PhoneNumber") if params.get(name) is not None]
        if not targets:
            raise invalid("TopicArn or TargetArn", "no value for required parameter")
        if len(targets) > 1:
            raise invalid(targets[1], f"{targets[0]} and {targets[1]} can't both be specified")
        if targets[0] == "PhoneNumber":
            return self._text(params, caller)
        arn: str = params[targets[0]]
        if targets[0] == "TargetArn" and arn.count(":") >= 5 and "endpoint/" in arn:
            raise invalid("TargetArn", "No endpoint found for the target arn specified")
        topic = self._store.topic(arn, targets[0])
        check_fifo(params, fifo=topic.fifo, content_based=_content_based(topic))
        return self._publish(topic, params, caller.trace)

    def publish_batch(self, params: Params, caller: Caller) -> Params:
        """Up to ten messages; those that fail don't stop the others.

        https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
        """
        topic = self._store.topic(params["TopicArn"])
        entries = params["PublishBatchRequestEntries"]
        _check_batch(entries)
        for entry in entries:
            check_fifo(entry, fifo=topic.fifo, content_based=_content_based(topic))
        done, failed = [], []
        for entry in entries:
            try:
                done.append({"Id": entry["Id"], **self._publish(topic, entry, caller.trace)})
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
            check_fifo(params, fifo=topic.fifo, content_based=_content_based(topic))
            return Delivered((self._publish(topic, params)["MessageId"],))
        except ServiceError as error:
            raise DeliveryFailed(error.code, error.message, retryable=False) from None

    def _publish(self, topic: Topic, params: Params, trace: str = "") -> Params:
        texts = check_message(params)
        now = self._world.kernel.now
        message_id = self._world.kernel.new_id()
        group, dedup, sequence = params.get("MessageGroupId"), params.get("MessageDeduplicationId"), None
        if topic.fifo:
            dedup = dedup or content_based_id(params["Message"])
            per_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
            key = deduplication_key(dedup, group, per_group=per_group)
            earlier = topic.deduplication.known(key, now)
            if earlier is not None:
                return {"MessageId": earlier.message_id, "SequenceNumber": earlier.sequence}
            sequence = topic.next_sequence()
            topic.deduplication.note(key, Published(message_id, sequence), now)
        message = Message(
            message_id,
            topic.arn,
            params["Message"] if texts is None else texts["default"],
            now,
            params.get("Subject"),
            params.get("MessageAttributes") or {},
            texts,
            group,
            dedup,
            sequence,
            trace,
        )
        recorder = self._world.recorder
        accepted = recorder.record(
            "accepted",
            self._world.names.of(topic.arn),
            (message_id,),
            body=message.text,
            group=group,
            dedup=dedup,
        )
        with recorder.caused_by(accepted, actor="sns"):
            self._courier.fan_out(topic, message)
        return {"MessageId": message_id} | ({"SequenceNumber": sequence} if sequence else {})

    def _text(self, params: Params, caller: Caller) -> Params:
        number: str = params["PhoneNumber"]
        if not _PHONE.fullmatch(number):
            raise invalid("PhoneNumber", f"{number} is not valid to publish to")
        texts = check_message(params)
        source = f"arn:aws:sns:{caller.region}:{caller.account}:sms"
        text = params["Message"] if texts is None else texts["default"]
        message = Message(self._world.kernel.new_id(), source, text, self._world.kernel.now, texts=texts)
        recorder = self._world.recorder
        self._world.names.add(f"sms:{number}", f"sms:{number}")
        accepted = recorder.record(
            "accepted", self._world.names.of(source), (message.id,), body=text, group=None, dedup=None
        )
        with recorder.caused_by(accepted, actor="sns"):
            self._courier.text(source, message, number)
        return {"MessageId": message.id}


def _content_based(topic: Topic) -> bool:
    return topic.attributes.get("ContentBasedDeduplication") == "true"


def _check_batch(entries: list[Params]) -> None:
    ids = [entry["Id"] for entry in entries]
    if not ids:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(ids) > BATCH_MAX:
        raise ServiceError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    if not all(_ENTRY_ID.fullmatch(entry_id) for entry_id in ids):
        raise ServiceError(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        )
    if len(set(ids)) < len(ids):
        raise ServiceError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )
    if sum(size_of(e["Message"], e.get("MessageAttributes") or {}) for e in entries) > BYTES_MAX:
        raise ServiceError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )
