"""SNS inside LocalStack: every delivery is a hop, with AWS's retries and dead-letter queues.

Also mended for accounts that have begun: e-mail addresses get nothing before they are confirmed, and get the
mail that asks for it; a queue's policy must allow what a topic sends there; a FIFO topic drops what it has
seen within five minutes, and its groups keep their order while a delivery is tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...aws.rules.delivery_policy import CUSTOMER_MANAGED, read_policy, schedule_for
from . import accounts, clock, context, courier, doors, fifo, filters, letters, patching
from .account_time import acting_for, timestamp_millis
from .courier import Job
from .functions import account_of
from .under_way import Ended

_deduplication = fifo.Deduplication()


def apply() -> None:
    """Patch LocalStack's SNS."""
    from localstack.services.sns import filter as localstack_filter
    from localstack.services.sns import provider, publisher

    dispatcher = publisher.PublishDispatcher
    patching.put(publisher, "timestamp_millis", timestamp_millis)
    patching.wrap(dispatcher, "publish_to_topic", _publish, "ctx", "topic_arn")
    patching.wrap(dispatcher, "publish_batch_to_topic", _publish_batch, "ctx", "topic_arn")
    patching.wrap(dispatcher, "publish_to_phone_number", _text, "ctx", "phone_number")
    patching.wrap(dispatcher, "publish_to_topic_subscriber", _write, "ctx", "topic_arn", "subscription_arn")
    validator = localstack_filter.FilterPolicyValidator
    patching.wrap(validator, "validate_filter_policy", filters.check, "filter_policy")
    patching.wrap(provider.SnsProvider, "subscribe", _subscribe, "context", "topic_arn", "protocol")


def _publish(original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str) -> Any:
    if accounts.get(account_of(topic_arn)) is None:
        return original(dispatcher, ctx, topic_arn)
    if topic_arn.endswith(".fifo") and _is_duplicate(ctx, topic_arn):
        return None
    _fan_out(dispatcher, ctx, ctx.message, topic_arn)
    return None


def _publish_batch(original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str) -> Any:
    if accounts.get(account_of(topic_arn)) is None:
        return original(dispatcher, ctx, topic_arn)
    for message in ctx.messages:
        _fan_out(dispatcher, ctx, message, topic_arn)
    return None


def _is_duplicate(ctx: Any, topic_arn: str) -> bool:
    """A message that the FIFO topic knows already; it takes the earlier one's id, as the caller's answer."""
    message, now = ctx.message, clock.now(account_of(topic_arn))
    per_group = ctx.topic_attributes.get("FifoThroughputScope") == "MessageGroup"
    key = fifo.key_of(message, per_group=per_group)
    earlier = _deduplication.known_or_note(
        topic_arn, key, (message.message_id, message.sequencer_number), now
    )
    if earlier is None:
        return False
    message.message_id, message.sequencer_number = earlier
    return True


def _fan_out(dispatcher: Any, ctx: Any, message: Any, topic_arn: str) -> None:
    """A copy for every subscriber who wants it."""
    from localstack.services.sns.publisher import get_topic_subscriptions

    account, cause = account_of(topic_arn), context.current().cause
    with acting_for(account):
        for subscription in list(get_topic_subscriptions(ctx.store, topic_arn)):
            if subscription["PendingConfirmation"] != "false":
                continue
            if not filters.wants(ctx.store.subscription_filter_policy, message, subscription):
                _tell_filtered(account, topic_arn, subscription, message.message_id, cause)
                continue
            if subscription["Protocol"] not in letters.DELIVERED:
                dispatcher._submit_notification(
                    dispatcher.topic_notifiers[subscription["Protocol"]], _single(ctx, message), subscription
                )
                continue
            courier.send(_job(ctx, message, topic_arn, subscription, cause))


def _single(ctx: Any, message: Any) -> Any:
    from localstack.services.sns.publisher import SnsPublishContext

    return SnsPublishContext(message, ctx.store, ctx.request_headers, dict(ctx.topic_attributes))


def _job(ctx: Any, message: Any, topic_arn: str, subscription: Any, cause: int | None) -> Job:
    attributes = dict(ctx.topic_attributes)
    schedule = schedule_for(
        subscription["Protocol"],
        read_policy(subscription.get("DeliveryPolicy")),
        read_policy(attributes.get("DeliveryPolicy")),
    )
    return Job(
        account=account_of(topic_arn),
        source=topic_arn,
        target=letters.target_of(subscription),
        messages=(message.message_id,),
        body=letters.body_of(message, subscription, attributes),
        schedule=schedule,
        cause=cause,
        dead_letters=json.loads(subscription.get("RedrivePolicy") or "{}").get("deadLetterTargetArn") or "",
        dead_letter=lambda queue: letters.dead_letter(message, subscription, attributes, queue),
        is_gone=lambda: subscription["SubscriptionArn"] not in ctx.store.subscriptions,
        group=(subscription["SubscriptionArn"], message.message_group_id or "")
        if topic_arn.endswith(".fifo")
        else None,
    )


def _tell_filtered(
    account: str, topic_arn: str, subscription: Any, message_id: str, cause: int | None
) -> None:
    try:
        doors.event(
            account,
            "filtered",
            topic_arn,
            [message_id],
            actor="sns",
            cause=cause,
            source=topic_arn,
            target=letters.target_of(subscription),
        )
    except Ended:
        return


def _text(original: Callable[..., Any], dispatcher: Any, ctx: Any, phone_number: str) -> Any:
    """To a phone, without a topic."""
    account = ctx.store._account_id
    if accounts.get(account) is None:
        return original(dispatcher, ctx, phone_number)
    source = f"arn:aws:sns:{ctx.store._region_name}:{account}:sms"
    phone = {"Protocol": "sms", "Endpoint": phone_number, "TopicArn": source, "SubscriptionArn": ""}
    body = letters.outside(phone, ctx.message.message_content("sms"), None, ctx.message.message_id)
    ids = (ctx.message.message_id,)
    courier.send(
        Job(
            account=account,
            source=source,
            target=f"sms:{phone_number}",
            messages=ids,
            body=body,
            schedule=CUSTOMER_MANAGED,
            cause=context.current().cause,
        )
    )
    return None


def _write(
    original: Callable[..., Any], dispatcher: Any, ctx: Any, topic_arn: str, subscription_arn: str
) -> Any:
    """A letter of SNS's own to an HTTP endpoint: it carries no message."""
    account = account_of(topic_arn)
    subscription = ctx.store.subscriptions.get(subscription_arn)
    if accounts.get(account) is None or not subscription:
        return original(dispatcher, ctx, topic_arn, subscription_arn)
    with acting_for(account):
        _send_letter(
            account, topic_arn, subscription, letters.body_of(ctx.message, subscription, ctx.topic_attributes)
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
    text = letters.confirmation(subscription, token)
    body = letters.outside(subscription, text, letters.CONFIRMATION_SUBJECT, "")
    _send_letter(account, topic_arn, subscription, body)
    if not kwargs.get("return_subscription_arn"):
        answer["SubscriptionArn"] = "pending confirmation"
    return answer


def _send_letter(account: str, topic_arn: str, subscription: Any, body: dict[str, Any]) -> None:
    courier.send(
        Job(
            account=account,
            source=topic_arn,
            target=letters.target_of(subscription),
            messages=(),
            body=body,
            schedule=schedule_for(subscription["Protocol"], read_policy(subscription.get("DeliveryPolicy"))),
            cause=context.current().cause,
        )
    )


def forget(account: str) -> None:
    """The account is gone."""
    _deduplication.forget(account)
