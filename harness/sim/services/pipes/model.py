"""Pipes as they were created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws import Role, role_of
from harness.aws.rules.filter_criteria import Filter

RUNNING, STOPPED = "RUNNING", "STOPPED"
BATCH_SIZE_DEFAULT = 10
STREAM_BATCH_SIZE_DEFAULT = 100
_RUNNING = ("LambdaFunctionParameters", "StepFunctionStateMachineParameters")
_SOURCES = {"dynamodb": "DynamoDBStreamParameters", "kinesis": "KinesisStreamParameters"}
FIRE_AND_FORGET = "FIRE_AND_FORGET"


@dataclass(eq=False, slots=True)
class PipeState:
    """One pipe. `given` are the parameters of CreatePipe with those of later updates, `patterns` its filters.

    Times are epoch seconds.
    """

    arn: str
    name: str
    given: Mapping[str, Any]
    patterns: tuple[Filter, ...]
    created_at: float
    changed_at: float
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Running or stopped: states settle at once."""
        return str(self.given.get("DesiredState") or RUNNING)

    @property
    def source(self) -> str:
        """The ARN of its queue or stream."""
        return str(self.given["Source"])

    @property
    def target(self) -> str:
        """The ARN of its target."""
        return str(self.given["Target"])

    @property
    def enrichment(self) -> str:
        """The ARN of its enrichment, "" if it has none."""
        return str(self.given.get("Enrichment") or "")

    @property
    def batch_size(self) -> int:
        """The number of messages in a batch, as given or by default."""
        given = self._of_source().get("BatchSize")
        usual = STREAM_BATCH_SIZE_DEFAULT if self.reads_stream else BATCH_SIZE_DEFAULT
        return int(given or min(usual, batch_size_max(self.target)))

    @property
    def window_seconds(self) -> int:
        """The time that a batch may gather."""
        return int(self._of_source().get("MaximumBatchingWindowInSeconds") or 0)

    @property
    def source_member(self) -> str:
        """The name of the parameters for its kind of source."""
        return _SOURCES.get(self.source.split(":")[2], "SqsQueueParameters")

    @property
    def reads_stream(self) -> bool:
        """Is its source a stream?"""
        return self.source.split(":")[2] in _SOURCES

    def of_stream(self, name: str) -> Any:
        """A setting for the stream that it reads, None if it isn't given."""
        return self._of_source().get(name)

    def _of_source(self) -> Mapping[str, Any]:
        return (self.given.get("SourceParameters") or {}).get(self.source_member) or {}

    @property
    def runs_target(self) -> bool:
        """Is its target a function, or a state machine, that it waits for?"""
        settings = (self.of_target(name) for name in _RUNNING)
        runs = role_of(self.target) is Role.RUNS
        return runs and all(each.get("InvocationType") != FIRE_AND_FORGET for each in settings)

    def of_target(self, member: str) -> Mapping[str, Any]:
        """The target's parameters of one kind."""
        return (self.given.get("TargetParameters") or {}).get(member) or {}

    def template(self, of: str) -> str:
        """The input template of "Enrichment" or "Target", "" if there is none."""
        return str((self.given.get(f"{of}Parameters") or {}).get("InputTemplate") or "")

    def variables(self) -> dict[str, str]:
        """The variables that Pipes defines itself."""
        return {
            "aws.pipes.pipe-arn": self.arn,
            "aws.pipes.pipe-name": self.name,
            "aws.pipes.source-arn": self.source,
            "aws.pipes.enrichment-arn": self.enrichment,
            "aws.pipes.target-arn": self.target,
        }


@dataclass(slots=True)
class PipeStore:
    """All of them, by ARN."""

    pipes: dict[str, PipeState] = field(default_factory=dict)

    def under(self, prefix: str) -> Iterator[PipeState]:
        """Those whose ARNs begin so, by name."""
        return (pipe for arn, pipe in sorted(self.pipes.items()) if arn.startswith(prefix))


_BATCHES = {"execute-api": 1, "sqs": 10, "sns": 10, "events": 10, "firehose": 500, "kinesis": 500}


def batch_size_max(target: str) -> int:
    """The largest batch that a target takes.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    service = target.split(":")[2]
    if ":api-destination/" in target:
        return 1
    return _BATCHES.get(service, 10_000)
