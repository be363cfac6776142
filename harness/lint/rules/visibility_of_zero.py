"""A visibility timeout of nothing."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.physical import QUEUE
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring


def visibility_of_zero(app: Wiring) -> Iterator[Problem]:
    """A queue delivers the same message again at once, while a consumer works on it.

    With a VisibilityTimeout of 0, every receive that doesn't ask for a timeout of its own leaves the
    message visible: two consumers work on it at the same time. Set it to the longest time that the work
    takes.
    """
    polled = {poll.queue for poll in app.polls()}
    for queue in app.of(QUEUE):
        if queue not in polled and queue.number("VisibilityTimeout") == 0:
            yield Problem(
                queue,
                "VisibilityTimeout of 0 gives a message to every consumer that asks, while one works on it",
                "set it to the longest time that the work takes",
                ("VisibilityTimeout",),
            )


RULE = Rule(
    "visibility-of-zero",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
    visibility_of_zero,
)
