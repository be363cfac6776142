"""Buses and rules by the names and ARNs in a request, or the errors that EventBridge answers with."""

from __future__ import annotations

from harness.sim.services.events.errors import invalid, no_rule, not_found
from harness.sim.services.events.model import DEFAULT, BusState, EventStore, RuleState
from harness.sim.services.service import Caller, Params


def tags_of(params: Params) -> dict[str, str]:
    """The tags of a request. Raises ValidationException."""
    given = params.get("Tags") or ()
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) < len(given):
        raise invalid("Invalid parameter: Duplicated keys are not allowed.")
    return tags


def here(caller: Caller, resource: str) -> str:
    """An ARN in the caller's region and account."""
    return f"arn:aws:events:{caller.region}:{caller.account}:{resource}"


def bus_arn(named: str | None, caller: Caller) -> str:
    """The ARN of a bus that is given by its name or ARN, or not at all."""
    text = named or DEFAULT
    return text if text.startswith("arn:") else here(caller, f"event-bus/{text}")


def bus_named(store: EventStore, named: str | None, caller: Caller) -> BusState:
    """The bus. Raises ResourceNotFoundException."""
    arn = bus_arn(named, caller)
    found = store.bus(arn)
    if found is None:
        raise not_found(f"Event bus {arn.rpartition('/')[2]}")
    return found


def rule_named(store: EventStore, name: str, bus: str | None, caller: Caller) -> RuleState:
    """The rule of a bus. Raises ResourceNotFoundException."""
    of = bus_named(store, bus, caller)
    if name not in of.rules:
        raise no_rule(name, of.name)
    return of.rules[name]
