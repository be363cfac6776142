"""Messages that become dead letters because their function was busy."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring, is_fifo

ENOUGH = 5


def throttled_into_dead_letters(app: Wiring) -> Iterator[Problem]:
    """A function with reserved concurrency is fed faster than it may run, and messages get few tries.

    The mapping doesn't know of reserved concurrency: it receives messages that the function then refuses,
    and each such receive counts. Set ScalingConfig.MaximumConcurrency on the mapping, no higher than the
    reserved concurrency, so that it receives no more than can be worked on; or let maxReceiveCount be at
    least 5.
    """
    for poll in app.polls():
        tries = poll.queue.number("RedrivePolicy", "maxReceiveCount")
        reserved = poll.function.number("ReservedConcurrentExecutions")
        bounded = (
            poll.mapping.at("ScalingConfig") is not None
            or poll.mapping.at("ProvisionedPollerConfig") is not None
        )
        if tries is None or tries >= ENOUGH or not reserved or bounded or is_fifo(poll.queue) is not False:
            continue
        yield Problem(
            poll.queue,
            f"maxReceiveCount of {tries:g}, and each message that {poll.function} refuses for its reserved "
            f"concurrency of {reserved:g} counts",
            f"set ScalingConfig.MaximumConcurrency to at most {max(reserved, 2):g} on the mapping, "
            f"or maxReceiveCount to {ENOUGH} or more",
            ("RedrivePolicy", "maxReceiveCount"),
        )


RULE = Rule(
    "throttled-into-dead-letters",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    throttled_into_dead_letters,
)
