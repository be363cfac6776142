"""One task at work: its events, and the waits that its timeouts end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.faults import doors
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.integrations.resource import TaskResource
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.tokens import TaskReport, Waiting

R = TypeVar("R")


class TimedOut(Exception):
    """A task took too long. `heartbeat`: it wasn't heard of for too long."""

    def __init__(self, *, heartbeat: bool = False) -> None:
        super().__init__("heartbeat" if heartbeat else "timeout")
        self.heartbeat = heartbeat

    def as_failure(self) -> StateFailed:
        """The failure of the state."""
        return StateFailed(errors.TIMEOUT, "", known_as=errors.HEARTBEAT_TIMEOUT if self.heartbeat else "")


@dataclass(slots=True)
class Job:
    """A task that has something to do. `given` is its input as the state shaped it."""

    state: StateDefinition
    strand: Strand
    resource: TaskResource
    given: Document
    token: str
    timeout: int | None
    heartbeat: int | None
    role: str
    began_at: float = 0.0

    def __post_init__(self) -> None:
        self.began_at = self.strand.run.world.kernel.now

    @property
    def region(self) -> str:
        """The region of the state machine."""
        return self.strand.run.execution.arn.split(":")[3]

    @property
    def scheduled(self) -> dict[str, Any]:
        """What an event tells of the limits and the role."""
        credentials = {"roleArn": self.role} if self.role else None
        return {
            "timeoutInSeconds": self.timeout,
            "heartbeatInSeconds": self.heartbeat,
            "taskCredentials": credentials,
        }

    def write(self, kind: str, member: str = "", details: Mapping[str, Any] | None = None) -> None:
        """Write an event."""
        self.strand.write(kind, member, details)

    def waiting(self, given: str = "") -> Waiting:
        """What waits for the token of this try, which a fault may have lost; known from now on."""
        hit = doors.first(self.strand.hits, "lose-request")
        if hit is not None:
            self.strand.hits.remove(hit)  # the token of another try is another one
        waiting = Waiting(self.token, given, heard_at=self.strand.run.world.kernel.now, lost=hit)
        self.strand.run.engine.tokens[self.token] = waiting
        return waiting

    def timed(self, do: Callable[[], R]) -> R:
        """The result of `do`, which goes on without anybody who waits if it takes too long.

        Raises `TimedOut`, and `CallFailed`.
        """
        if self.timeout is None:
            return do()
        ended: list[R | CallFailed] = []

        def live() -> None:
            try:
                ended.append(do())
            except CallFailed as failed:
                ended.append(failed)

        run = self.strand.run
        task = run.spawn(f"call of {self.state.name} of {run.place}", live)
        if not task.join(self.timeout):
            raise TimedOut
        result = ended[0]
        if isinstance(result, CallFailed):
            raise result
        return result

    def wait_for(self, waiting: Waiting) -> TaskReport:
        """Wait until its token comes back. Raises `TimedOut`."""
        kernel = self.strand.run.world.kernel
        waiting.heard_at = kernel.now
        try:
            while waiting.reported is None:
                limits = []
                if self.timeout is not None:
                    limits.append((self.began_at + self.timeout, False))
                if self.heartbeat is not None:
                    limits.append((waiting.heard_at + self.heartbeat, True))
                if not limits:
                    kernel.wait(waiting.changed)
                    continue
                due, heartbeat = min(limits)
                if due <= kernel.now:
                    raise TimedOut(heartbeat=heartbeat)
                kernel.wait(waiting.changed, due - kernel.now)
        finally:
            waiting.over = True
        return waiting.reported
