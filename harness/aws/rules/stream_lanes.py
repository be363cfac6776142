"""The lanes of a stream's shards: the records that a mapping or pipe reads one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .stream_batches import TumblingWindow
from .streams import StreamRecord, StreamShard


@dataclass(eq=False, slots=True)
class Lane:
    """The records of one shard that are read one after another.

    `position`: all records before it are done. `window`: the current tumbling window, with the `state` that
    the function has handed on.
    """

    shard: str
    number: int
    position: int
    finished: bool = False
    window: TumblingWindow | None = None
    state: object = field(default_factory=dict)

    def advance(self, done: Sequence[StreamRecord]) -> None:
        """These records are done: the lane goes on behind them."""
        if done:
            self.position = done[-1].position + 1


AnyLane = TypeVar("AnyLane", bound=Lane)


def readable(
    lanes: dict[tuple[str, int], AnyLane],
    shards: Sequence[StreamShard],
    count: int,
    new: Callable[[str, int], AnyLane],
) -> list[AnyLane]:
    """The lanes of the shards that can be read now: of children once their parents are done.

    `count`: the lanes of a shard. `new` makes a missing one of `lanes`.
    """
    known, found = {shard.id for shard in shards}, []
    for shard in shards:
        if any(parent in known and not _is_finished(lanes, parent, count) for parent in shard.parents):
            continue
        for number in range(count):
            lane = lanes.get((shard.id, number))
            if lane is None:
                lane = lanes[shard.id, number] = new(shard.id, number)
            found.append(lane)
    return found


def _is_finished(lanes: dict[tuple[str, int], AnyLane], shard: str, count: int) -> bool:
    of_shard = [lanes.get((shard, number)) for number in range(count)]
    return all(lane is not None and lane.finished for lane in of_shard)
