"""The door for deliveries: every hop asks the plan here, is counted here and recorded here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.sites import Hop, Invocation
from harness.history import Event
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed

if TYPE_CHECKING:
    from harness.sim.kernel import Task
    from harness.sim.world import World

LATENCY_SECONDS = (0.001, 0.02)
"""Between these a hop takes, by the seed: enough that copies overtake each other."""


@dataclass(frozen=True, slots=True)
class HopResult:
    """How a delivery ended, as its sender sees it."""

    ok: bool
    error: str = ""
    message: str = ""
    retryable: bool = True
    ids: tuple[str, ...] = ()
    value: Any = None


class Hops:
    """Runs deliveries for the services of one world."""

    def __init__(self, plan: ActivePlan) -> None:
        self._plan = plan
        self._world: World

    def join(self, world: World) -> None:
        """The world whose deliveries pass here."""
        self._world = world

    def send(self, delivery: Delivery, done: Callable[[HopResult], object] | None = None) -> Task:
        """Deliver in an activity of its own, then call `done` with the result."""

        def run() -> None:
            result = self.run(delivery)
            if done is not None:
                done(result)

        return self._world.kernel.spawn(f"hop to {self._world.names.of(delivery.target)}", run)

    def run(self, delivery: Delivery) -> HopResult:
        """Deliver; blocks until it has arrived or failed."""
        kernel, recorder, names = self._world.kernel, self._world.recorder, self._world.names
        hop = Hop(
            names.of(delivery.source),
            names.of(delivery.target),
            delivery.messages,
            delivery.attempt,
            delivery.body,
            delivery.source,
            delivery.target,
        )
        event = recorder.hop(hop.source, hop.target, hop.messages, attempt=hop.attempt)
        hits = self._plan.on_hop(hop, kernel.elapsed)
        with recorder.caused_by(event):
            doors.record_hits(recorder, hits, event)
            chance = kernel.chance(event.subject)
            kernel.sleep(chance.uniform(*LATENCY_SECONDS) + doors.delay_seconds(hits, chance))
            refusal = doors.first(hits, "refuse")
            if refusal is not None:
                return self._failed(event, refusal.code, refusal.message, refusal.retryable)
            for hit in hits:
                if hit.decision.action == "alter":
                    delivery = replace(delivery, body=hit.decision.body)
            for after_seconds in doors.copies(hits):
                again = partial(self._again, delivery, event, after_seconds)
                kernel.spawn(f"copy to {hop.target}", again)
            result = self._arrive(delivery, event)
            if result.ok and doors.first(hits, "lose-answer"):
                message = "delivered, but the answer was lost"
                return self._failed(event, "AnswerLost", message, True, applied=True)
            return result

    def invocation(self, invocation: Invocation, event: Event) -> list[Hit]:
        """What the plan says about a run of a function that is about to start."""
        hits = self._plan.on_invocation(invocation, self._world.kernel.elapsed)
        doors.record_hits(self._world.recorder, hits, event)
        return hits

    def _arrive(self, delivery: Delivery, event: Event, copy: bool = False) -> HopResult:
        service = self._world.owner(delivery.target)
        try:
            if service is None:
                raise DeliveryFailed("NoSuchTarget", f"{delivery.target} does not exist", retryable=False)
            delivered: Delivered = service.deliver(delivery)
        except DeliveryFailed as problem:
            return self._failed(event, problem.code, problem.message, problem.retryable)
        self._world.recorder.arrived(event, delivered.ids, copy=copy)
        return HopResult(True, ids=delivered.ids, value=delivered.value)

    def _again(self, delivery: Delivery, event: Event, after_seconds: float) -> None:
        self._world.kernel.sleep(after_seconds)
        self._arrive(delivery, event, copy=True)

    def _failed(
        self, event: Event, code: str, message: str, retryable: bool, applied: bool = False
    ) -> HopResult:
        self._world.recorder.hop_failed(event, code, message, retryable=retryable, applied=applied)
        return HopResult(False, code, message, retryable)
