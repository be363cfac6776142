"""Topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.app.handles.handle import Handle
from harness.app.handles.messages import Body, as_text, attribute_of, fifo_arguments


class Topic(Handle):
    """An SNS topic."""

    kind = "topic"
    types = ("AWS::SNS::Topic",)

    def publish(
        self,
        body: Body,
        *,
        subject: str | None = None,
        group: str | None = None,
        dedup: str | None = None,
        **attributes: Any,
    ) -> str:
        """Publish a message; a mapping or list becomes JSON. Gives its MessageId.

        `group` and `dedup` are for FIFO topics. Other keywords become message attributes.
        """
        arguments = fifo_arguments(group, dedup) | ({"Subject": subject} if subject else {})
        if attributes:
            arguments["MessageAttributes"] = {name: attribute_of(v) for name, v in attributes.items()}
        sns = self._cloud.client("sns")
        answer = sns.publish(TopicArn=self.physical_id, Message=as_text(body), **arguments)
        return str(answer["MessageId"])

    def publish_batch(
        self,
        bodies: Sequence[Body],
        *,
        group: str | None = None,
        dedup: Sequence[str] | None = None,
        **attributes: Any,
    ) -> list[str]:
        """Publish up to ten messages in one call. Gives the MessageIds of those that were accepted.

        `dedup` has one id a message; the group and the attributes are those of all.
        """
        common: dict[str, Any] = {}
        if attributes:
            common["MessageAttributes"] = {name: attribute_of(v) for name, v in attributes.items()}
        entries = [
            {"Id": str(index), "Message": as_text(body)}
            | fifo_arguments(group, dedup[index] if dedup is not None else None)
            | common
            for index, body in enumerate(bodies)
        ]
        answer = self._cloud.client("sns").publish_batch(
            TopicArn=self.physical_id, PublishBatchRequestEntries=entries
        )
        return [entry["MessageId"] for entry in answer.get("Successful", ())]
