"""Deliveries that AWS doesn't make because one end is FIFO and the other isn't."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import notifications, rule_targets, schedule_targets, subscriptions
from harness.lint.wiring import Wiring, is_fifo


def fifo_mismatch(app: Wiring) -> Iterator[Problem]:
    """A topic, rule, schedule or bucket can't deliver to its target because one is FIFO and the other
    isn't.

    A standard topic can't send to a FIFO queue; a FIFO topic sends to queues only, a function needs one
    between; a bucket can't notify a FIFO queue; a rule or schedule must name a MessageGroupId for one. AWS
    refuses such a subscription or target, or drops what it would deliver.
    """
    yield from _subscriptions(app)
    for target in (*rule_targets(app), *schedule_targets(app)):
        queue = app.queue(target.at("Arn"))
        if queue and is_fifo(queue) and target.at("SqsParameters", "MessageGroupId") is None:
            yield Problem(
                target.resource,
                f"{queue} is FIFO, and a message for it needs a group",
                "add SqsParameters: {MessageGroupId: …} to the target",
                target.within,
            )
    for bucket, arn, within in notifications(app, "QueueConfigurations", "Queue"):
        queue = app.queue(arn)
        if queue and is_fifo(queue):
            yield Problem(
                bucket, f"S3 can't notify {queue}, which is FIFO", "notify a standard queue", within
            )


def _subscriptions(app: Wiring) -> Iterator[Problem]:
    for each in subscriptions(app):
        if each.topic is None:
            continue
        fifo, queue = is_fifo(each.topic), app.queue(each.endpoint)
        if fifo is False and queue and is_fifo(queue):
            yield Problem(
                each.resource,
                f"{each.topic} is a standard topic, which can't deliver to {queue}, which is FIFO",
                "make both FIFO, or both standard",
                each.within,
            )
        if fifo and isinstance(each.protocol, str) and each.protocol != "sqs":
            yield Problem(
                each.resource,
                f"{each.topic} is a FIFO topic, which delivers to queues only, not to {each.protocol}",
                "subscribe a queue, and let that feed the function",
                each.within,
            )


RULE = Rule(
    "fifo-mismatch", "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html", fifo_mismatch
)
