"""A rule that drops events which its target didn't take."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import rule_targets
from harness.lint.values import UNKNOWN
from harness.lint.wiring import Wiring


def rule_without_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A target of an EventBridge rule has no dead-letter queue.

    EventBridge drops an event at once if it may not deliver it (a missing permission, a deleted target),
    and after 24 hours or 185 tries if the target doesn't take it. Give the target a DeadLetterConfig, and
    let events.amazonaws.com send to that queue.
    """
    for target in rule_targets(app):
        if target.settings is not UNKNOWN and target.at("DeadLetterConfig") is None:
            yield Problem(
                target.resource,
                "an event that its target doesn't take is dropped, at once if it is refused",
                "give the target a DeadLetterConfig",
                target.within,
            )


RULE = Rule(
    "rule-without-dead-letters",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    rule_without_dead_letters,
)
