"""Messages that expire before they could become dead letters."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.physical import QUEUE
from harness.lint.rule import Problem, Rule
from harness.lint.rules.dead_letters_expire_early import DEFAULT_RETENTION
from harness.lint.rules.visibility_too_short import DEFAULT_VISIBILITY
from harness.lint.wiring import Wiring, seconds


def expires_before_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A message that always fails expires in its queue before it has been received often enough to be
    moved.

    Each failed receive hides it for the visibility timeout, so the move comes after maxReceiveCount ×
    VisibilityTimeout at the earliest. If the queue keeps messages no longer than that, its dead-letter
    queue stays empty and the messages are lost. Raise MessageRetentionPeriod, or lower one of the two.
    """
    for queue in app.of(QUEUE):
        tries = queue.number("RedrivePolicy", "maxReceiveCount")
        visibility = queue.number("VisibilityTimeout", default=DEFAULT_VISIBILITY)
        kept = queue.number("MessageRetentionPeriod", default=DEFAULT_RETENTION)
        if tries is None or visibility is None or kept is None or kept > tries * visibility:
            continue
        yield Problem(
            queue,
            f"a message expires after {seconds(kept)}, before {tries:g} tries of {seconds(visibility)} each "
            "have made a dead letter of it",
            f"set MessageRetentionPeriod to more than {tries * visibility:g}, or try less often",
            ("MessageRetentionPeriod",),
        )


RULE = Rule(
    "expires-before-dead-letters",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    expires_before_dead_letters,
)
