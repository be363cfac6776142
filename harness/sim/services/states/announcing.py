"""Changes of an execution's status, of which the default bus is told."""

from __future__ import annotations

from harness.aws.parcels import EventParcel
from harness.aws.rules.execution_status import ExecutionStatus
from harness.history import Event
from harness.sim.services.service import Delivery, Listens
from harness.sim.services.states.model.executions import Execution
from harness.sim.world import World


class StatusChanges:
    """Tells of standard executions; express ones, and those of a map, tell nothing.

    It is told once, as well as can be: nobody owes anybody such an event.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def tell(self, execution: Execution, because: Event) -> None:
        """The status is another one. Only an event that a rule wants is on its way."""
        if not execution.stoppable:
            return
        status = _status(execution)
        owner = self._world.owner(status.bus)
        if isinstance(owner, Listens) and owner.wants(status.bus, event := status.event()):
            delivery = Delivery(execution.machine.arn, status.bus, (), EventParcel(event=event))
            with self._world.recorder.caused_by(because, actor="states"):
                self._world.hops.send(delivery)


def _status(execution: Execution) -> ExecutionStatus:
    return ExecutionStatus(
        arn=execution.arn,
        machine=execution.machine.arn,
        name=execution.name,
        status=execution.status,
        started_at=execution.started_at,
        stopped_at=execution.stopped_at,
        input=execution.input.text,
        output=execution.output.text if execution.output is not None else None,
        error=execution.error,
        cause=execution.cause,
        version=execution.version_arn or None,
        alias=execution.alias_arn or None,
        redrives=execution.redrives,
        redriven_at=execution.redriven_at,
    )
