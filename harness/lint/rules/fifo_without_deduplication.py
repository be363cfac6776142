"""FIFO queues that refuse messages without a deduplication id."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import rule_targets, schedule_targets
from harness.lint.wiring import Wiring, is_fifo


def fifo_without_deduplication(app: Wiring) -> Iterator[Problem]:
    """A rule or schedule sends to a FIFO queue that doesn't deduplicate by content.

    EventBridge sends no deduplication id, so the queue must make one of the body. Set
    ContentBasedDeduplication: true on the queue.
    """
    for target in (*rule_targets(app), *schedule_targets(app)):
        queue = app.queue(target.at("Arn"))
        if queue and is_fifo(queue) and queue.flag("ContentBasedDeduplication") is False:
            yield Problem(
                queue,
                f"{target.resource} sends no deduplication id, and without one it refuses the message",
                "set ContentBasedDeduplication: true",
                ("ContentBasedDeduplication",),
            )


RULE = Rule(
    "fifo-without-deduplication",
    "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_SqsParameters.html",
    fifo_without_deduplication,
)
