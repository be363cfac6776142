"""The lanes of the shards of a stream that is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.aws.rules.stream_batches import TumblingWindow
from harness.sim.activities import Task


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
