"""Resources that functions make while they run, such as a schedule for each order: they go by one name."""

from __future__ import annotations

from collections.abc import Mapping

from harness.aws import Does
from harness.history.event import Event
from harness.history.store import History


def made_by_functions(history: History) -> Mapping[str, str]:
    """The resources of which functions made several, and the name that those of one service share: none of
    them is a place of the app. O(n)."""
    return history.once("made by functions", lambda: _made(history))


def called(call: Event, made: Mapping[str, str]) -> str:
    """The subject of a call, with the shared name of what it is about."""
    resource = str(call.data.get("resource"))
    if resource not in made:
        return call.subject
    return f"{call.data['service']}:{call.data['operation']} {made[resource]}"


def _made(history: History) -> Mapping[str, str]:
    functions = {event.subject for event in history.of("invocation", "execution")}
    found: dict[str, dict[str, None]] = {}
    for call in history.of("call"):
        resource, service = call.data.get("resource"), str(call.data["service"])
        if call.data.get("does") == Does.CONFIGURES and call.actor in functions and resource:
            place = history.place(resource)
            if place.service == service and not place.app:
                found.setdefault(service, {})[resource] = None
    several = {service: names for service, names in found.items() if len(names) > 1}
    return {name: f"{service}:*" for service, names in several.items() for name in names}
