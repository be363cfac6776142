"""Queues."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.app.handles.consumers import wanted_events
from harness.app.handles.handle import Handle
from harness.app.handles.messages import Body, as_text, attribute_of, fifo_arguments
from harness.app.handles.samples import ANY_TEXT, MADE_UP, Sample, among, body_in
from harness.app.handles.waiting import WITHIN_SECONDS, wait_for
from harness.cloud import Peeks

_LOOK_SECONDS = 60
"""Time for which messages are hidden while a queue is read."""


class Queue(Handle):
    """An SQS queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

    >>> _ = app.queue("PackingQueue").send({"order": "o-1", "item": "mug"}, group="o-1", dedup="job-1")
    >>> app.queue("PackingQueue").depth()
    1
    >>> app.queue("PackingQueue").bodies()
    [{'order': 'o-1', 'item': 'mug'}]
    """

    kind = "queue"
    types = ("AWS::SQS::Queue",)

    def send(
        self,
        body: Body,
        *,
        delay_seconds: int | None = None,
        group: str | None = None,
        dedup: str | None = None,
        **attributes: Any,
    ) -> str:
        """Send a message; a `body` that is a mapping or a list becomes JSON. Gives its MessageId.

        `delay_seconds`: 0 to 900, by default the queue's own. `group` and `dedup` are for FIFO queues. Other
        keywords become message attributes.
        """
        arguments = fifo_arguments(self, group, dedup)
        if delay_seconds is not None:
            arguments["DelaySeconds"] = delay_seconds
        if attributes:
            arguments["MessageAttributes"] = {name: attribute_of(v) for name, v in attributes.items()}
        sqs = self._cloud.client("sqs")
        answer = sqs.send_message(QueueUrl=self.physical_id, MessageBody=as_text(body), **arguments)
        return str(answer["MessageId"])

    def messages(self) -> list[dict[str, Any]]:
        """Every message in the queue, as ReceiveMessage would give them.

        Where the cloud can look into a queue, nothing is received. Elsewhere they are received and made
        visible again: each receive counts, messages in flight or delayed don't show, and of a FIFO queue's
        group only the first ten do.
        """
        if isinstance(self._cloud, Peeks):
            return self._cloud.peek(self.arn)
        with self._cloud.recorder.looking():
            return self._looked_through()

    def _looked_through(self) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = []
        try:
            while page := self.receive(10, visibility_timeout=_LOOK_SECONDS):
                held += page
        finally:
            for message in held:
                self._cloud.client("sqs").change_message_visibility(
                    QueueUrl=self.physical_id, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        return held

    def bodies(self) -> list[Any]:
        """The bodies of `messages()`, parsed where they are JSON."""
        return [_parsed(message["Body"]) for message in self.messages()]

    def wait_for(
        self,
        matching: Callable[[dict[str, Any]], object] | None = None,
        *,
        within_seconds: float = WITHIN_SECONDS,
    ) -> dict[str, Any]:
        """Let time pass until a message is in the queue, or one for which `matching` is true; gives it.

        It is looked for once a second, as by `messages()`: one that a consumer takes out in between isn't
        seen. Raises `TimeoutError` after `within_seconds`.
        """

        def look() -> dict[str, Any] | None:
            found = (message for message in self.messages() if matching is None or matching(message))
            return next(found, None)

        wanted = "no message" if matching is None else "no message that matches"
        return wait_for(self._cloud, look, f"{self.logical_id}: {wanted}", within_seconds)

    def samples(self) -> list[Sample]:
        """One message for each filter of its consumers."""
        wanted = wanted_events(self._cloud, self.arn)
        return [
            self._sample(among(self.logical_id, number, len(wanted)), each)
            for number, each in enumerate(wanted)
        ]

    def _sample(self, name: str, wanted: Mapping[str, Any]) -> Sample:
        given: dict[str, Any] = {"group": "g", "dedup": "d"} if self.physical_id.endswith(".fifo") else {}
        for attribute, value in (wanted.get("messageAttributes") or {}).items():
            given[attribute] = value.get("stringValue", ANY_TEXT)
        more = "".join(f", {attribute}={value!r}" for attribute, value in given.items())
        code = f'app.queue("{self.logical_id}").send({{event}}{more})'
        body = wanted.get("body", MADE_UP)
        return Sample(name, body, lambda event: self.send(event, **given), code, body_in)

    def effects(self) -> list[Any]:
        """Each message is an effect: its body, as text."""
        return [message["Body"] for message in self.messages()]

    def receive(
        self, limit: int = 1, *, wait_seconds: int = 0, visibility_timeout: int | None = None
    ) -> list[dict[str, Any]]:
        """Receive up to `limit` messages (10 at most), with all their attributes.

        `wait_seconds`: how long to wait for one, up to 20. `visibility_timeout`: the seconds for which they
        stay hidden, by default the queue's own.
        """
        arguments = {} if visibility_timeout is None else {"VisibilityTimeout": visibility_timeout}
        answer = self._cloud.client("sqs").receive_message(
            QueueUrl=self.physical_id,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=wait_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            **arguments,
        )
        return list(answer.get("Messages", ()))

    def delete(self, message: Mapping[str, Any]) -> None:
        """Delete a `message` that was received, as `receive` gave it."""
        if not isinstance(message, Mapping) or "ReceiptHandle" not in message:
            raise TypeError(f"delete takes a message from receive(), not {message!r:.80}")
        self._cloud.client("sqs").delete_message(
            QueueUrl=self.physical_id, ReceiptHandle=message["ReceiptHandle"]
        )

    def depth(self) -> int:
        """The number of messages: visible, in flight and delayed."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        answer = self._cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.physical_id, AttributeNames=names
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    def purge(self) -> None:
        """Delete every message."""
        self._cloud.client("sqs").purge_queue(QueueUrl=self.physical_id)

    def redrive(self) -> None:
        """Send the messages of this dead-letter queue back to where they came from."""
        self._cloud.client("sqs").start_message_move_task(SourceArn=self.arn)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
