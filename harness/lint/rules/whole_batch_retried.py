"""One bad message that makes the whole batch come again."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.values import items
from harness.lint.wiring import Wiring

DEFAULT_BATCH_SIZE = 10.0
REPORTS = "ReportBatchItemFailures"


def whole_batch_retried(app: Wiring) -> Iterator[Problem]:
    """A function that gets messages in batches doesn't report which of them failed.

    Without FunctionResponseTypes: [ReportBatchItemFailures], one failed message makes all of the batch
    visible again: finished work is repeated, and good messages end in the dead-letter queue beside the
    bad one. Add it, and let the handler return batchItemFailures; or set BatchSize to 1.
    """
    for poll in app.polls():
        size = poll.mapping.number("BatchSize", default=DEFAULT_BATCH_SIZE)
        types = poll.mapping.at("FunctionResponseTypes")
        if size is None or size <= 1 or REPORTS in items(types):
            continue
        if all(isinstance(kind, str) for kind in items(types)):
            yield Problem(
                poll.mapping,
                f"one failed message makes all {size:g} of {poll.function}'s batch come again",
                f"add FunctionResponseTypes: [{REPORTS}] and return batchItemFailures, or set BatchSize to 1",
                ("FunctionResponseTypes",),
            )


RULE = Rule(
    "whole-batch-retried",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    whole_batch_retried,
)
