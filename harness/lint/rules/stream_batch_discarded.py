"""Good records of a stream that are discarded with a bad one."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.streams import readers
from harness.lint.wiring import Wiring


def stream_batch_discarded(app: Wiring) -> Iterator[Problem]:
    """One bad record of a stream makes the whole batch fail until it is discarded.

    Without BisectBatchOnFunctionError or ReportBatchItemFailures a batch is retried as a whole: good
    records are processed at each retry, and discarded together with the bad one. Set one of them (in a pipe:
    OnPartialBatchItemFailure: AUTOMATIC_BISECT), or BatchSize to 1.
    """
    for reader in readers(app):
        size = reader.batch_size
        if size is None or size <= 1 or reader.splits:
            continue
        yield Problem(
            reader.resource,
            f"one bad record makes all {size:g} of its batch fail at each retry, and be discarded in the end",
            "set OnPartialBatchItemFailure: AUTOMATIC_BISECT"
            if reader.within
            else "set BisectBatchOnFunctionError: true, or report batchItemFailures",
            (*reader.within, "BisectBatchOnFunctionError"),
        )


RULE = Rule(
    "stream-batch-discarded",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html",
    stream_batch_discarded,
)
