"""Lambda in the simulator. Start reading at `service.py`."""

from harness.sim.services.lambda_.service import Lambda

__all__ = ["MOVER", "Lambda"]

MOVER = Lambda
