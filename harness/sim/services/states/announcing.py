"""Changes of an execution's status, of which the default bus is told.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.aws.parcels import EventParcel
from harness.history import Event
from harness.sim.services.service import Delivery, Listens
from harness.sim.services.states.model.document import Document
from harness.sim.services.states.model.executions import Execution
from harness.sim.world import World

DETAIL_TYPE = "Step Functions Execution Status Change"
PAYLOADS_BYTES_MAX = 248 * 1024
"""Of input and output together; what is longer is left out, the input first."""


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
        machine = execution.machine.arn
        _, partition, _, region, account, *_ = machine.split(":")
        bus = f"arn:{partition}:events:{region}:{account}:event-bus/default"
        owner, event = self._world.owner(bus), _event(execution)
        if isinstance(owner, Listens) and owner.wants(bus, event):
            with self._world.recorder.caused_by(because, actor="states"):
                self._world.hops.send(Delivery(machine, bus, (), EventParcel(event=event)))


def _event(execution: Execution) -> dict[str, Any]:
    payloads = {"input": execution.input, "output": execution.output}
    texts: dict[str, str | None] = {name: each.text if each else None for name, each in payloads.items()}
    for name in ("input", "output"):
        if sum(len((text or "").encode()) for text in texts.values()) > PAYLOADS_BYTES_MAX:
            texts[name] = None
    detail = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "stateMachineVersionArn": execution.version_arn or None,
        "stateMachineAliasArn": execution.alias_arn or None,
        "name": execution.name,
        "status": execution.status,
        "startDate": _millis(execution.started_at),
        "stopDate": _millis(execution.stopped_at),
        "redriveCount": execution.redrives,
        "redriveDate": _millis(execution.redriven_at),
        "error": execution.error,
        "cause": execution.cause,
        **_told(payloads, texts),
    }
    return {
        "detail-type": DETAIL_TYPE,
        "source": "aws.states",
        "resources": [execution.arn],
        "detail": detail,
    }


def _told(
    payloads: Mapping[str, Document | None], texts: Mapping[str, str | None]
) -> dict[str, str | dict[str, bool] | None]:
    """Input and output, each with whether it is told."""
    told: dict[str, str | dict[str, bool] | None] = dict(texts)
    for name, document in payloads.items():
        told[f"{name}Details"] = None if document is None else {"included": texts[name] is not None}
    return told


def _millis(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)
