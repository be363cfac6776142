"""Adds the bus to the library, as scanning does for what lies inside of it."""

from harness import aws
from harness.app.handles import HANDLES
from harness.app.resources import TYPES as ALL_TYPES
from harness.sim.services import MOVERS
from tests.unit.extend.bus.facts import SERVICE
from tests.unit.extend.bus.handle import BusHandle
from tests.unit.extend.bus.mover import MOVER
from tests.unit.extend.bus.resources import TYPES

aws.add(SERVICE)
MOVERS[SERVICE.name] = MOVER
ALL_TYPES.update(TYPES)
HANDLES[BusHandle.kind] = BusHandle
