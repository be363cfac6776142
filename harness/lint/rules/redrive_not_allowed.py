"""A dead-letter queue that doesn't take its source's messages."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Resource, Wiring


def redrive_not_allowed(app: Wiring) -> Iterator[Problem]:
    """A dead-letter queue's RedriveAllowPolicy doesn't allow the queue that names it.

    With redrivePermission denyAll no queue may use it, with byQueue only those in sourceQueueArns. List the
    source, at most ten of them, or leave the policy out: then every queue of the account may use it.
    """
    for source, target in app.redrives():
        permission = target.at("RedriveAllowPolicy", "redrivePermission")
        listed = app.names_queue(target.at("RedriveAllowPolicy", "sourceQueueArns"), source)
        if permission == "denyAll" or (permission == "byQueue" and listed is False):
            yield _problem(source, target, permission)


def _problem(source: Resource, target: Resource, permission: str) -> Problem:
    return Problem(
        target,
        f"RedriveAllowPolicy ({permission}) doesn't allow {source}, which names it as its dead-letter queue",
        f"add {source}'s ARN to sourceQueueArns"
        if permission == "byQueue"
        else "set redrivePermission to byQueue",
        ("RedriveAllowPolicy",),
    )


RULE = Rule(
    "redrive-not-allowed",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    redrive_not_allowed,
)
