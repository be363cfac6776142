"""The door for deliveries: every hop asks the plan here, is counted here and recorded here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.aws import Role
from harness.faults import doors
from harness.faults.active import ActivePlan, Hit
from harness.faults.ends import Ends
from harness.faults.overtaking import Overtaking
from harness.faults.sites import Hop, Invocation, MachineRun, StateEntry
from harness.frozen import quickly_made
from harness.history import Event
from harness.sim import stops
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed

if TYPE_CHECKING:
    from harness.sim.activities import Task
    from harness.sim.world import World

LATENCY_SECONDS = (0.001, 0.02)
"""Between these a hop takes, by the seed: enough that copies overtake each other."""


@quickly_made
@dataclass(frozen=True, slots=True)
class HopResult:
    """The end of a delivery, as its sender sees it. See `Delivered` for `acknowledged`."""

    ok: bool
    error: str = ""
    message: str = ""
    retryable: bool = True
    ids: tuple[str, ...] = ()
    value: Any = None
    acknowledged: bool = True


@quickly_made
@dataclass(frozen=True, slots=True)
class _Going:
    """A delivery that has begun, and what is to go wrong with it. `hop`: None in a run without faults."""

    delivery: Delivery
    hop: Hop | None
    event: Event
    hits: list[Hit]
    again: Callable[[HopResult], object] | None = None


class Hops:
    """Runs deliveries for the services of one world."""

    def __init__(self, plan: ActivePlan) -> None:
        self._plan = plan
        self._overtaking = Overtaking()
        self._reaching: dict[int | None, list[Hit]] = {}
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

        names = self._world.names
        target = names.of(delivery.target)
        bare = names.place(target).role is Role.HOLDS  # no code but the cloud's runs on the way
        return self._world.kernel.spawn(f"hop to {target}", run, bare=bare)

    def run(self, delivery: Delivery, again: Callable[[HopResult], object] | None = None) -> HopResult:
        """Deliver; blocks until it has arrived or failed. `again` gets the result of each further copy that
        a fault makes."""
        going = self._begin(delivery, again)
        return self._go(going, self._world.kernel.chance(going.event.subject).uniform(*LATENCY_SECONDS))

    def hand_over(self, delivery: Delivery, done: Callable[[HopResult], object]) -> None:
        """Deliver within a service: at once, or in an activity of its own if a fault holds it up."""
        going = self._begin(delivery)

        def go() -> None:
            done(self._go(going, 0.0))

        if going.hop is not None and doors.first(going.hits, "delay"):
            self._world.kernel.spawn(f"hop to {going.hop.target}", go)
        else:
            go()

    def _begin(self, delivery: Delivery, again: Callable[[HopResult], object] | None = None) -> _Going:
        """Record it, and ask the plan."""
        recorder, names = self._world.recorder, self._world.names
        source, target = names.of(delivery.source), names.of(delivery.target)
        event = recorder.hop(source, target, delivery.messages, attempt=delivery.attempt)
        if not self._plan.faults:
            return _Going(delivery, None, event, [], again)
        hop = Hop(
            source,
            target,
            delivery.messages,
            delivery.attempt,
            delivery.parcel,
            delivery.source,
            delivery.target,
            ends=Ends.of(names.place(source), names.place(target)),
        )
        note, earlier = doors.noting(recorder, event), doors.repeating(recorder)
        hits = self._plan.on_hop(hop, self._world.kernel.elapsed, note, earlier)
        return _Going(delivery, hop, event, hits, again)

    def _go(self, going: _Going, seconds: float) -> HopResult:
        """Let it arrive after so many seconds, unless the plan says otherwise."""
        delivery, hop, event, hits = going.delivery, going.hop, going.event, going.hits
        with self._world.recorder.caused_by(event):
            if hop is None:
                if seconds:
                    self._world.kernel.sleep(seconds)
                return self._arrive(delivery, event, hits)
            if not hits:
                self._travel(hop, hits, event, seconds)
                return self._arrive(delivery, event, hits)
            if stops.act(self._world, hits):
                return self._failed(event, "Unavailable", stops.RESTARTED, True)
            self._travel(hop, hits, event, seconds)
            refusal = doors.act(hits, "refuse")
            if refusal is not None:
                return self._failed(event, refusal.code, refusal.message, refusal.retryable)
            altering = [hit for hit in hits if hit.decision.action == "alter"]
            if altering:
                delivery = replace(delivery, parcel=altering[-1].decision.parcel or delivery.parcel)
            copies = [
                partial(self._again, replace(going, delivery=delivery), hit, after_seconds)
                for hit, after_seconds in doors.copies(hits)
            ]
            in_order = self._world.names.place(hop.source).ordered
            for again in () if in_order else copies:
                self._world.kernel.spawn(f"copy to {hop.target}", again)
            result = self._arrive(delivery, event, altering)
            for again in copies if in_order else ():
                again()
            if result.ok and result.acknowledged and doors.act(hits, "lose-answer"):
                message = "delivered, but the answer was lost"
                return self._failed(event, "AnswerLost", message, True, applied=True)
            return result

    def invocation(self, invocation: Invocation, event: Event) -> list[Hit]:
        """Hits on a run of a function that is about to start.

        What it is given has reached it, unless it is turned away.
        """
        note = doors.noting(self._world.recorder, event)
        hits = self._plan.on_invocation(invocation, self._world.kernel.elapsed, note)
        turned_away = any(hit.decision.how == "throttle" for hit in hits if hit.decision.action == "kill")
        for hit in () if turned_away else self._reaching.get(event.cause, ()):
            hit.acted()
        return hits

    def execution(self, execution: MachineRun, event: Event) -> list[Hit]:
        """Hits on a run of a state machine that is about to start. What it is given has reached it."""
        note = doors.noting(self._world.recorder, event)
        hits = self._plan.on_execution(execution, self._world.kernel.elapsed, note)
        for hit in self._reaching.get(event.cause, ()):
            hit.acted()
        return hits

    def state(self, entry: StateEntry, event: Event) -> list[Hit]:
        """Hits on a state that an execution has entered."""
        return self._plan.on_state(
            entry, self._world.kernel.elapsed, doors.noting(self._world.recorder, event)
        )

    def _travel(self, hop: Hop, hits: list[Hit], event: Event, seconds: float) -> None:
        """The time that it takes, and whether others overtake it meanwhile."""
        kernel = self._world.kernel
        seconds += doors.delay(hits)
        held = self._overtaking.begin(hop, kernel.now + seconds, hits, kernel.chance(event.subject))
        try:
            if seconds + held.seconds:
                kernel.sleep(seconds + held.seconds)
            self._overtaking.arrive(held)
        finally:
            self._overtaking.end(held)

    def _arrive(
        self, delivery: Delivery, event: Event, hits: Sequence[Hit], *, copy: bool = False
    ) -> HopResult:
        """It arrives, or fails. `hits` have had their effect once it has reached its target."""
        mover = self._world.owner(delivery.target)
        if hits:
            self._reaching.setdefault(event.seq, []).extend(hits)
        try:
            if mover is None:
                raise DeliveryFailed("NoSuchTarget", f"{delivery.target} does not exist", retryable=False)
            delivered: Delivered = mover.deliver(delivery)
        except DeliveryFailed as problem:
            return self._failed(event, problem.code, problem.message, problem.retryable)
        finally:
            if hits:
                self._reached(event, hits)
        for hit in hits:
            hit.acted()
        self._world.recorder.arrived(event, delivered.ids, copy=copy)
        return HopResult(True, ids=delivered.ids, value=delivered.value, acknowledged=delivered.acknowledged)

    def _reached(self, event: Event, hits: Sequence[Hit]) -> None:
        """These are no longer on the way; those of other copies of the delivery may be."""
        reaching = self._reaching[event.seq]
        for hit in hits:
            reaching.remove(hit)
        if not reaching:
            del self._reaching[event.seq]

    def _again(self, going: _Going, hit: Hit, after_seconds: float) -> None:
        self._world.kernel.sleep(after_seconds)
        result = self._arrive(going.delivery, going.event, (hit,), copy=True)
        if going.again is not None:
            going.again(result)

    def _failed(
        self, event: Event, code: str, message: str, retryable: bool, applied: bool = False
    ) -> HopResult:
        self._world.recorder.hop_failed(event, code, message, retryable=retryable, applied=applied)
        return HopResult(False, code, message, retryable)
