"""Deliveries of a topic's messages: hops to subscribers, retries, order within groups,
dead-letter queues."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.aws import Parcel
from harness.aws.parcels import FunctionParcel, OutsideParcel, QueueParcel
from harness.aws.rules.delivery_policy import CUSTOMER_MANAGED
from harness.aws.rules.destinations import attributes_of_notification
from harness.aws.rules.fifo import GroupOrder
from harness.aws.rules.outside import (
    CONFIRMATION_SUBJECT,
    EMAIL_SUBJECT,
    ENDED,
    NOTIFICATION,
    TO_CONFIRM,
    address_of,
    confirmation_mail,
    headers,
)
from harness.sim.hops import HopResult
from harness.sim.services.service import Delivery
from harness.sim.services.sns.envelope import Rendering, confirmation
from harness.sim.services.sns.model import PublishedMessage, Subscription, TopicState
from harness.sim.world import World

_GONE = "the subscription was deleted"


@dataclass(slots=True)
class SubscriberDelivery:
    """One message on its way to one subscriber; or a confirmation, which has no message."""

    source: str
    messages: tuple[str, ...]
    subscription: Subscription
    parcel: Parcel
    rendering: Rendering | None = None
    attempt: int = 1
    group: tuple[str, str] | None = None


class TopicDeliveries:
    """All deliveries that are under way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._order: GroupOrder[tuple[str, str], SubscriberDelivery] = GroupOrder()

    def publish(self, topic: TopicState, message: PublishedMessage) -> None:
        """A topic has accepted a message: every subscriber gets a copy."""
        recorder, place = self._world.recorder, self._world.names.of(topic.arn)
        with recorder.caused_by(recorder.accepted(place, message.id, **_told(message)), actor="sns"):
            if topic.subscriptions:
                self._fan_out(topic, message)
            else:
                recorder.unheard(place, message.id)

    def note_duplicate(self, topic: TopicState, message: PublishedMessage, earlier: PublishedMessage) -> None:
        """A topic had an earlier message with this one's deduplication id: nobody gets this one."""
        self._world.recorder.deduplicated(self._world.names.of(topic.arn), earlier.id, **_told(message))

    def text(self, source: str, message: PublishedMessage, number: str) -> None:
        """Send a text message to a phone."""
        recorder = self._world.recorder
        phone = Subscription(
            "", source, "sms", number, address_of("sms", number), "", schedule=CUSTOMER_MANAGED
        )
        parcel = _outside(phone, message.text_for("sms"), None, NOTIFICATION, message.id)
        accepted = recorder.accepted(self._world.names.of(source), message.id, body=message.text)
        with recorder.caused_by(accepted, actor="sns"):
            self._send(SubscriberDelivery(source, (message.id,), phone, parcel))

    def ask_to_confirm(self, topic: TopicState, subscription: Subscription) -> None:
        """Send the endpoint what it needs to confirm its subscription."""
        self._confirm(topic, subscription, TO_CONFIRM, CONFIRMATION_SUBJECT)

    def confirm_end(self, topic: TopicState, subscription: Subscription) -> None:
        """Tell an endpoint that its subscription has ended, and how to restore it."""
        self._confirm(topic, subscription, ENDED, None)

    def _fan_out(self, topic: TopicState, message: PublishedMessage) -> None:
        rendering = Rendering(message, topic.signature_version)
        for subscription in topic.subscriptions.values():
            if subscription.pending:
                continue
            if not _wants(subscription, rendering):
                self._note_filtered(subscription, message)
                continue
            job = SubscriberDelivery(
                topic.arn, (message.id,), subscription, _parcel(rendering, subscription), rendering
            )
            if message.sequence is not None:
                job.group = (subscription.arn, message.group or "")
                if not self._order.enter(job.group, job):
                    continue
            self._send(job)

    def _confirm(self, topic: TopicState, subscription: Subscription, kind: str, subject: str | None) -> None:
        kernel, recorder = self._world.kernel, self._world.recorder
        message_id = kernel.new_id()
        if subscription.protocol == "email":
            text = confirmation_mail(topic.arn, subscription.token)
        else:
            text = confirmation(
                subscription,
                message_id,
                kernel.now,
                ended=kind == ENDED,
                signature_version=topic.signature_version,
            )
        parcel = _outside(subscription, text, subject, kind, message_id)
        with recorder.caused_by(recorder.cause, actor="sns"):
            self._send(SubscriberDelivery(topic.arn, (), subscription, parcel))

    def _send(self, job: SubscriberDelivery) -> None:
        subscription, kernel = job.subscription, self._world.kernel
        start = subscription.start_of_next(kernel.now) if job.messages else kernel.now
        if start == kernel.now:
            self._start(job)
            return
        target = self._world.names.of(subscription.target)
        kernel.call_at(start, partial(self._start, job), name=f"delivery to {target}")

    def _start(self, job: SubscriberDelivery) -> None:
        if job.subscription.gone and job.messages:
            self._drop(job, _GONE)
            self._finish(job)
            return
        delivery = Delivery(job.source, job.subscription.target, job.messages, job.parcel, job.attempt)
        self._world.hops.send(delivery, partial(self._done, job))

    def _done(self, job: SubscriberDelivery, result: HopResult) -> None:
        if result.ok:
            self._finish(job)
            return
        delay = job.subscription.schedule.delay(job.attempt) if result.retryable else None
        if delay is None:
            self._fail(job, result)
            return
        job.attempt += 1
        if delay == 0.0:
            self._send(job)
            return
        kernel = self._world.kernel
        target = self._world.names.of(job.subscription.target)
        kernel.call_at(kernel.now + delay, partial(self._due, job), name=f"retry to {target}")

    def _due(self, job: SubscriberDelivery) -> None:
        self._world.recorder.timer(
            self._world.names.of(job.source),
            job.messages,
            "retry due",
            target=self._world.names.of(job.subscription.target),
            attempt=job.attempt,
        )
        self._send(job)

    def _fail(self, job: SubscriberDelivery, result: HopResult) -> None:
        queue = job.subscription.dead_letter_queue
        if not queue or job.rendering is None:
            self._drop(job, _reason(result))
            self._finish(job)
            return
        parcel = _queued(job.rendering, job.subscription, queue)
        parcel = replace(parcel, attributes=attributes_of_notification(parcel.attributes))
        delivery = Delivery(job.source, queue, job.messages, parcel)
        self._world.hops.send(delivery, partial(self._dead_lettered, job, _reason(result)))

    def _dead_lettered(self, job: SubscriberDelivery, reason: str, result: HopResult) -> None:
        names, queue = self._world.names, job.subscription.dead_letter_queue
        if result.ok:
            self._world.recorder.dead_lettered(
                names.of(job.source),
                job.messages,
                to=names.of(queue),
                ids=list(result.ids),
                reason=reason,
                target=names.of(job.subscription.target),
            )
        else:
            failed = f"the dead-letter queue {names.of(queue)} failed: {_reason(result)}"
            self._drop(job, f"{reason}; {failed}", queue)
        self._finish(job)

    def _drop(self, job: SubscriberDelivery, reason: str, queue: str = "") -> None:
        names = self._world.names
        self._world.recorder.dropped(
            names.of(job.source),
            job.messages,
            reason=reason,
            target=names.of(job.subscription.target),
            to=names.of(queue) if queue else "",
        )

    def _finish(self, job: SubscriberDelivery) -> None:
        if job.group is None:
            return
        following = self._order.finish(job.group)
        while following is not None and following.subscription.gone:
            self._drop(following, _GONE)
            following = self._order.finish(job.group)
        if following is not None:
            self._send(following)

    def _note_filtered(self, subscription: Subscription, message: PublishedMessage) -> None:
        names = self._world.names
        source, target = names.of(message.topic_arn), names.of(subscription.target)
        self._world.recorder.filtered(source, target, (message.id,))


