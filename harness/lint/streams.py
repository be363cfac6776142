"""Readers of streams: mappings and pipes, with the settings that they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness import aws
from harness.lint.values import Path, items, number, step
from harness.lint.wiring import Resource, Wiring

_SERVICES = ("kinesis", "dynamodb")
_OF_PIPES = ("KinesisStreamParameters", "DynamoDBStreamParameters")
_DEFAULT_BATCH_SIZE = 100.0


@dataclass(frozen=True)
class Reader:
    """One reader of a Kinesis or DynamoDB stream. `within` leads to its settings."""

    resource: Resource
    settings: Any
    within: Path
    dead_letters: Any
    splits: bool

    def number(self, name: str, default: float) -> float | None:
        """One of its settings; None if it can't be known."""
        return number(step(self.settings, name), default)

    @property
    def batch_size(self) -> float | None:
        """The size of its batches; None if it can't be known."""
        return self.number("BatchSize", _DEFAULT_BATCH_SIZE)

    @property
    def retries_forever(self) -> bool:
        """Does it retry until the records expire? False if that can't be known."""
        return (
            self.number("MaximumRetryAttempts", -1) == -1
            and self.number("MaximumRecordAgeInSeconds", -1) == -1
        )


def readers(app: Wiring) -> Iterator[Reader]:
    """Every reader of a stream."""
    for mapping in app.mappings():
        if _is_stream(mapping.at("EventSourceArn")):
            yield Reader(
                mapping,
                mapping.properties,
                (),
                mapping.at("DestinationConfig", "OnFailure"),
                mapping.flag("BisectBatchOnFunctionError") is not False
                or bool(items(mapping.at("FunctionResponseTypes"))),
            )
    for pipe in app.of("AWS::Pipes::Pipe"):
        for name in _OF_PIPES:
            settings = pipe.at("SourceParameters", name)
            if isinstance(settings, dict) and _is_stream(pipe.at("Source")):
                splits = step(settings, "OnPartialBatchItemFailure") is not None
                dead_letters = step(settings, "DeadLetterConfig")
                yield Reader(pipe, settings, ("SourceParameters", name), dead_letters, splits)


def _is_stream(arn: Any) -> bool:
    service = aws.service_of(arn) if isinstance(arn, str) else None
    return service is not None and service.name in _SERVICES
