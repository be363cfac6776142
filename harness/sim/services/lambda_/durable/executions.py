"""The executions of one cloud, by ARN and by name. A name starts one execution only.

https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.sim.services.lambda_.durable.model import DAY_SECONDS, DurableState
from harness.sim.services.lambda_.durable.tokens import callback_of
from harness.sim.services.lambda_.errors import missing
from harness.sim.services.service import ServiceError


class Executions:
    """Keeps each until its retention is over. `clock` gives the time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._by_arn: dict[str, DurableState] = {}
        self._by_name: dict[tuple[str, str], DurableState] = {}
        self.of_request: dict[str, DurableState] = {}

    def add(self, execution: DurableState) -> None:
        """It exists from now on."""
        self._by_arn[execution.arn] = execution
        self._by_name[execution.function.arn, execution.name] = execution

    def remove(self, execution: DurableState) -> None:
        """Nobody finds it any more."""
        self._by_arn.pop(execution.arn, None)
        if self._by_name.get((execution.function.arn, execution.name)) is execution:
            del self._by_name[execution.function.arn, execution.name]

    def named(self, function: str, name: str, text: str) -> DurableState | None:
        """The execution of that name, if it was started with the same payload. Raises `ServiceError` if it
        was with another."""
        found = self._by_name.get((function, name))
        if found is None or self._is_over(found):
            return None
        if found.input != text:
            raise ServiceError(
                "DurableExecutionAlreadyStartedException",
                f"The durable execution '{name}' has already been started with another payload.",
                409,
                Type="User",
            )
        return found

    def get(self, arn: str) -> DurableState:
        """The execution of that ARN. Raises `ServiceError`."""
        found = self._by_arn.get(arn)
        if found is None or self._is_over(found):
            raise missing("Durable Execution does not exist")
        return found

    def of_callback(self, text: str) -> tuple[DurableState, str]:
        """The execution of a callback, and the id of its operation. Raises `ServiceError`."""
        parts = callback_of(text)
        found = self._by_arn.get(parts[0]) if parts else None
        if parts is None or found is None or parts[1] not in found.operations:
            raise missing("Callback does not exist")
        return found, parts[1]

    def of(self, function: str) -> Iterator[DurableState]:
        """Those of a function, the oldest first."""
        return (
            each
            for each in list(self._by_arn.values())
            if each.function.arn == function and not self._is_over(each)
        )

    def _is_over(self, execution: DurableState) -> bool:
        """Is its retention over?"""
        if execution.ended_at is None:
            return False
        until = execution.ended_at + execution.config.retention_days * DAY_SECONDS
        if self._clock() < until:
            return False
        self.remove(execution)
        return True
