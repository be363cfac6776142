"""Topics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.app.handles.handle import Handle
from harness.app.handles.messages import Body, as_text, attribute_of, fifo_arguments
from harness.app.handles.samples import MADE_UP, Sample, body_in, matching


class Topic(Handle):
    """An SNS topic.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42}, notify="email")
    >>> app.settle()
    True
    >>> [mail.protocol for mail in app.outbox()]
    ['email']
    """

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
        """Publish a message; a `body` that is a mapping or a list becomes JSON. Gives its MessageId.

        `subject` is the one of mails. `group` and `dedup` are for FIFO topics. Other keywords become message
        attributes.
        """
        arguments = fifo_arguments(group, dedup) | ({"Subject": subject} if subject else {})
        if attributes:
            arguments["MessageAttributes"] = {name: attribute_of(v) for name, v in attributes.items()}
        sns = self._cloud.client("sns")
        answer = sns.publish(TopicArn=self.physical_id, Message=as_text(body), **arguments)
        return str(answer["MessageId"])

    def samples(self) -> list[Sample]:
        """One message, and one for each filter policy that lets it pass."""
        fifo: dict[str, Any] = {"group": "g", "dedup": "d"} if self.physical_id.endswith(".fifo") else {}
        return [self._sample({}, fifo), *(self._sample(each, fifo) for each in self._filters())]

    def _sample(self, attributes: Mapping[str, Any], fifo: Mapping[str, Any]) -> Sample:
        more = "".join(f", {name}={value!r}" for name, value in {**fifo, **attributes}.items())
        shown = ", ".join(f"{name}={value}" for name, value in attributes.items())
        return Sample(
            f"{self.logical_id} with {shown}" if shown else self.logical_id,
            MADE_UP,
            lambda event: self.publish(event, **fifo, **attributes),
            f'app.topic("{self.logical_id}").publish({{event}}{more})',
            body_in,
        )

    def _filters(self) -> list[Mapping[str, Any]]:
        """The attributes that pass each policy about attributes."""
        sns, found = self._cloud.client("sns"), []
        with self._cloud.recorder.looking():
            pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.physical_id)
            arns = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
            for arn in (arn for arn in arns if arn.startswith("arn:")):
                told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
                if told.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes":
                    found.append(matching(json.loads(told.get("FilterPolicy", "{}"))))
        return [each for index, each in enumerate(found) if each and each not in found[:index]]

    def publish_batch(
        self,
        bodies: Sequence[Body],
        *,
        group: str | None = None,
        dedup: Sequence[str] | None = None,
        **attributes: Any,
    ) -> list[str]:
        """Publish up to ten messages, `bodies`, in one call. Gives the MessageIds of those that were
        accepted.

        `dedup` has one id a message; the `group` and the attributes are those of all.
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
