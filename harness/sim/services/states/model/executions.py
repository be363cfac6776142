"""Executions and map runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.sim.activities import Signal
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.history import ExecutionHistory
from harness.sim.services.states.model.machines import Machine, Revision

if TYPE_CHECKING:
    from harness.history import Event

RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"
TIMED_OUT, ABORTED, PENDING_REDRIVE = "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"

EXPRESS_SECONDS_MAX = 300.0
STANDARD_SECONDS_MAX = 31_536_000.0
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """A request of an HTTP task and its response. `bare`: the request without what its connection adds."""

    request: Mapping[str, str]
    bare: Mapping[str, str]
    response: Mapping[str, str]


@dataclass(slots=True)
class Execution:
    """One execution. `began` is its event in the run's history. `waited_for`: its starter learns its end.

    `exchange`: the last request of an HTTP task.

    `kept`: it failed and is there with its input, so that what started it is a dead letter.
    """

    arn: str
    name: str
    machine: Machine
    revision: Revision
    input: Document
    history: ExecutionHistory
    started_at: float
    express: bool
    version_arn: str = ""
    alias_arn: str = ""
    map_run: MapRun | None = None
    items: int | None = None
    trace: str = ""
    messages: tuple[str, ...] = ()
    source: str = ""
    status: str = RUNNING
    stopped_at: float | None = None
    output: Document | None = None
    error: str | None = None
    cause: str | None = None
    redrives: int = 0
    redriven_at: float | None = None
    redriven_by: str = ""
    """The token of the request that redrove it last."""
    began: Event | None = None
    waited_for: bool = False
    kept: bool = False
    exchange: HttpExchange | None = None
    ended: Signal = field(default_factory=Signal)
    line: Line = field(default_factory=lambda: Line())

    @property
    def is_over(self) -> bool:
        """Has it ended?"""
        return self.status not in (RUNNING, PENDING_REDRIVE)

    @property
    def seconds_max(self) -> float:
        """The time that it may take."""
        limit = EXPRESS_SECONDS_MAX if self.express else STANDARD_SECONDS_MAX
        return min(limit, self.revision.parsed.timeout_seconds or limit)

    @property
    def stoppable(self) -> bool:
        """Can StopExecution end it alone? Express ones it can't, and those of a map end with their map."""
        return not self.express and self.map_run is None


@dataclass(frozen=True, slots=True)
class StateReached:
    """A state that was entered, with what it was given."""

    state: str
    input: Document
    variables: Mapping[str, Any]


@dataclass(slots=True)
class Line:
    """How far a line of states got: an execution's own, a branch's, an iteration's. A redrive goes on there.

    `at`: the state in which it is, or was when the execution ended; `output`: that of one that has succeeded.
    `lines`, `map_run`: what there is within that state. `resumes`: a redrive hasn't got there yet.
    """

    at: StateReached | None = None
    output: Document | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    map_run: MapRun | None = None
    resumes: bool = False

    def resume(self) -> None:
        """A redrive begins."""
        self.resumes = self.at is not None and self.output is None
        for line in self.lines.values():
            line.resume()

    def enter(self, at: StateReached) -> None:
        """It is in another state, or again in that where a redrive goes on."""
        if not (self.resumes and self.at is not None and self.at.state == at.state):
            self.leave()
        self.at, self.resumes = at, False

    def leave(self) -> None:
        """What was within the state is of no interest any more."""
        self.map_run = None
        if self.lines:
            self.lines = {}

    def within(self, number: int) -> Line:
        """A branch or an iteration of the state in which it is."""
        return self.lines.setdefault(number, Line())


@dataclass(slots=True)
class MapRun:
    """The executions of one distributed map. `ended` are those that it hasn't counted yet."""

    arn: str
    execution_arn: str
    started_at: float
    max_concurrency: int
    tolerated_percentage: float
    tolerated_count: int
    status: str = RUNNING
    stopped_at: float | None = None
    items: dict[str, int] = field(default_factory=dict)
    executions: dict[str, int] = field(default_factory=dict)
    children: list[Execution] = field(default_factory=list)
    ended: list[Execution] = field(default_factory=list)
    redrives: int = 0
    changed: Signal = field(default_factory=Signal)

    def counts(self, of: Mapping[str, int]) -> dict[str, int]:
        """Numbers by status, as DescribeMapRun gives them."""
        named = {name: of.get(name, 0) for name in COUNTED}
        return {**named, "total": sum(named.values()), "resultsWritten": of.get("resultsWritten", 0)}


COUNTED = ("pending", "running", "succeeded", "failed", "timedOut", "aborted")
