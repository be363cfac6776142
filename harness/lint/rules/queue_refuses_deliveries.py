"""A queue whose policy doesn't let in what the template sends to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from harness.aws.rules.queue_policy import lets_send
from harness.lint.physical import ACCOUNT
from harness.lint.rule import Problem, Rule
from harness.lint.senders import AskedDelivery, deliveries
from harness.lint.values import UNKNOWN, document, has_unknown, items
from harness.lint.wiring import Resource, Wiring

_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")


def queue_refuses_deliveries(app: Wiring) -> Iterator[Problem]:
    """A topic, rule or bucket sends to a queue whose policy doesn't allow it.

    Services send to a queue only if its policy lets them, also to dead-letter queues of subscriptions and
    rules. Some emulators deliver anyway; AWS drops the message. Add an AWS::SQS::QueuePolicy that allows
    sqs:SendMessage to the service, on condition that aws:SourceArn is the topic, rule or bucket.
    """
    for delivery in deliveries(app):
        policies = list(_policies(app, delivery.queue))
        if UNKNOWN in policies or _is_let_in(app, delivery, policies):
            continue
        yield Problem(
            delivery.queue,
            f"{_told(policies)} lets {delivery.service} send to it for {delivery.by}, so AWS refuses that",
            "add an AWS::SQS::QueuePolicy that allows sqs:SendMessage, with aws:SourceArn as condition",
        )


def _told(policies: list[Any]) -> str:
    return "no statement of its policy" if policies else "no policy"


def _policies(app: Wiring, queue: Resource) -> Iterator[Any]:
    """The policies of a queue; `UNKNOWN` for one that can't be read or may be another queue's."""
    kinds = (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue"))
    for kind, queues in kinds:
        for policy in app.of(kind):
            named = app.names_queue(policy.at(queues), queue)
            text = document(policy.at("PolicyDocument"))
            if named is None or (named and has_unknown(text)):
                yield UNKNOWN
            elif named:
                yield text


def _is_let_in(app: Wiring, delivery: AskedDelivery, policies: list[Any]) -> bool:
    """Does one of them allow it? Also if that depends on what isn't known here."""
    if not policies:
        return False
    told = json.dumps(policies)
    if (
        not isinstance(delivery.source_arn, str)
        or set(_ACCOUNT_ID.findall(told)) - {ACCOUNT}
        or (delivery.service.startswith("s3") and "aws:sourceaccount" in told.lower())
    ):
        return True
    queue_arn = app.arn(delivery.queue)
    return any(
        lets_send(
            json.dumps(policy), service=delivery.service, queue_arn=queue_arn, source_arn=delivery.source_arn
        )
        for policy in items(policies)
        if isinstance(policy, dict)
    )


RULE = Rule(
    "queue-refuses-deliveries",
    "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    queue_refuses_deliveries,
)
