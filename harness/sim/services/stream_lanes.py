"""The data of reading a stream: its settings, the lanes of its shards, and the batches that are tried."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from harness.aws.rules.filter_criteria import Filter
from harness.aws.rules.stream_batches import Arrived, BatchLimits, TumblingWindow
from harness.history.vocabulary import Cause
from harness.sim.kernel import Task
from harness.sim.services.shards import StreamRecord


@dataclass(frozen=True, slots=True)
class Consumed:
    """The ARNs of a stream and of where its batches go, and how batches are made.

    `lanes`: so many batches of a shard run at once, each with its own keys. `starting`: where reading begins.
    """

    stream: str
    target: str
    batch_size: int
    starting: str
    timestamp: float | None = None
    window_seconds: int = 0
    lanes: int = 1
    tumbling_seconds: int = 0
    patterns: tuple[Filter, ...] = ()
    limits: BatchLimits = field(default_factory=BatchLimits)


@dataclass(eq=False, slots=True)
class Lane:
    """The records of one shard that are read one after another.

    `position`: all before it are done. `window`: the tumbling window in which it is, with the `state` that
    the function has handed on. `task`: the activity that reads it, since reading was begun for the
    `generation`th time.
    """

    shard: str
    number: int
    position: int
    finished: bool = False
    window: TumblingWindow | None = None
    state: object = field(default_factory=dict)
    task: Task | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Records that are tried together. `tries` counts all attempts, `invoked` those that reached the target,
    `failures` those that count as retries.

    `window`: the one that they are in; `final`: it ends with this attempt.
    """

    records: tuple[StreamRecord, ...]
    failures: int = 0
    tries: int = 0
    invoked: int = 0
    window: TumblingWindow | None = None
    final: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages."""
        return tuple(record.sequence_number for record in self.records)

    def halves(self) -> tuple[Piece, Piece]:
        """The piece cut in two."""
        middle = len(self.records) // 2
        return replace(self, records=self.records[:middle]), replace(self, records=self.records[middle:])

    def arrived(self, stream: str, shard: str) -> Arrived:
        """Its place in the stream."""
        first, last = self.records[0], self.records[-1]
        return Arrived(
            shard,
            stream,
            len(self.records),
            first.sequence_number,
            last.sequence_number,
            first.at,
            last.at,
        )


@dataclass(frozen=True, slots=True)
class BatchTry:
    """The end of one attempt. `reached`: the target was; `done`: so many records, from the first on.

    `why` says what failed, `response` is what the failure record tells of it, `event` the end in the history.
    """

    reached: bool
    done: int = 0
    why: str = ""
    request_id: str = ""
    response: dict[str, object] | None = None
    event: Cause = None
