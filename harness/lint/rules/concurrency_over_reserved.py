"""Mappings that ask for more of a function than it may give."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.physical import FUNCTION
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring


def concurrency_over_reserved(app: Wiring) -> Iterator[Problem]:
    """The maximum concurrency of a function's queues adds up to more than its reserved concurrency.

    The mappings then receive messages that the function refuses, each refusal counts as a receive, and
    messages become dead letters untried. Reserve at least the sum of MaximumConcurrency over all queues of
    the function.
    """
    for function in app.of(FUNCTION):
        reserved = function.number("ReservedConcurrentExecutions")
        polls = [poll for poll in app.polls() if poll.function is function]
        asked = [poll.mapping.number("ScalingConfig", "MaximumConcurrency") for poll in polls]
        total = sum(each for each in asked if each is not None)
        if reserved and total > reserved:
            yield Problem(
                function,
                f"its mappings may run {total:g} at once, ReservedConcurrentExecutions allow {reserved:g}",
                f"reserve {total:g} or more, or lower ScalingConfig.MaximumConcurrency",
                ("ReservedConcurrentExecutions",),
            )


RULE = Rule(
    "concurrency-over-reserved",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    concurrency_over_reserved,
)
