"""A dead-letter queue after a single try."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.physical import QUEUE
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring


def one_receive(app: Wiring) -> Iterator[Problem]:
    """A message goes to the dead-letter queue after one receive.

    SQS may count a receive that the consumer never got, so such a message becomes a dead letter untried; a
    throttled function or a restarted worker does the same. Set maxReceiveCount to at least 5 for queues
    that feed a function, as AWS recommends.
    """
    for queue in app.of(QUEUE):
        if queue.number("RedrivePolicy", "maxReceiveCount") == 1:
            yield Problem(
                queue,
                "maxReceiveCount of 1 makes a dead letter of a message that was perhaps never tried",
                "set it to 5 or more",
                ("RedrivePolicy", "maxReceiveCount"),
            )


RULE = Rule(
    "one-receive",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "avoiding-inconsistent-message-processing.html",
    one_receive,
)
