"""The operations on buses, and on tags of buses and rules.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness.aws.rules.event_forms import NotJson, read_json
from harness.sim.services.events.errors import NOT_AN_ARN, exists, invalid, no_rule, not_found, not_valid
from harness.sim.services.events.lookup import bus_named, here, tags_of
from harness.sim.services.events.model import DEFAULT, BusState, EventStore
from harness.sim.services.events.pages import page
from harness.sim.services.service import Caller, Operation, Params

_SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


class BusesApi:
    """One method an operation."""

    def __init__(self, store: EventStore, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreateEventBus": self.create_event_bus,
            "DeleteEventBus": self.delete_event_bus,
            "DescribeEventBus": self.describe_event_bus,
            "ListEventBuses": self.list_event_buses,
            "ListTagsForResource": self.list_tags_for_resource,
            "PutPermission": self.put_permission,
            "RemovePermission": self.remove_permission,
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "UpdateEventBus": self.update_event_bus,
        }

    def create_event_bus(self, params: Params, caller: Caller) -> Params:
        name = params["Name"]
        arn = here(caller, f"event-bus/{name}")
        if "/" in name:
            raise invalid("Event bus name must not contain '/'.")
        if self._store.bus(arn) is not None:
            raise exists(f"Event bus {name}")
        bus = BusState(name, arn, self._now(), self._now(), _settings(params), tags=tags_of(params))
        self._store.add(bus)
        return {"EventBusArn": arn, **bus.settings}

    def update_event_bus(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("Name"), caller)
        bus.settings.update(_settings(params))
        bus.changed_at = self._now()
        return {"Arn": bus.arn, "Name": bus.name, **bus.settings}

    def delete_event_bus(self, params: Params, caller: Caller) -> Params:
        name = params["Name"]
        if name == DEFAULT:
            raise invalid("Cannot delete event bus default.")
        bus = self._store.bus(here(caller, f"event-bus/{name}"))
        if bus is not None:
            if bus.rules:
                raise invalid("Event bus can't be deleted since it has rules.")
            self._store.delete(bus)
        return {}

    def describe_event_bus(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("Name"), caller)
        return {**self._shown(bus), **bus.settings}

    def list_event_buses(self, params: Params, caller: Caller) -> Params:
        self._store.bus(here(caller, f"event-bus/{DEFAULT}"))
        prefix = here(caller, f"event-bus/{params.get('NamePrefix') or ''}")
        return page("EventBuses", [self._shown(bus) for bus in self._store.buses(prefix)], params)

    def put_permission(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        if params.get("Policy"):
            statements = enumerate(_statements(params["Policy"]))
            bus.statements = {str(each.get("Sid", index)): each for index, each in statements}
            return {}
        if not all(params.get(name) for name in ("Action", "Principal", "StatementId")):
            raise invalid("Parameter(s) Action, Principal and StatementId, or Policy, must be specified.")
        if params["Action"] != "events:PutEvents":
            raise invalid("Provided value in parameter 'action' is not supported.")
        bus.statements[params["StatementId"]] = _statement(params, bus)
        return {}

    def remove_permission(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        if params.get("RemoveAllPermissions"):
            bus.statements.clear()
            return {}
        statement = params.get("StatementId")
        if statement is None:
            raise invalid("Parameter StatementId is required.")
        if statement not in bus.statements:
            raise not_found("Statement with the provided id")
        del bus.statements[statement]
        return {}

    def tag_resource(self, params: Params, caller: Caller) -> Params:
        self._tagged(params["ResourceARN"], caller).update(tags_of(params))
        return {}

    def untag_resource(self, params: Params, caller: Caller) -> Params:
        tags = self._tagged(params["ResourceARN"], caller)
        for key in params["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params, caller: Caller) -> Params:
        tags = self._tagged(params["ResourceARN"], caller)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, arn: str, caller: Caller) -> dict[str, str]:
        """The tags of a bus or a rule."""
        if ":rule/" in arn:
            rule = self._store.rule(arn)
            if rule is None:
                bus, _, name = arn.partition(":rule/")[2].rpartition("/")
                raise no_rule(name, bus or DEFAULT)
            return rule.tags
        if ":event-bus/" not in arn:
            raise not_valid(arn, NOT_AN_ARN)
        return bus_named(self._store, arn, caller).tags

    def _shown(self, bus: BusState) -> Params:
        shown: Params = {"Name": bus.name, "Arn": bus.arn}
        if bus.created_at:
            shown |= {
                "CreationTime": datetime.fromtimestamp(bus.created_at, UTC),
                "LastModifiedTime": datetime.fromtimestamp(bus.changed_at, UTC),
            }
        if bus.statements:
            policy = {"Version": "2012-10-17", "Statement": list(bus.statements.values())}
            shown["Policy"] = json.dumps(policy, separators=(",", ":"))
        return shown


def _statements(policy: str) -> list[Any]:
    """The statements of a policy. Raises ValidationException for what is none."""
    try:
        document = read_json(policy)
    except NotJson:
        raise not_valid("Policy", "It is no JSON.") from None
    given = document.get("Statement") if isinstance(document, dict) else None
    statements = given if isinstance(given, list) else [given]
    if not all(isinstance(each, dict) for each in statements):
        raise not_valid("Policy", "It has no statements.")
    return statements


def _statement(params: Params, bus: BusState) -> dict[str, Any]:
    principal = params["Principal"]
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": params["Action"],
        "Resource": bus.arn,
    }
    if params.get("Condition"):
        condition = params["Condition"]
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


def _settings(params: Params) -> Params:
    return {name: params[name] for name in _SETTINGS if params.get(name) is not None}
