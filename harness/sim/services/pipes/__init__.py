"""EventBridge Pipes: `api` are the operations, `model` is what they change, `delivery` what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness import aws
from harness.sim.services.pipes.api import PipesApi
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Operation, Params
from harness.sim.services.validation import CheckedOperations, check
from harness.sim.world import World


class Pipes:
    """The simulator's EventBridge Pipes."""

    facts: ClassVar = aws.service("pipes")

    def __init__(self, world: World) -> None:
        self.operations: Mapping[str, Operation] = CheckedOperations(
            self._checked, PipesApi(world).operations()
        )

    def deliver(self, delivery: Delivery) -> Delivered:
        """Nothing can be delivered to a pipe: it takes."""
        raise DeliveryFailed("ValidationException", f"{delivery.target} takes nothing", retryable=False)

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("pipes", name, params)
        return operation(params, caller)


MOVER = Pipes
