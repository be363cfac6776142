"""The whole cloud stands still, or is started anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.cloud import Unsupported
from harness.faults import doors
from harness.faults.active import Hit
from harness.faults.cloud_places import OnCloud
from harness.plan import Fault
from harness.sim.services.service import Restarts

if TYPE_CHECKING:
    from harness.sim.world import World

RESTARTED = "the cloud was restarted by a fault"


KEEPS = (
    "the simulator keeps what it has accepted, as AWS does; use restart() for a cloud that comes back with "
    "it, or --cloud localstack for one that comes back empty"
)


def check(fault: Fault) -> None:
    """Raise `Unsupported` for what only a container can do."""
    if isinstance(fault, OnCloud) and fault.loses_state:
        raise Unsupported(f"{fault.kind}: {KEEPS}")


def never() -> Mapping[str, str]:
    """Kinds of fault that the simulator can't honour."""
    return {"kill": KEEPS}


def act(world: World, hits: list[Hit]) -> bool:
    """Let the cloud stop if one of these says so. True: whatever was under way is lost."""
    hit = doors.first(hits, "stop")
    if hit is None:
        return False
    hit.acted()
    restarts = hit.decision.stops != "pause"
    if restarts:
        world.sandbox.end_all()
        for mover in world.services.values():
            if isinstance(mover, Restarts):
                mover.restarted()
    world.kernel.stand_still(hit.decision.seconds)
    return restarts
