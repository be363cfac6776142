"""Events on their way: from a bus to the rules that want them, and from a rule to its targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from harness import aws
from harness.aws.parcels import EventParcel, OutsideParcel, Parcel, QueueParcel, Text
from harness.aws.rules import event_forms
from harness.aws.rules.event_retries import RetryPolicy
from harness.aws.rules.event_targets import Event, RuleTarget, as_taken
from harness.sim.hops import HopResult
from harness.sim.services.events.model import EventStore, RuleState
from harness.sim.services.retrying import (
    Addressed,
    GaveUp,
    RetriedDeliveries,
    RetriedDelivery,
    reason_of,
)
from harness.sim.services.service import Delivered, Delivery, DeliveryFailed
from harness.sim.world import World


class EventDeliveries:
    """All deliveries that are under way."""

    def __init__(
        self, world: World, store: EventStore, addressed: Callable[[RuleTarget, Text], Addressed | None]
    ) -> None:
        """`addressed` knows targets that aren't told by the facts of their service."""
        self._world = world
        self._store = store
        self._addressed = addressed
        self._retried = RetriedDeliveries(world)
        self._traces: dict[str, str] = {}

    def accept(
        self,
        bus_arn: str,
        event: Event,
        only: tuple[str, ...] = (),
        *,
        again: bool = False,
        trace: str = "",
    ) -> None:
        """An event comes in, maybe `again`: every rule that wants it gets it, of `only` if there are any.
        `trace`: the X-Ray header that it came with, which goes on with it.

        AWS accepts events for a bus that doesn't exist, too; nobody gets them.
        """
        recorder, place, message = self._world.recorder, self._world.names.of(bus_arn), event["id"]
        if trace:
            self._traces[message] = trace
        with recorder.caused_by(recorder.accepted(place, message, body=event), actor="events"):
            bus = self._store.bus(bus_arn)
            rules = [] if bus is None else [r for r in bus.listening if not only or r.arn in only]
            if not again:
                for archive in self._store.archives_of(bus_arn):
                    archive.keep(event, self._world.kernel.now)
            if not rules:
                recorder.unheard(place, message)
            for rule in rules:
                if rule.wants(event):
                    self._pick(bus_arn, rule, event, self._world.kernel.now)
                else:
                    recorder.filtered(place, self._world.names.of(rule.arn), (message,))

    def deliver(self, delivery: Delivery) -> Delivered:
        """An event reaches a bus, from another service, or a rule that wants it.

        A request for an API destination comes here only if there is none: others leave the cloud.
        """
        if isinstance(delivery.parcel, OutsideParcel):
            message = f"API destination {delivery.target} does not exist."
            raise DeliveryFailed("ResourceNotFoundException", message, retryable=False)
        event = delivery.holding(EventParcel).event
        if ":rule/" in delivery.target:
            rule = self._store.rule(delivery.target)
            if rule is None:
                raise DeliveryFailed("ResourceNotFoundException", "the rule is gone", retryable=False)
            self.trigger(rule, delivery.messages[0], event)
            return Delivered(delivery.messages)
        if self._store.bus(delivery.target) is None:
            name = delivery.target.rpartition("/")[2]
            raise DeliveryFailed(
                "ResourceNotFoundException", f"Event bus {name} does not exist.", retryable=False
            )
        event = self._completed(event, delivery.target)
        came_as = next(iter(delivery.messages), "")  # what a service tells of itself was no message before
        self.accept(delivery.target, event, trace=self._traces.get(came_as, ""))
        return Delivered((event["id"],))

    def wants(self, bus_arn: str, event: Event) -> bool:
        """Does a rule of this bus want such an event?"""
        bus = self._store.bus(bus_arn)
        whole = self._completed({"id": "-", **event}, bus_arn)
        return bus is not None and any(rule.wants(whole) for rule in bus.listening)

    def run_schedule(self, rule: RuleState) -> None:
        """The time of a rule has come."""
        message = self._world.kernel.new_id(f"runs of {rule.arn}")
        event = event_forms.scheduled(rule.arn, message, self._world.kernel.now)
        recorder = self._world.recorder
        accepted = recorder.accepted(self._world.names.of(rule.arn), message, body=event, actor="events")
        with recorder.caused_by(accepted, actor="events"):
            self.trigger(rule, message, event)

    def trigger(self, rule: RuleState, message: str, event: Event) -> None:
        """A rule sends an event to each of its targets."""
        if not rule.targets:
            self._world.recorder.unheard(self._world.names.of(rule.arn), message)
        now = self._world.kernel.now
        for target in list(rule.targets.values()):
            self._retried.start(self._delivery(rule, target, message, event, now))

    def _delivery(
        self, rule: RuleState, target: RuleTarget, message: str, event: Event, now: float
    ) -> RetriedDelivery:
        text = target.text(rule.arn, event, event_forms.moment(now))
        if message in self._traces:
            text = replace(text, trace=self._traces[message])

        def address(attempt: int) -> Addressed:
            return self._addressed(target, text) or Addressed(
                target.arn, _parcel(rule, target.arn, text, event)
            )

        def dead_letter(end: GaveUp) -> QueueParcel:
            return target.dead_letter(
                rule.arn,
                event,
                end.result.error,
                end.result.message,
                exhausted=end.exhausted,
                retries=end.retries,
            )

        return RetriedDelivery(
            rule.arn,
            target.arn,
            message,
            target.retry,
            now,
            address,
            target.dead_letter_queue,
            dead_letter,
            by_role=target.by_role,
        )

    def _completed(self, event: Event, bus_arn: str) -> Event:
        """An event that another service made, with what every event has."""
        id_ = event.get("id") or self._world.kernel.new_id(f"events on {bus_arn}")
        return event_forms.completed(event, bus_arn, id_, self._world.kernel.now)

    def _pick(self, bus_arn: str, rule: RuleState, event: Event, began_at: float, attempt: int = 1) -> None:
        parcel = EventParcel(event=event)
        delivery = Delivery(bus_arn, rule.arn, (event["id"],), parcel, attempt)

        def done(result: HopResult) -> None:
            if not result.ok:
                self._pick_again(delivery, rule, event, began_at, result)

        self._world.hops.hand_over(delivery, done)

    def _pick_again(
        self, delivery: Delivery, rule: RuleState, event: Event, began_at: float, result: HopResult
    ) -> None:
        """EventBridge delivers at least once, so what didn't reach a rule is tried again."""
        names = self._world.names
        following = self._retried.next_attempt(
            result, RetryPolicy(), delivery.source, delivery.target, delivery.attempt, began_at
        )
        if isinstance(following, str):
            self._world.recorder.dropped(
                names.of(delivery.source),
                delivery.messages,
                reason=reason_of(result),
                target=names.of(rule.arn),
            )
            return
        again = partial(self._pick, delivery.source, rule, event, began_at, delivery.attempt + 1)
        self._world.kernel.call_at(following, again, name=f"retry to {names.of(rule.arn)}")


def _parcel(rule: RuleState, target: str, text: Text, event: Event) -> Parcel:
    parcel = aws.parcel(target, text)
    assert parcel is not None, "PutTargets lets only targets pass that take something"
    return as_taken(parcel, rule.arn, target, event)
