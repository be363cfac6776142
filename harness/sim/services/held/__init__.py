"""Services that hold things rather than move them: moto's, in process, under the virtual clock."""

from harness.sim.services.held.backends import own_backends
from harness.sim.services.held.moto import HeldByMoto

__all__ = ["HeldByMoto", "own_backends"]