def _told(message: PublishedMessage) -> dict[str, Any]:
    return {
        "body": message.text,
        "attributes": message.attributes,
        "group": message.group,
        "dedup": message.dedup,
    }


def _wants(subscription: Subscription, rendering: Rendering) -> bool:
    policy = subscription.filter_policy
    return policy is None or policy.wants(
        rendering.message.attributes, lambda: rendering.content(subscription.protocol)
    )


def _parcel(rendering: Rendering, subscription: Subscription) -> Parcel:
    protocol, message = subscription.protocol, rendering.message
    if protocol == "sqs":
        return _queued(rendering, subscription, subscription.target)
    if protocol == "lambda":
        return FunctionParcel(payload=rendering.event(subscription), trace=message.trace)
    if subscription.raw or protocol in ("email", "sms"):
        text = message.text_for(protocol)
    elif protocol == "firehose":
        text = rendering.record(subscription)
    else:
        text = rendering.envelope(subscription)
    subject = message.subject or EMAIL_SUBJECT if protocol.startswith("email") else message.subject
    return _outside(subscription, text, subject, NOTIFICATION, message.id)


def _queued(rendering: Rendering, subscription: Subscription, queue: str) -> QueueParcel:
    """The group of a FIFO topic's message goes to FIFO queues only.

    https://docs.aws.amazon.com/sns/latest/dg/fifo-message-grouping.html
    """
    message = rendering.message
    raw, fifo = subscription.raw, queue.endswith(".fifo")
    return QueueParcel(
        body=message.text_for("sqs") if raw else rendering.envelope(subscription),
        attributes=message.attributes if raw else {},
        system={"AWSTraceHeader": message.trace} if message.trace else {},
        group=message.group if fifo or message.sequence is None else None,
        dedup=message.dedup if fifo else None,
    )


def _outside(
    subscription: Subscription, text: str, subject: str | None, kind: str, message_id: str
) -> OutsideParcel:
    over_http = subscription.protocol in ("http", "https")
    return OutsideParcel(
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        body=text,
        subject=subject,
        headers=_headers(subscription, kind, message_id) if over_http else {},
        subscription=subscription.arn,
    )


def _headers(subscription: Subscription, kind: str, message_id: str) -> dict[str, str]:
    return headers(
        kind,
        message_id,
        subscription.topic_arn,
        subscription.arn,
        content_type=subscription.content_type,
        raw=subscription.raw,
    )


def _reason(result: HopResult) -> str:
    return f"{result.error}: {result.message}" if result.message else result.error
