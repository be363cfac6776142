"""EventBridge: `api_*` are the operations, `model` is what they change, `delivery` what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness import aws
from harness.aws.parcels import Text
from harness.aws.rules.event_targets import RuleTarget
from harness.aws.rules.http.targets import is_api
from harness.sim.services.events.api_archives import ArchivesApi
from harness.sim.services.events.api_buses import BusesApi
from harness.sim.services.events.api_destinations import DestinationsApi
from harness.sim.services.events.api_events import PutEventsApi
from harness.sim.services.events.api_rules import RulesApi
from harness.sim.services.events.delivery import EventDeliveries
from harness.sim.services.events.destinations import DestinationStore
from harness.sim.services.events.model import EventStore, RuleState
from harness.sim.services.events.schedules import RuleSchedules
from harness.sim.services.events.secrets import ConnectionSecrets
from harness.sim.services.retrying import Addressed, addressed, takes
from harness.sim.services.service import Caller, Delivered, Delivery, Operation, Params
from harness.sim.services.validation import CheckedOperations, Wording, check
from harness.sim.world import World

_WORDING = Wording(compared=frozenset({"ConnectionOAuthHttpMethod"}))
"""AWS takes "put" as well as "PUT" (recorded in 2024)."""


class Events:
    """The simulator's EventBridge."""

    facts: ClassVar = aws.service("events")

    def __init__(self, world: World) -> None:
        self._world = world
        self._destinations = DestinationStore()
        kernel = world.kernel
        store = self._store = EventStore()
        self._deliveries = EventDeliveries(world, store, self._addressed)
        schedules = RuleSchedules(kernel, self._deliveries.run_schedule)
        secrets = ConnectionSecrets(world.held)
        groups = (
            PutEventsApi(self._deliveries, lambda: kernel.now, kernel.new_id),
            BusesApi(store, lambda: kernel.now),
            RulesApi(store, schedules.changed, self._takes),
            ArchivesApi(world, store, self._deliveries),
            DestinationsApi(self._destinations, secrets, lambda: kernel.now, kernel.new_id),
        )
        self.operations: Mapping[str, Operation] = CheckedOperations(
            self._checked, *(group.operations() for group in groups)
        )

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """The buses and rules that a call is about. A rule's name alone doesn't tell its bus."""
        return self.facts.arns(operation, params, region=self._world.region, account=self._world.account)

    def wants(self, place: str, event: Mapping[str, Any]) -> bool:
        """Does anybody listen on a bus for such an event of a service?"""
        return self._deliveries.wants(place, event)

    def deliver(self, delivery: Delivery) -> Delivered:
        """Take an event for a bus, or for a rule of one."""
        return self._deliveries.deliver(delivery)

    def has_schedule(self, target: str) -> bool:
        """Is there a rule that has a schedule and this target?"""
        return bool(self._scheduled(target))

    def run_schedules(self, target: str) -> int:
        """Run each rule now that has a schedule and this target."""
        rules = self._scheduled(target)
        for rule in rules:
            self._deliveries.run_schedule(rule)
        return len(rules)

    def _scheduled(self, target: str) -> list[RuleState]:
        return [rule for rule in self._store.scheduled() if target in rule.target_arns]

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        check("events", name, params, _WORDING)
        return operation(params, caller)

    def _takes(self, arn: str) -> bool:
        """Is there something in the simulator that takes events at this ARN?"""
        return is_api(arn) or takes(self._world, arn)

    def address(self, arn: str, text: Text, http: Mapping[str, Any]) -> Addressed | None:
        """The request that an API destination makes of a text, and the place that it goes to."""
        destination = self._destinations.destinations.get(arn)
        if destination is None:
            return None
        start = destination.start_of_next(self._world.kernel.now)
        return Addressed(destination.endpoint, destination.request(text.text, http), start)

    def _addressed(self, target: RuleTarget, text: Text) -> Addressed | None:
        """The place and the parcel of a target that its service's facts alone don't tell."""
        return addressed(self._world, target.arn, text, target.given.get("HttpParameters") or {})


MOVER = Events
