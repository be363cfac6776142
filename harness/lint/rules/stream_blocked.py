"""A stream that one bad record stops."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.streams import readers
from harness.lint.wiring import Wiring


def stream_blocked(app: Wiring) -> Iterator[Problem]:
    """A record that always fails blocks its shard until it expires.

    By default a mapping or pipe retries a batch of a Kinesis or DynamoDB stream for as long as the stream
    keeps it, a day or longer, and nothing behind it in the shard is read meanwhile. Set
    MaximumRetryAttempts or MaximumRecordAgeInSeconds.
    """
    for reader in readers(app):
        if reader.retries_forever:
            yield Problem(
                reader.resource,
                "a record that always fails blocks its shard until it expires",
                "set MaximumRetryAttempts or MaximumRecordAgeInSeconds",
                (*reader.within, "MaximumRetryAttempts"),
            )


RULE = Rule(
    "stream-blocked",
    "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
    stream_blocked,
)
