"""The lanes of a stream in the simulator, each read by an activity."""

from __future__ import annotations

from dataclasses import dataclass

from harness.aws.rules.stream_lanes import Lane
from harness.sim.activities import Task


@dataclass(eq=False, slots=True)
class PolledLane(Lane):
    """A lane and the activity that reads it: `task`, of the `generation`th time that reading began."""

    task: Task | None = None
    generation: int = 0
