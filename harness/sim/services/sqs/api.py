"""The operations of SQS: each takes botocore's parameters and returns botocore's result.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.services.sqs.api_attributes import boolean_text, changed, same, shown
from harness.sim.services.sqs.api_checks import check_batch, check_batch_to_send
from harness.sim.services.sqs.api_permissions import add_permission, remove_permission
from harness.sim.services.sqs.errors import invalid, invalid_value, missing
from harness.sim.services.sqs.moving import Moving, allows
from harness.sim.services.sqs.receiving import Receiving
from harness.sim.services.sqs.sending import Sending
from harness.sim.services.sqs.settings import defaults, settings_of
from harness.sim.services.sqs.store import QueueRecord, QueueStore, arn_of
from harness.sim.world import World

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"[a-zA-Z0-9_-]{1,75}\.fifo")
PURGE_SECONDS = 60.0
TAGS_MAX = 50
PAGE_MAX = 1000
_ACCOUNT = re.compile(r"\d{12}")

Each = Callable[[QueueRecord, Params], Params | None]


class Api:
    """One method an operation."""

    def __init__(
        self, world: World, store: QueueStore, sending: Sending, receiving: Receiving, moving: Moving
    ) -> None:
        self._world = world
        self._store = store
        self._sending = sending
        self._receiving = receiving
        self._moving = moving

    def create_queue(self, params: Params, caller: Caller) -> Params:
        name: str = params["QueueName"]
        given = params.get("Attributes") or {}
        fifo = boolean_text(given.get("FifoQueue")) == "true"
        _check_name(name, fifo)
        attributes = changed(defaults(fifo), given, fifo=fifo)
        existing = self._store.named(name, caller)
        if existing is not None:
            for key in given:
                if not same(key, existing.attributes.get(key), attributes.get(key)):
                    raise ServiceError(
                        "QueueNameExists",
                        "A queue already exists with the same name and a different value for attribute "
                        f"{key}",
                    )
            return {"QueueUrl": existing.url}
        self._check_redrive(attributes, arn_of(name, caller))
        tags = _with_tags({}, params.get("tags") or {}, name)
        return {"QueueUrl": self._store.create(name, attributes, tags, caller).url}

    def get_queue_url(self, params: Params, caller: Caller) -> Params:
        account = params.get("QueueOwnerAWSAccountId") or caller.account
        if not _ACCOUNT.fullmatch(account):
            raise invalid(f"Value {account} for parameter QueueOwnerAWSAccountId is invalid.")
        record = self._store.named(params["QueueName"], Caller(caller.actor, caller.region, account))
        if record is None:
            raise missing()
        return {"QueueUrl": record.url}

    def list_queues(self, params: Params, caller: Caller) -> Params:
        prefix, here = params.get("QueueNamePrefix") or "", arn_of("", caller)
        urls = [r.url for r in self._store if r.arn.startswith(here) and r.name.startswith(prefix)]
        page, result = _page(urls, params)
        return {**result, "QueueUrls": page} if page else result

    def delete_queue(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        if len(record.queue):
            gone = tuple(message.id for message in record.queue.clear())
            self._world.recorder.removed(self._world.names.of(record.arn), gone)
        self._store.delete(record)
        return {}

    def get_queue_attributes(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        chosen = shown(record, params.get("AttributeNames") or ())
        return {"Attributes": chosen} if chosen else {}

    def set_queue_attributes(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        given, before = params["Attributes"], record.queue.settings
        attributes = changed(record.attributes, given, fifo=before.fifo)
        if "RedrivePolicy" in given:
            self._check_redrive(attributes, record.arn)
        record.attributes = attributes
        record.modified_at = self._world.kernel.now
        record.queue.configure(
            replace(settings_of(attributes), deduplication_per_group=before.deduplication_per_group)
        )
        if before.fifo and before.delay_seconds != record.queue.settings.delay_seconds:
            record.queue.redelay(record.queue.settings.delay_seconds, self._world.kernel.now)
        self._store.bring_up_to_date(record)
        return {}

    def send_message(self, params: Params, caller: Caller) -> Params:
        return self._sending.send(self._at(params, caller), params, caller.trace)

    def send_message_batch(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        check_batch(params["Entries"], "SendMessageBatchRequestEntry")
        check_batch_to_send(record.queue.settings, params["Entries"])
        return _each(record, params["Entries"], lambda r, e: self._sending.send(r, e, caller.trace))

    def receive_message(self, params: Params, caller: Caller) -> Params:
        return self._receiving.receive(self._at(params, caller), params)

    def delete_message(self, params: Params, caller: Caller) -> Params:
        self._receiving.delete(self._at(params, caller), params["ReceiptHandle"])
        return {}

    def delete_message_batch(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        check_batch(params["Entries"], "DeleteMessageBatchRequestEntry")
        return _each(record, params["Entries"], self._receiving.delete_entry)

    def change_message_visibility(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        self._receiving.change_visibility(record, params["ReceiptHandle"], params["VisibilityTimeout"])
        return {}

    def change_message_visibility_batch(self, params: Params, caller: Caller) -> Params:
        def change(record: QueueRecord, entry: Params) -> None:
            seconds = entry.get("VisibilityTimeout", 0)
            self._receiving.change_visibility(record, entry["ReceiptHandle"], seconds)

        record = self._at(params, caller)
        check_batch(params["Entries"], "ChangeMessageVisibilityBatchRequestEntry")
        return _each(record, params["Entries"], change)

    def purge_queue(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        now = self._world.kernel.now
        if record.purged_at is not None and now - record.purged_at < PURGE_SECONDS:
            raise ServiceError(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {record.name} is allowed every 60 seconds.",
                403,
            )
        record.purged_at = now
        gone = tuple(message.id for message in record.queue.clear())
        self._world.recorder.purged(self._world.names.of(record.arn), gone, reason="PurgeQueue")
        self._store.bring_up_to_date(record)
        return {}

    def tag_queue(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        record.tags = _with_tags(record.tags, params["Tags"], record.name)
        return {}

    def untag_queue(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        record.tags = {name: value for name, value in record.tags.items() if name not in params["TagKeys"]}
        return {}

    def list_queue_tags(self, params: Params, caller: Caller) -> Params:
        record = self._at(params, caller)
        return {"Tags": dict(record.tags)} if record.tags else {}

    def add_permission(self, params: Params, caller: Caller) -> Params:
        add_permission(self._at(params, caller), params)
        return {}

    def remove_permission(self, params: Params, caller: Caller) -> Params:
        remove_permission(self._at(params, caller), params)
        return {}

    def list_dead_letter_source_queues(self, params: Params, caller: Caller) -> Params:
        target = self._at(params, caller)
        page, result = _page([record.url for record in self._moving.sources_of(target)], params)
        return {**result, "queueUrls": page}

    def start_message_move_task(self, params: Params, caller: Caller) -> Params:
        return self._moving.start(params)

    def cancel_message_move_task(self, params: Params, caller: Caller) -> Params:
        return self._moving.cancel(params)

    def list_message_move_tasks(self, params: Params, caller: Caller) -> Params:
        return self._moving.listed(params)

    def _at(self, params: Params, caller: Caller) -> QueueRecord:
        return self._store.at(params["QueueUrl"], caller)

    def _check_redrive(self, attributes: dict[str, str], arn: str) -> None:
        """Raise AWS's error for a queue that can't be the dead-letter queue of this one."""
        redrive = settings_of(attributes).redrive
        if redrive is None:
            return
        target = redrive.target
        if target.split(":")[3:5] != arn.split(":")[3:5]:
            reason = "Dead letter target owner should be same as the source."
        elif not self._store.has(target):
            reason = "Dead letter target does not exist."
        elif target.endswith(".fifo") != arn.endswith(".fifo"):
            reason = "Dead-letter queue must be same type of queue as the source."
        elif not allows(self._store.of(target), arn):
            reason = "The RedriveAllowPolicy of the dead-letter queue does not allow this source queue."
        else:
            return
        raise invalid_value(attributes["RedrivePolicy"], "RedrivePolicy", reason)


def _check_name(name: str, fifo: bool) -> None:
    if fifo and not _FIFO_NAME.fullmatch(name):
        raise invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not _NAME.fullmatch(name):
        raise invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _page(urls: Iterable[str], params: Params) -> tuple[list[str], Params]:
    """A page of URLs, and the token for the next page, which only a caller that sets MaxResults gets."""
    limit = params.get("MaxResults")
    if limit is not None and not 1 <= limit <= PAGE_MAX:
        raise invalid(f"Value for parameter MaxResults is invalid. Reason: Must be between 1 and {PAGE_MAX}.")
    left = sorted(url for url in urls if url > (params.get("NextToken") or ""))
    page = left[: limit or PAGE_MAX]
    more = limit is not None and len(left) > len(page)
    return page, {"NextToken": page[-1]} if more else {}


def _with_tags(before: dict[str, str], given: dict[str, str], name: str) -> dict[str, str]:
    for key, value in given.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise invalid(f"Tag {key!r} is invalid. Keys have 1 to 128 characters and don't begin with aws:.")
    tags = {**before, **given}
    if len(tags) > TAGS_MAX:
        raise invalid(f"Too many tags added for queue {name}.")
    return tags


def _each(record: QueueRecord, entries: list[Params], act: Each) -> Params:
    """Do it for each entry; those that fail don't stop the others."""
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **(act(record, entry) or {})})
        except ServiceError as error:
            code = error.query_code or error.code
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": error.message})
    result: Params = {}
    if done:
        result["Successful"] = done
    if failed:
        result["Failed"] = failed
    return result
