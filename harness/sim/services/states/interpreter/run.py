"""One execution at work: an activity of the kernel that goes through the states and ends it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

from harness.faults import doors
from harness.faults.sites import StateEntry
from harness.sim.activities import Signal, Task
from harness.sim.services.states.interpreter import states
from harness.sim.services.states.interpreter.failure import StateFailed, Stopped
from harness.sim.services.states.interpreter.strand import Strand, input_details, output_details
from harness.sim.services.states.interpreter.task import task_limits
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.executions import Execution, StateReached
from harness.sim.services.states.texts import timestamp

if TYPE_CHECKING:
    from harness.sim.services.states.engine import StatesEngine

TRANSITION_SECONDS = {False: (0.005, 0.04), True: (0.001, 0.01)}
"""Between these a transition takes, by the seed; those of express executions are quicker."""


class ExecutionRun:
    """An execution while it goes on."""

    def __init__(self, engine: StatesEngine, execution: Execution) -> None:
        self.engine = engine
        self.world = engine.world
        self.execution = execution
        self.place = engine.world.names.of(execution.machine.arn)
        self._tasks: dict[Task, None] = {}
        self._root: Strand | None = None
        self._entered = 0

    @cached_property
    def chance(self) -> Random:
        """Chance for this state machine's own times."""
        return self.world.kernel.chance(f"states of {self.place}")

    def start(self, at: StateReached | None = None) -> Task:
        """Begin in an activity of its own, at the first state or where it failed."""
        return self.spawn(f"execution of {self.place}", lambda: self._live(at))

    def spawn(self, name: str, run: Callable[[], object]) -> Task:
        """An activity that ends when the execution does."""

        def live() -> None:
            try:
                run()
            finally:
                self._tasks.pop(task, None)

        task = self.world.kernel.spawn(name, live)
        self._tasks[task] = None
        return task

    def stop(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """End it from outside."""
        if self.execution.is_over:
            return
        kind, member = _ENDINGS[status]
        self._write_end(kind, member, {"error": error, "cause": cause})
        self._end(status, error=error, cause=cause)
        for task in list(self._tasks):
            if task is not self.world.kernel.current:
                task.kill(Stopped("the execution has ended"))

    def entered(self, state: StateDefinition, strand: Strand) -> AbstractContextManager[None]:
        """Record a state that was entered, and ask the plan. What happens inside follows from it."""
        execution, recorder = self.execution, self.world.recorder
        assert execution.began is not None
        timeout, waits = task_limits(state)
        self._entered += 1
        event = recorder.entered(
            execution.began,
            state.name,
            number=self._entered,
            timeout=timeout,
            waits_for_token=waits,
            stoppable=execution.stoppable,
        )
        entry = StateEntry(
            self.place, state.name, execution.name, execution.messages, waits, execution.stoppable
        )
        strand.hits = self.world.hops.state(entry, event)
        self.stop_if_hit(strand, after=False)
        return recorder.caused_by(event, actor=self.place)

    def stop_if_hit(self, strand: Strand, *, after: bool) -> None:
        """End the execution from outside if a fault says so, before a state's work or after it."""
        hit = doors.first(strand.hits, "kill")
        if hit is None or (hit.decision.after_call is None) != after:
            return
        hit.acted()
        kernel = self.world.kernel
        kernel.call_at(kernel.now, lambda: self.stop(executions.ABORTED), name=f"stop of {self.place}")
        kernel.wait(Signal())

    def pass_time(self) -> None:
        """The time that a transition takes."""
        self.world.kernel.sleep(self.chance.uniform(*TRANSITION_SECONDS[self.execution.express]))

    def check_limits(self, strand: Strand) -> None:
        """Raises `StateFailed` where the history is full."""
        if self.execution.history.is_full and not self.execution.express:
            told = "The execution reached the maximum number of history events (25000)."
            raise StateFailed(errors.RUNTIME, told, aborts=False)

    def _live(self, at: StateReached | None) -> None:
        execution, world = self.execution, self.world
        machine = execution.revision.parsed
        strand = Strand(self, 0, self._context(), line=execution.line)
        self._root = strand
        history = execution.history
        if at is None:
            details = {**input_details(execution.input), "roleArn": execution.revision.role}
            details |= {"stateMachineVersionArn": execution.version_arn or None}
            details |= {"stateMachineAliasArn": execution.alias_arn or None}
            history.add("ExecutionStarted", 0, "executionStartedEventDetails", details)
        else:
            strand.own.update(at.variables)
            strand.previous = len(history.events)
            strand.write(
                "ExecutionRedriven", "executionRedrivenEventDetails", {"redriveCount": execution.redrives}
            )
        limit = execution.seconds_max
        over = world.kernel.call_at(
            world.kernel.now + limit,
            lambda: self.stop(executions.TIMED_OUT, errors.TIMEOUT if not machine.timeout_seconds else None),
            background=limit == executions.STANDARD_SECONDS_MAX,
            name=f"timeout of {self.place}",
        )
        try:
            with world.recorder.caused_by(execution.began, actor=self.place):
                given = at.input if at is not None else execution.input
                output = states.run_machine(machine, given, strand, at.state if at is not None else None)
        except StateFailed as failure:
            self._fail(failure, strand)
        else:
            strand.write("ExecutionSucceeded", "executionSucceededEventDetails", output_details(output))
            execution.output = output
            self._end(executions.SUCCEEDED)
        finally:
            world.kernel.cancel(over)

    def _fail(self, failure: StateFailed, strand: Strand) -> None:
        details = {"error": failure.error, "cause": failure.cause or None}
        strand.write("ExecutionFailed", "executionFailedEventDetails", details)
        self._end(executions.FAILED, error=failure.error, cause=failure.cause or None, meant=failure.meant)

    def _write_end(self, kind: str, member: str, details: dict[str, Any]) -> None:
        root = self._root
        previous = root.previous if root is not None else 0
        for name, strand in list(self._active()):
            self.execution.history.add(f"{name}StateAborted", strand.previous)
        self.execution.history.add(kind, previous, member, details)

    def _active(self) -> list[tuple[str, Strand]]:
        root = self._root
        return [(root.active, root)] if root is not None and root.active in ("Task", "Wait") else []

    def _end(
        self, status: str, *, error: str | None = None, cause: str | None = None, meant: bool = False
    ) -> None:
        execution = self.execution
        execution.status, execution.error, execution.cause = status, error, cause
        execution.stopped_at = self.world.kernel.now
        self.engine.ended(execution, meant=meant)
        execution.ended.notify()

    def _context(self) -> dict[str, Any]:
        execution, machine = self.execution, self.execution.machine
        about = {
            "Id": execution.arn,
            "Input": execution.input.value,
            "StartTime": timestamp(execution.started_at),
            "Name": execution.name,
            "RoleArn": execution.revision.role,
            "RedriveCount": execution.redrives,
        }
        if execution.redriven_at is not None:
            about["RedriveTime"] = timestamp(execution.redriven_at)
        return {"Execution": about, "StateMachine": {"Id": machine.arn, "Name": machine.name}}


_ENDINGS = {
    executions.ABORTED: ("ExecutionAborted", "executionAbortedEventDetails"),
    executions.TIMED_OUT: ("ExecutionTimedOut", "executionTimedOutEventDetails"),
}
