"""AWS Step Functions: `api` are the operations, `model` is what they change, `interpreter` runs state
machines, `integrations` do the work of tasks, `language` are expressions and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from harness import aws
from harness.aws.parcels import EVENT, FunctionParcel
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.services.states.api import lookup
from harness.sim.services.states.api.activities import POLL_SECONDS, ActivitiesApi
from harness.sim.services.states.api.executions import ExecutionsApi
from harness.sim.services.states.api.machines import MachinesApi
from harness.sim.services.states.api.map_runs import MapRunsApi
from harness.sim.services.states.api.tags import StatesTagsApi
from harness.sim.services.states.api.trials import TrialsApi
from harness.sim.services.states.api.versions import VersionsApi
from harness.sim.services.states.api.wording import WORDING
from harness.sim.services.states.engine import StatesEngine
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import EXPRESS_SECONDS_MAX, Execution
from harness.sim.services.states.model.machines import Machine, MachineAlias, MachineVersion
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World

_WAIT_SECONDS = {"GetActivityTask": POLL_SECONDS, "StartSyncExecution": EXPRESS_SECONDS_MAX}


class StepFunctions:
    """The service, as the two doors see it."""

    facts: ClassVar = aws.service("stepfunctions")

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = StatesEngine(world)
        self.operations: Mapping[str, Operation] = CheckedOperations(self._checked, *self._groups())

    def _groups(self) -> Iterator[Mapping[str, Operation]]:
        """The operations, a group at a time."""
        versions = VersionsApi(self._engine)
        yield MachinesApi(self._engine, versions).operations()
        yield versions.operations()
        yield ExecutionsApi(self._engine).operations()
        yield ActivitiesApi(self._engine).operations()
        yield MapRunsApi(self._engine).operations()
        yield StatesTagsApi(self._engine).operations()
        yield TrialsApi(self._engine).operations()

    def seconds_max(self, operation: str, params: Params, caller: Caller) -> float:
        """A worker waits for a task, and who starts an express execution synchronously for its end."""
        return _WAIT_SECONDS.get(operation, 0.0)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Take a hop: start an execution, and wait for its end where the sender does."""
        parcel = delivery.holding(FunctionParcel)
        try:
            found = lookup.qualified(self._engine, delivery.target)
        except ServiceError as problem:
            raise DeliveryFailed(problem.code, problem.message, retryable=False) from None
        start = partial(self._start, *found, delivery, parcel)
        if parcel.invocation == EVENT:  # the delivery is over before the execution begins
            self._world.kernel.spawn(f"start of {self._world.names.of(delivery.target)}", start)
            return Delivered(delivery.messages)
        execution = start()
        while not execution.is_over:
            self._world.kernel.wait(execution.ended)
        return _answered(delivery, execution)

    def _start(
        self,
        machine: Machine,
        version: MachineVersion | None,
        alias: MachineAlias | None,
        delivery: Delivery,
        parcel: FunctionParcel,
    ) -> Execution:
        waits = parcel.invocation != EVENT
        return self._engine.start(
            machine,
            version.revision if version is not None else machine.revision,
            Document(parcel.payload),
            self._world.kernel.new_id(f"executions of {machine.arn}"),
            version_arn=version.arn if version is not None else "",
            alias_arn=alias.arn if alias is not None else "",
            trace=parcel.trace,
            messages=delivery.messages,
            source=self._world.names.of(delivery.source if waits else machine.arn),
            waited_for=waits,
        )

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("stepfunctions", name, params, WORDING)
        return operation(params, caller)


def _answered(delivery: Delivery, execution: Execution) -> Delivered:
    """The end of an execution as the end of a function is told to who waits."""
    failed = execution.status != executions.SUCCEEDED
    error = {"errorType": execution.error, "errorMessage": execution.cause} if failed else None
    value: dict[str, Any] = {
        "payload": execution.output.value if execution.output is not None else None,
        "error": error,
        "failed": frozenset(),
        "version": execution.version_arn,
        "ended": execution.began,
        "trace": execution.trace,
    }
    return Delivered(delivery.messages, value, error is None)


MOVER = StepFunctions
