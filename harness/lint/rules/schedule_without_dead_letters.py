"""A schedule whose failures nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import schedule_targets
from harness.lint.values import UNKNOWN
from harness.lint.wiring import Wiring


def schedule_without_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A schedule has no dead-letter queue.

    Events that EventBridge Scheduler can't deliver within its retry policy are lost, and a one-time
    schedule never fires again. Give the target a DeadLetterConfig with a standard queue, and let the
    schedule's role send to it.
    """
    for target in schedule_targets(app):
        if target.settings is not UNKNOWN and target.at("DeadLetterConfig") is None:
            yield Problem(
                target.resource,
                "events that its target doesn't take are lost after the last retry",
                "give the target a DeadLetterConfig",
                target.within,
            )


RULE = Rule(
    "schedule-without-dead-letters",
    "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
    schedule_without_dead_letters,
)
