"""A subscription that drops what it can't deliver."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import subscriptions
from harness.lint.wiring import Wiring

_MACHINES = ("sqs", "lambda", "http", "https", "firehose")


def subscription_without_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A subscription to a topic has no dead-letter queue.

    SNS drops a message at once if the endpoint refuses it (a changed policy, a deleted queue or function),
    and after its retries if the endpoint is down. Give the subscription a RedrivePolicy, and let the topic
    send to that queue. Mails, texts and pushes are left out.
    """
    for each in subscriptions(app):
        if each.protocol not in _MACHINES or each.redrive is not None:
            continue
        change = "give it a RedrivePolicy with a dead-letter queue"
        if each.is_inline:
            change = "write it as an AWS::SNS::Subscription with a RedrivePolicy"
        yield Problem(
            each.resource,
            "what SNS can't deliver here is dropped, at once if it is refused",
            change,
            each.within,
        )


RULE = Rule(
    "subscription-without-dead-letters",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
    subscription_without_dead_letters,
)
