"""Dead letters that are gone before anybody looks."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring, is_fifo, seconds

DEFAULT_RETENTION, LONGEST_RETENTION = 345_600.0, 1_209_600.0


def dead_letters_expire_early(app: Wiring) -> Iterator[Problem]:
    """A dead-letter queue keeps messages no longer than the queue that they come from.

    A message keeps the time at which it was first sent when it moves from a standard queue to its
    dead-letter queue, so one that arrives there late expires soon, or at once. Keep messages longer there
    than in the source; 1209600 seconds is the most. (In FIFO queues the time starts anew, so nothing is
    said about them.)
    """
    for source, target in app.redrives():
        kept = source.number("MessageRetentionPeriod", default=DEFAULT_RETENTION)
        kept_dead = target.number("MessageRetentionPeriod", default=DEFAULT_RETENTION)
        if kept is None or kept_dead is None or is_fifo(source) is not False or kept_dead > kept:
            continue
        at_most = kept >= LONGEST_RETENTION
        yield Problem(
            source if at_most else target,
            f"{target} keeps dead letters for {seconds(kept_dead)}, "
            f"counted from when they were sent to {source}, which keeps them for {seconds(kept)}",
            f"keep them shorter in {source}"
            if at_most
            else f"set MessageRetentionPeriod to {LONGEST_RETENTION:.0f}",
            ("MessageRetentionPeriod",),
        )


RULE = Rule(
    "dead-letters-expire-early",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "setting-up-dead-letter-queue-retention.html",
    dead_letters_expire_early,
)
