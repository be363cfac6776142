"""What the calls of clients say about messages: taken in, handed out, deleted, purged.

What the cloud does by itself the guest tells; see `hops`. The events are those that the simulator's services
record, with the call for their cause.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from harness import aws
from harness.faults.sites import Call
from harness.gateway.memory import Memory
from harness.gateway.messages import VISIBILITY_SECONDS
from harness.wire import Params

Observe = Callable[[Call, Params, Params, Mapping[str, str]], Awaitable[None]]

_PRODUCING = frozenset(
    (
        "lambda:Invoke",
        "lambda:InvokeAsync",
        "sns:Publish",
        "sns:PublishBatch",
        "sqs:SendMessage",
        "sqs:SendMessageBatch",
    )
)


class Observer:
    """Records what follows from calls that were answered."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._observers: dict[str, Observe] = {
            "lambda:CreateEventSourceMapping": self._mapping_created,
            "lambda:Invoke": self._invoked,
            "lambda:InvokeAsync": self._invoked,
            "sns:Publish": self._published,
            "sns:PublishBatch": self._batch_published,
            "sqs:ChangeMessageVisibility": self._visibility_changed,
            "sqs:ChangeMessageVisibilityBatch": self._visibilities_changed,
            "sqs:CreateQueue": self._queue_set,
            "sqs:DeleteMessage": self._deleted,
            "sqs:DeleteMessageBatch": self._batch_deleted,
            "sqs:DeleteQueue": self._queue_deleted,
            "sqs:PurgeQueue": self._purged,
            "sqs:ReceiveMessage": self._received,
            "sqs:SendMessage": self._sent,
            "sqs:SendMessageBatch": self._batch_sent,
            "sqs:SetQueueAttributes": self._queue_set,
        }

    def place_of(self, call: Call) -> str | None:
        """Where this call puts messages; None if nowhere."""
        if call.operation not in _PRODUCING or not _is_event(call):
            return None
        return "sms" if call.params.get("PhoneNumber") else call.resource

    def wants(self, call: Call) -> bool:
        """Does the answer to this call say anything?"""
        return call.operation in self._observers and (call.operation != "lambda:Invoke" or _is_event(call))

    async def observe(self, call: Call, params: Params, result: Params, headers: Mapping[str, str]) -> None:
        """Record what follows from this call, which succeeded."""
        await self._observers[call.operation](call, params, result, headers)

    def produced(self, call: Call, place: str, message: str) -> None:
        """A message is there because of this call, which isn't answered yet; a batch doesn't tell which."""
        if place != self.place_of(call):
            return
        if call.operation == "sns:Publish":
            self._accept_published(call, call.params, {"MessageId": message})
        elif call.operation == "sqs:SendMessage":
            self._accept_sent(call, call.params, {"MessageId": message})
        elif call.operation == "lambda:Invoke":
            self._accept_event(call, call.params, message)

    async def _sent(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        self._accept_sent(call, params, result)

    async def _batch_sent(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        for entry, done in _successful(params.get("Entries"), result):
            self._accept_sent(call, entry, done)

    def _accept_sent(self, call: Call, params: Mapping[str, Any], result: Params) -> None:
        body, dedup = params.get("MessageBody", ""), params.get("MessageDeduplicationId")
        said = {
            "body": body,
            "attributes": params.get("MessageAttributes") or {},
            "group": params.get("MessageGroupId"),
            "dedup": dedup or _digest(body) if _is_fifo(call) else None,
        }
        self._accept(_place(call), result["MessageId"], said)

    async def _published(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        self._accept_published(call, params, result)

    async def _batch_published(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        for entry, done in _successful(params.get("PublishBatchRequestEntries"), result):
            self._accept_published(call, entry, done)

    def _accept_published(self, call: Call, params: Mapping[str, Any], result: Params) -> None:
        dedup = params.get("MessageDeduplicationId")
        if _is_fifo(call):
            dedup = dedup or _digest(params.get("Message", ""))
        said = {
            "body": _published_text(params),
            "attributes": params.get("MessageAttributes") or {},
            "group": params.get("MessageGroupId"),
            "dedup": dedup,
        }
        self._accept(self.place_of(call) or _place(call), result["MessageId"], said)

    async def _invoked(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        request_id = headers.get("x-amzn-requestid")
        if request_id:
            self._accept_event(call, params, request_id)

    def _accept_event(self, call: Call, params: Mapping[str, Any], request_id: str) -> None:
        text = _text(params.get("Payload") or params.get("InvokeArgs"))
        self._accept(_place(call), request_id, {"body": text or "{}"})

    def _accept(self, place: str, message: str, said: Mapping[str, Any]) -> None:
        """Once: the second send of a deduplicated message is answered with the id of the first."""
        messages, recorder = self._memory.messages, self._memory.recorder
        if messages.is_new(place, message):
            messages.came(place, message, recorder.accepted(place, message, **said).seq)
        elif said.get("dedup"):
            recorder.deduplicated(place, message, **said)

    async def _received(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        handed = result.get("Messages") or []
        if not handed:
            return
        queue, messages = _place(call), self._memory.messages
        ids = [message["MessageId"] for message in handed]
        await messages.known(queue, ids)
        counts = messages.next_counts(ids)
        for message in handed:
            told = (message.get("Attributes") or {}).get("ApproximateReceiveCount")
            if told:
                counts[message["MessageId"]] = int(told)
        attempt = params.get("ReceiveRequestAttemptId")
        again = bool(attempt) and messages.is_again(queue, str(attempt), ids)
        visible_at = round(self._memory.clock.elapsed() + self._hidden_for(params), 6)
        event = self._memory.recorder.received(queue, counts, visible_at=visible_at, again=again)
        messages.received(queue, counts, event.seq)
        for message in handed:
            messages.handed(queue, message["ReceiptHandle"], message["MessageId"], visible_at)

    def _hidden_for(self, params: Params) -> float:
        asked = params.get("VisibilityTimeout")
        if asked is not None:
            return float(asked)
        return self._memory.messages.visibility_seconds.get(_own_name(params), VISIBILITY_SECONDS)

    async def _deleted(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        self._delete(_place(call), params.get("ReceiptHandle", ""))

    async def _batch_deleted(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        for entry, _ in _successful(params.get("Entries"), result):
            self._delete(_place(call), entry.get("ReceiptHandle", ""))

    def _delete(self, queue: str, handle: str) -> None:
        messages, recorder = self._memory.messages, self._memory.recorder
        receipt = messages.receipt(queue, handle)
        if receipt is None or receipt.message not in messages.here(queue):
            return
        if not messages.is_latest(receipt):
            recorder.kept(queue, receipt.message)
            return
        in_time = self._memory.clock.elapsed() < receipt.visible_at
        messages.left(queue, [receipt.message])
        recorder.deleted(queue, receipt.message, late=not in_time)

    async def _visibility_changed(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        self._hide(_place(call), params)

    async def _visibilities_changed(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        for entry, _ in _successful(params.get("Entries"), result):
            self._hide(_place(call), entry)

    def _hide(self, queue: str, params: Params) -> None:
        receipt = self._memory.messages.receipt(queue, params.get("ReceiptHandle", ""))
        if receipt is not None:
            visible_at = self._memory.clock.elapsed() + float(params.get("VisibilityTimeout") or 0)
            receipt.visible_at = visible_at
            self._memory.recorder.hidden(queue, receipt.message, visible_at=round(visible_at, 6))

    async def _purged(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        self._memory.recorder.purged(_place(call), self._taken_out(call), reason="PurgeQueue")

    async def _queue_deleted(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        if gone := self._taken_out(call):
            self._memory.recorder.removed(_place(call), gone)

    def _taken_out(self, call: Call) -> tuple[str, ...]:
        messages = self._memory.messages
        gone = messages.here(_place(call))
        messages.left(_place(call), gone)
        return gone

    async def _queue_set(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        seconds = (params.get("Attributes") or {}).get("VisibilityTimeout")
        if seconds is not None:
            self._memory.messages.visibility_seconds[_own_name(params)] = float(seconds)

    async def _mapping_created(self, call: Call, params: Params, result: Params, headers: Any) -> None:
        if result.get("UUID") and result.get("FunctionArn"):
            arn = aws.unqualified(str(result["FunctionArn"]))
            self._memory.functions_of_mappings[str(result["UUID"])] = arn


def _place(call: Call) -> str:
    return call.resource or call.operation


def _own_name(params: Params) -> str:
    """A queue's physical name: it gets its display name only after it was made."""
    return str(params.get("QueueName") or params.get("QueueUrl") or "").rpartition("/")[2]


def _is_fifo(call: Call) -> bool:
    """Is it about a FIFO queue or topic? Their names say so."""
    names = ("QueueUrl", "TopicArn", "TargetArn")
    return any(str(call.params.get(name) or "").endswith(".fifo") for name in names)


def _is_event(call: Call) -> bool:
    """Does it put an event into a function's queue rather than run the function?"""
    return call.operation != "lambda:Invoke" or call.params.get("InvocationType") == "Event"


def _successful(entries: Sequence[Params] | None, result: Params) -> list[tuple[Params, Params]]:
    """The entries of a batch that were done, each with its part of the answer."""
    by_id = {entry.get("Id"): entry for entry in entries or ()}
    done = result.get("Successful") or ()
    return [(by_id[one["Id"]], one) for one in done if one.get("Id") in by_id]


def _published_text(params: Mapping[str, Any]) -> str:
    """The message itself, also where each protocol has one of its own."""
    message = str(params.get("Message", ""))
    if params.get("MessageStructure") == "json":
        try:
            return str(json.loads(message)["default"])
        except (ValueError, KeyError, TypeError):
            return message
    return message


def _digest(body: str) -> str:
    """The deduplication id that a message has by its content."""
    return hashlib.sha256(body.encode()).hexdigest()


def _text(payload: Any) -> str:
    if hasattr(payload, "read"):
        payload = payload.read()
    return payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload or "")
