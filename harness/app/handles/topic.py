"""Topics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.app.handles.consumers import wanted_events
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
        arguments = fifo_arguments(self, group, dedup) | ({"Subject": subject} if subject else {})
        if attributes:
            arguments["MessageAttributes"] = {name: attribute_of(v) for name, v in attributes.items()}
        sns = self._cloud.client("sns")
        answer = sns.publish(TopicArn=self.physical_id, Message=as_text(body), **arguments)
        return str(answer["MessageId"])

    def samples(self) -> list[Sample]:
        """One message for each filter policy, and for each filter of those who take from a queue that gets
        the bodies as they are."""
        fifo: dict[str, Any] = {"group": "g", "dedup": "d"} if self.physical_id.endswith(".fifo") else {}
        with self._cloud.recorder.looking():
            wanted = [each for told in self._subscriptions() for each in self._wanted(told)]
        different = {repr(each): each for each in wanted or [({}, MADE_UP)]}
        bodies = {repr(body) for _, body in different.values()}
        return [
            self._sample(attributes, fifo, body, shows_body=len(bodies) > 1 and body != MADE_UP)
            for attributes, body in different.values()
        ]

    def _sample(
        self, attributes: Mapping[str, Any], fifo: Mapping[str, Any], body: Any, *, shows_body: bool
    ) -> Sample:
        more = "".join(f", {name}={value!r}" for name, value in {**fifo, **attributes}.items())
        shown = ", ".join(f"{name}={value}" for name, value in attributes.items())
        shown += f"{', ' * bool(shown)}{as_text(body):.60}" if shows_body else ""
        return Sample(
            f"{self.logical_id} with {shown}" if shown else self.logical_id,
            body,
            lambda event: self.publish(event, **fifo, **attributes),
            f'app.topic("{self.logical_id}").publish({{event}}{more})',
            body_in,
        )

    def _subscriptions(self) -> Iterator[Mapping[str, str]]:
        sns = self._cloud.client("sns")
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.physical_id)
        for each in (each for page in pages for each in page["Subscriptions"]):
            if (arn := each["SubscriptionArn"]).startswith("arn:"):  # it is confirmed
                yield {**each, **sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]}

    def _wanted(self, subscription: Mapping[str, str]) -> Iterator[tuple[Mapping[str, Any], Any]]:
        """The attributes and bodies that pass the filters on the way to a subscriber and from there."""
        policy = matching(json.loads(subscription.get("FilterPolicy", "{}")))
        if subscription.get("FilterPolicyScope") == "MessageBody":
            yield {}, policy or MADE_UP
            return
        endpoint = subscription.get("Endpoint", "")
        takes_raw = subscription.get("RawMessageDelivery") == "true" and subscription.get("Protocol") == "sqs"
        for event in wanted_events(self._cloud, endpoint) if takes_raw else [{}]:
            yield policy, event.get("body", MADE_UP)

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
            | fifo_arguments(self, group, dedup[index] if dedup is not None else None)
            | common
            for index, body in enumerate(bodies)
        ]
        answer = self._cloud.client("sns").publish_batch(
            TopicArn=self.physical_id, PublishBatchRequestEntries=entries
        )
        return [entry["MessageId"] for entry in answer.get("Successful", ())]
