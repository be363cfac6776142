"""Lambda. Start at `service`.

`api`: the operations, their refusals and the form of their answers. `model`: functions, layers, mappings and
concurrency; time comes in as an argument. `delivery`: runs of functions, and whatever starts them by itself.
`durable`: executions of functions that are suspended and replayed.
"""

from harness.sim.services.lambda_.service import Lambda

__all__ = ["MOVER", "Lambda"]

MOVER = Lambda
