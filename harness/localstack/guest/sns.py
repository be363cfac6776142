"""SNS inside LocalStack: every delivery is a hop, with AWS's retries and dead-letter queues.

Also mended for accounts that have begun: e-mail addresses get nothing before they are confirmed, and get the
mail that asks for it; a queue's policy must allow what a topic sends there; a FIFO topic drops what it has
seen within five minutes, and its groups keep their order while a delivery is tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from ...aws.parcels import Parcel
from ...aws.rules.delivery_policy import CUSTOMER_MANAGED, Schedule, read_policy, schedule_for
from ...aws.rules.outside import CONFIRMATION_SUBJECT
from . import accounts, clock, context, doors, fifo, filters, notifications, patching, retried
from .account_time import acting_for, timestamp_millis
from .functions import account_of
from .retried import NextDelay, RetriedJob

_ACTOR = "sns"
_deduplication = fifo.TopicDeduplication()
_batch: ContextVar[list[Any]] = ContextVar("harness_batch")
"""The messages of the batch that this thread publishes."""


def apply() -> None:
    """Patch LocalStack's SNS."""
    from localstack.services.sns import filter as localstack_filter
    from localstack.services.sns import provider, publisher

    dispatcher = publisher.PublishDispatcher
    patching.put(publisher, "timestamp_millis", timestamp_millis)
    patching.wrap(dispatcher, "publish_to_topic", _publish, "ctx", "topic_arn")
    patching.wrap(dispatcher, "publish_batch_to_topic", _publish_batch, "ctx", "topic_arn")
    patching.wrap(dispatcher, "publish_to_phone_number", _text, "ctx", "phone_number")
    patching.wrap(dispatcher, "publish_to_topic_subscriber", _notify, "ctx", "topic_arn", "subscription_arn")
    patching.wrap(provider.SnsProvider, "publish_batch", _answer_batch, "publish_batch_request_entries")
    validator = localstack_filter.FilterPolicyValidator
    patching.wrap(validator, "validate_filter_policy", filters.check, "filter_policy")
    patching.wrap(provider.SnsProvider, "subscribe", _subscribe, "context", "topic_arn", "protocol")


def _publish(original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str) -> Any:
    if accounts.get(account_of(topic_arn)) is None:
        return original(dispatcher, ctx, topic_arn)
    _take_in(dispatcher, ctx, ctx.message, topic_arn)
    return None


def _publish_batch(original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str) -> Any:
    if accounts.get(account_of(topic_arn)) is None:
        return original(dispatcher, ctx, topic_arn)
    for message in ctx.messages:
        _take_in(dispatcher, ctx, message, topic_arn)
    _batch.get().extend(ctx.messages)
    return None


def _answer_batch(original: Callable[..., Any], provider: Any, *args: Any, **kwargs: Any) -> Any:
    """The answer for a duplicate names the earlier message; LocalStack makes it up before it publishes."""
    token = _batch.set([])
    try:
        answer = original(provider, *args, **kwargs)
        for entry, message in zip(answer["Successful"], _batch.get(), strict=False):
            entry["MessageId"] = message.message_id
            if message.sequencer_number:
                entry["SequenceNumber"] = message.sequencer_number
    finally:
        _batch.reset(token)
    return answer


def _take_in(dispatcher: Any, ctx: Any, message: Any, topic_arn: str) -> None:
    """A topic accepts a message, unless it has seen it, and makes a copy for every subscriber."""
    is_fifo, why = topic_arn.endswith(".fifo"), context.current()
    duplicate = is_fifo and _is_duplicate(ctx, message, topic_arn)
    cause = doors.note(
        account_of(topic_arn),
        "deduplicated" if duplicate else "accepted",
        place=topic_arn,
        message=message.message_id,
        body=message.message_content("default"),
        attributes=message.message_attributes or {},
        group=message.message_group_id,
        dedup=fifo.id_of(message) if is_fifo else None,
        cause=why.cause,
        actor=why.actor,
    )
    if why.reached is not None:
        why.reached([message.message_id])
    if not duplicate:
        _fan_out(dispatcher, ctx, message, topic_arn, cause)


def _is_duplicate(ctx: Any, message: Any, topic_arn: str) -> bool:
    """A message that the FIFO topic knows already; it takes the earlier one's id, as the caller's answer."""
    now = clock.now(account_of(topic_arn))
    per_group = ctx.topic_attributes.get("FifoThroughputScope") == "MessageGroup"
    key = fifo.key_of(message, per_group=per_group)
    earlier = _deduplication.known_or_note(
        topic_arn, key, (message.message_id, message.sequencer_number), now
    )
    if earlier is None:
        return False
    message.message_id, message.sequencer_number = earlier
    return True


def _fan_out(dispatcher: Any, ctx: Any, message: Any, topic_arn: str, cause: int | None) -> None:
    """A copy for every subscriber who wants it."""
    from localstack.services.sns.publisher import get_topic_subscriptions

    tell = partial(doors.note, account_of(topic_arn), cause=cause, actor=_ACTOR)
    subscriptions = list(get_topic_subscriptions(ctx.store, topic_arn))
    if not subscriptions:
        tell("unheard", place=topic_arn, message=message.message_id)
    with acting_for(account_of(topic_arn)):
        for subscription in subscriptions:
            target = notifications.target_of(subscription)
            if subscription["PendingConfirmation"] != "false":
                continue
            if not filters.wants(ctx.store.subscription_filter_policy, message, subscription):
                tell("filtered", source=topic_arn, target=target, messages=[message.message_id])
            elif subscription["Protocol"] in notifications.DELIVERED:
                retried.send(_job(ctx, message, topic_arn, subscription, cause))
            else:
                why = f"LocalStack doesn't tell what becomes of it at {subscription['Protocol']}"
                tell("left", place=target, message=message.message_id, why=why)
                dispatcher._submit_notification(
                    dispatcher.topic_notifiers[subscription["Protocol"]], _single(ctx, message), subscription
                )


