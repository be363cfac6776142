"""All executions of one cloud: starts them, ends them, and keeps what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from harness.faults import doors
from harness.faults.active import Hit
from harness.faults.sites import MachineRun
from harness.history.executions import FAILED_EXECUTIONS, ExecutionEnd, record_end
from harness.sim.activities import Signal
from harness.sim.services.states.announcing import StatusChanges
from harness.sim.services.states.interpreter.run import ExecutionRun
from harness.sim.services.states.logging import ExecutionLogs
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import Execution, Line, MapRun, StateReached
from harness.sim.services.states.model.history import ExecutionHistory, HistoryEvent
from harness.sim.services.states.model.machines import ActivityState, Machine, Revision
from harness.sim.services.states.model.naming import execution_arn
from harness.sim.services.states.model.tokens import Waiting
from harness.sim.world import World


@dataclass(slots=True)
class StatesEngine:
    """What the API and the interpreter share. `tokens` are the tasks that wait for one."""

    world: World
    machines: dict[str, Machine] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    activities: dict[str, ActivityState] = field(default_factory=dict)
    map_runs: dict[str, MapRun] = field(default_factory=dict)
    tokens: dict[str, Waiting] = field(default_factory=dict)
    runs: dict[str, ExecutionRun] = field(default_factory=dict)
    logging: ExecutionLogs = field(init=False)
    changes: StatusChanges = field(init=False)

    def __post_init__(self) -> None:
        self.logging = ExecutionLogs(self.world)
        self.changes = StatusChanges(self.world)

    def start(
        self,
        machine: Machine,
        revision: Revision,
        given: Document,
        name: str,
        *,
        version_arn: str = "",
        alias_arn: str = "",
        trace: str = "",
        messages: tuple[str, ...] = (),
        source: str = "",
        express: bool | None = None,
        map_run: MapRun | None = None,
        label: str = "",
        items: int | None = None,
        waited_for: bool = False,
    ) -> Execution:
        """Start an execution; it goes on in an activity of its own. `messages` are those that started
        it. `waited_for`: by its caller, so it runs once also if it is express."""
        kernel = self.world.kernel
        is_express = machine.is_express if express is None else express
        unique = kernel.new_id(f"express executions of {machine.arn}") if is_express else ""
        written: list[Execution] = []

        def note(event: HistoryEvent) -> None:
            self.logging.write(written[0], event)

        history = ExecutionHistory(lambda: self.world.kernel.now, note)
        execution = Execution(
            arn=execution_arn(machine.arn, name, unique=unique, label=label),
            name=name,
            machine=machine,
            revision=revision,
            input=given,
            history=history,
            started_at=kernel.now,
            express=is_express,
            version_arn=version_arn,
            alias_arn=alias_arn,
            map_run=map_run,
            trace=trace,
            messages=messages,
            source=source,
            items=items,
            waited_for=waited_for,
        )
        written.append(execution)
        machine.started += 1
        self.executions[execution.arn] = execution
        hits = self._begin(execution, repeatable=is_express and not waited_for and map_run is None)
        self.runs[execution.arn] = run = ExecutionRun(self, execution)
        run.start()
        for hit, seconds in doors.copies(hits):
            kernel.call_at(kernel.now + seconds, partial(self._again, execution, hit), name="a second run")
        return execution

    def _again(self, execution: Execution, hit: Hit) -> None:
        """An express execution runs once more, for itself: its input is all that the two share."""
        hit.acted()
        history = ExecutionHistory(lambda: self.world.kernel.now, lambda event: None)
        now = self.world.kernel.now
        second = replace(execution, history=history, started_at=now, ended=Signal(), line=Line())
        second.status, second.stopped_at = executions.RUNNING, None
        second.output = second.error = second.cause = None
        self._begin(second)
        ExecutionRun(self, second).start()

    def redrive(self, execution: Execution) -> None:
        """Run an execution that ended without success again, from where it was; an express one from its
        beginning."""
        execution.redrives += 1
        execution.redriven_at = self.world.kernel.now
        execution.status, execution.stopped_at = executions.RUNNING, None
        execution.error = execution.cause = execution.output = None
        if execution.kept:
            execution.kept, place = False, self.world.names.of(execution.machine.arn)
            ids = execution.messages
            self.world.recorder.moved(f"{place}{FAILED_EXECUTIONS}", ids, to=place, ids=ids)
        self._begin(execution)
        self.runs[execution.arn] = run = ExecutionRun(self, execution)
        if execution.express:
            execution.line = Line()
        execution.line.resume()
        beginning = StateReached(execution.revision.parsed.start_at, execution.input, {})
        run.start(execution.line.at or beginning)

    def stop(self, execution: Execution, error: str | None, cause: str | None) -> None:
        """End it at once."""
        run = self.runs.get(execution.arn)
        if run is not None:
            run.stop(executions.ABORTED, error, cause)

    def ended(self, execution: Execution, *, meant: bool) -> None:
        """An execution is over: tell whoever wants to know. `meant`: a Fail state ended it."""
        run = self.runs.get(execution.arn)
        if run is not None and run.execution is execution:
            del self.runs[execution.arn]
        if execution.began is not None:
            self._tell_end(execution, meant)
        if execution.map_run is not None:
            execution.map_run.ended.append(execution)
            execution.map_run.changed.notify()

    def _tell_end(self, execution: Execution, meant: bool) -> None:
        assert execution.began is not None
        end = ExecutionEnd(
            status=execution.status,
            error=execution.error,
            cause=execution.cause,
            meant=meant,
            waited_for=execution.waited_for,
            express=execution.express,
        )
        ended, execution.kept = record_end(self.world.recorder, execution.began, end, actor="states")
        self.changes.tell(execution, ended)

    def forget(self, arn: str) -> None:
        """A state machine is deleted: its executions end."""
        for execution in list(self.executions.values()):
            if execution.machine.arn == arn and not execution.is_over:
                self.stop(execution, None, None)

    def token(self) -> str:
        """A new task token."""
        ids = [self.world.kernel.new_id("task tokens") for _ in range(8)]
        return "AQB8AAAAKgAAAAMAAAAAAAAAA" + "".join(ids).replace("-", "") + "="

    def _begin(self, execution: Execution, *, repeatable: bool = False) -> list[Hit]:
        """Record it, and ask the plan."""
        place, limit = self.world.names.of(execution.machine.arn), execution.seconds_max
        execution.began = self.world.recorder.execution(
            place,
            execution.messages,
            name=execution.name,
            source=execution.source,
            payload=execution.input.value,
            repeatable=repeatable,
            timeout=None if limit == executions.STANDARD_SECONDS_MAX else limit,
        )
        self.changes.tell(execution, execution.began)
        site = MachineRun(place, execution.name, execution.messages, repeatable)
        return self.world.hops.execution(site, execution.began)


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Members that aren't None."""
    return {name: value for name, value in found.items() if value is not None}
