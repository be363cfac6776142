"""Dead-letter queues of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.physical import TOPIC
from harness.lint.rule import Problem, Rule
from harness.lint.senders import destinations, subscriptions
from harness.lint.values import Path, step
from harness.lint.wiring import Resource, Wiring, is_fifo

_KIND = {True: "FIFO", False: "standard"}


def dead_letter_type(app: Wiring) -> Iterator[Problem]:
    """A dead-letter queue is FIFO where it must be standard, or the other way round.

    The dead-letter queue of a FIFO queue must be FIFO and that of a standard queue standard; the same goes
    for subscriptions of FIFO and standard topics. Functions, EventBridge and Scheduler take standard queues
    only. AWS refuses the wrong kind, or accepts it and drops the messages. Use a queue of the right kind.
    """
    for source, target in app.redrives():
        yield from _unlike(source, is_fifo(source), target, source, ("RedrivePolicy",))
    for each in subscriptions(app):
        queue = app.queue(step(each.redrive, "deadLetterTargetArn"))
        if each.topic and queue:
            yield from _unlike(each.topic, is_fifo(each.topic), queue, each.resource, ("RedrivePolicy",))
    for resource, value, within in destinations(app):
        target_ = app.queue(value) or app.named(value, TOPIC)
        if target_:
            yield from _unlike(resource, False, target_, resource, within)


def _unlike(
    source: Resource, fifo: bool | None, target: Resource, at: Resource, within: Path
) -> Iterator[Problem]:
    found = is_fifo(target)
    if fifo is None or found is None or found == fifo:
        return
    yield Problem(
        at,
        f"{target} is {_KIND[found]}, but the dead letters of {source} need a {_KIND[fifo]} one",
        f"name a {_KIND[fifo]} one",
        within,
    )


RULE = Rule(
    "dead-letter-type",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    dead_letter_type,
)