def _single(ctx: Any, message: Any) -> Any:
    from localstack.services.sns.publisher import SnsPublishContext

    return SnsPublishContext(message, ctx.store, ctx.request_headers, dict(ctx.topic_attributes))


def _job(ctx: Any, message: Any, topic_arn: str, subscription: Any, cause: int | None) -> RetriedJob:
    attributes = dict(ctx.topic_attributes)
    parcel = notifications.parcel_of(message, subscription, attributes)
    schedule = schedule_for(
        subscription["Protocol"],
        read_policy(subscription.get("DeliveryPolicy")),
        read_policy(attributes.get("DeliveryPolicy")),
    )
    queue = json.loads(subscription.get("RedrivePolicy") or "{}").get("deadLetterTargetArn") or ""
    return RetriedJob(
        account=account_of(topic_arn),
        source=topic_arn,
        target=notifications.target_of(subscription),
        messages=(message.message_id,),
        parcel=notifications.traced(parcel, ctx.request_headers.get("X-Amzn-Trace-Id")),
        actor=_ACTOR,
        next_delay=_by(schedule),
        cause=cause,
        dead_letters=queue,
        dead_letter=lambda _: notifications.dead_letter(message, subscription, attributes, queue),
        is_gone=lambda: subscription["SubscriptionArn"] not in ctx.store.subscriptions,
        group=(subscription["SubscriptionArn"], message.message_group_id or "")
        if topic_arn.endswith(".fifo")
        else None,
    )


def _by(schedule: Schedule) -> NextDelay:
    """SNS's retries have no limit of time, and none has a name."""

    def delay(retry: int, age_seconds: float) -> float | str:
        seconds = schedule.delay(retry)
        return "" if seconds is None else seconds

    return delay


def _text(original: Callable[..., Any], dispatcher: Any, ctx: Any, phone_number: str) -> Any:
    """To a phone, without a topic."""
    account = ctx.store._account_id
    if accounts.get(account) is None:
        return original(dispatcher, ctx, phone_number)
    source = f"arn:aws:sns:{ctx.store._region_name}:{account}:sms"
    phone = {"Protocol": "sms", "Endpoint": phone_number, "TopicArn": source, "SubscriptionArn": ""}
    parcel = notifications.outside(phone, ctx.message.message_content("sms"), None)
    message_id, why = ctx.message.message_id, context.current()
    text = ctx.message.message_content("default")
    accepted = doors.note(
        account, "accepted", place=source, message=message_id, body=text, cause=why.cause, actor=why.actor
    )
    retried.send(
        RetriedJob(
            account=account,
            source=source,
            target=f"sms:{phone_number}",
            messages=(message_id,),
            parcel=parcel,
            actor=_ACTOR,
            next_delay=_by(CUSTOMER_MANAGED),
            cause=accepted,
        )
    )
    return None


def _notify(
    original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str, subscription_arn: str
) -> Any:
    """A notice of SNS's own to an HTTP endpoint: it carries no message."""
    account = account_of(topic_arn)
    subscription = ctx.store.subscriptions.get(subscription_arn)
    if accounts.get(account) is None or not subscription:
        return original(dispatcher, ctx, topic_arn, subscription_arn)
    with acting_for(account):
        _send_notice(
            account,
            topic_arn,
            subscription,
            notifications.parcel_of(ctx.message, subscription, ctx.topic_attributes),
        )
    return None


def _subscribe(original: Callable[..., Any], provider: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
    answer = original(provider, context, *args, **kwargs)
    topic_arn, protocol = kwargs.get("topic_arn"), kwargs.get("protocol")
    if not topic_arn or protocol not in ("email", "email-json"):
        return answer
    account, arn = account_of(topic_arn), answer["SubscriptionArn"]
    if accounts.get(account) is None:
        return answer
    store = provider.get_store(account, context.region)
    subscription = store.subscriptions.get(arn)
    if subscription is None or subscription["PendingConfirmation"] == "false":
        return answer
    token = next(token for token, of in store.subscription_tokens.items() if of == arn)
    text = notifications.confirmation(subscription, token)
    parcel = notifications.outside(subscription, text, CONFIRMATION_SUBJECT)
    _send_notice(account, topic_arn, subscription, parcel)
    if not kwargs.get("return_subscription_arn"):
        answer["SubscriptionArn"] = "pending confirmation"
    return answer


def _send_notice(account: str, topic_arn: str, subscription: Any, parcel: Parcel) -> None:
    retried.send(
        RetriedJob(
            account=account,
            source=topic_arn,
            target=notifications.target_of(subscription),
            messages=(),
            parcel=parcel,
            actor=_ACTOR,
            next_delay=_by(
                schedule_for(subscription["Protocol"], read_policy(subscription.get("DeliveryPolicy")))
            ),
            cause=context.current().cause,
        )
    )


def forget(account: str) -> None:
    """The account is gone."""
    _deduplication.forget(account)
