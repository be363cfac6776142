"""A queue from which a message that can't be worked on never leaves."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.senders import deliveries, destinations
from harness.lint.wiring import Resource, Wiring


def queue_without_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A queue that feeds a function or a pipe has no dead-letter queue.

    A message that always fails is tried again until its retention period ends, and is then gone without a
    trace; in a FIFO queue, everything behind it in its group waits that long. Give the queue a
    RedrivePolicy. Where a FIFO queue must never let one message overtake another, suppress this and say so.
    Dead-letter queues themselves need none.
    """
    hold_dead_letters = set(_dead_letter_queues(app))
    for queue in dict.fromkeys(_polled(app)):
        if queue.at("RedrivePolicy") is None and queue not in hold_dead_letters:
            yield Problem(
                queue,
                "a message that always fails is retried until it expires, and then gone",
                "give it a RedrivePolicy with a dead-letter queue",
            )


def _dead_letter_queues(app: Wiring) -> Iterator[Resource]:
    yield from (target for _, target in app.redrives())
    yield from (delivery.queue for delivery in deliveries(app) if delivery.is_dead_letter)
    for _, value, within in destinations(app):
        queue = app.queue(value)
        if queue and "OnSuccess" not in within:
            yield queue


def _polled(app: Wiring) -> Iterator[Resource]:
    yield from (poll.queue for poll in app.polls())
    for pipe in app.of("AWS::Pipes::Pipe"):
        queue = app.queue(pipe.at("Source"))
        if queue:
            yield queue


RULE = Rule(
    "queue-without-dead-letters",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    queue_without_dead_letters,
)
