"""A stream whose failed records nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.streams import readers
from harness.lint.wiring import Wiring


def stream_without_destination(app: Wiring) -> Iterator[Problem]:
    """Records of a stream that fail for good go nowhere.

    Records that are out of retries, too old or expired are skipped without a trace. Give a mapping a
    DestinationConfig.OnFailure, a pipe a DeadLetterConfig: it then names these records.
    """
    for reader in readers(app):
        if reader.dead_letters is None:
            yield Problem(
                reader.resource,
                "records that fail for good are skipped without a trace",
                "give it a DestinationConfig with OnFailure"
                if not reader.within
                else "give its source a DeadLetterConfig",
                (*reader.within, "DestinationConfig"),
            )


RULE = Rule(
    "stream-without-destination",
    "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
    stream_without_destination,
)
