"""The services that move things, the simulator's own: each a module here that names its class `MOVER`.

A new one is a new module, or a class anywhere that is added to `MOVERS`; see `docs/extend/mover.md`.
"""

from __future__ import annotations

from harness.registry import Registry
from harness.sim.services.service import MakesMover

MOVERS: Registry[MakesMover] = Registry(
    __name__,
    "mover",
    lambda module: {made.facts.name: made for name, made in vars(module).items() if name == "MOVER"},
)
