"""Events to try an app with: made from what a resource asks for, where nobody gives a real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

MADE_UP: Mapping[str, Any] = {"id": "smoke-1"}
ANY_TEXT = "smoke"


@dataclass(frozen=True, slots=True)
class Sample:
    """One way to send something to a resource. `name` says which; `event` is made up, and `send` takes that
    or a real one. `code` is how a test does the same. `real` takes what `send` wants out of an event as
    functions get it; None if that is for something else. `below`: of a request, whose answer has a status; a
    right one is below this. `is_real`: the event is not made up, as that of a schedule."""

    name: str
    event: Any
    send: Callable[[Any], object]
    code: str
    real: Callable[[Any], Any | None] = lambda event: event
    below: int = 0
    is_real: bool = False


@runtime_checkable
class TakesSamples(Protocol):
    """An ability of a handle: work for an app can begin there."""

    def samples(self) -> list[Sample]:
        """What to try; nothing if nobody would notice."""


@runtime_checkable
class CallsOthers(Protocol):
    """An ability of a handle: a definition of its own says which resources it calls."""

    def definition(self) -> str:
        """A text with the names of these resources."""


def matching(pattern: Any) -> Any:
    """The smallest event that an event pattern may match; of alternatives the first that can be made.

    >>> matching({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}})
    {'source': 'shop', 'detail': {'total': 11}}
    """
    if isinstance(pattern, Mapping):
        found = {
            name: matching(each)
            for name, each in pattern.items()
            if not name.startswith("$") and each != [{"exists": False}]
        }
        either = pattern.get("$or")
        return {**found, **matching(either[0])} if either else found
    for each in pattern if isinstance(pattern, list) else [pattern]:
        return _value(each)
    return ANY_TEXT


def _value(wanted: Any) -> Any:
    if not isinstance(wanted, Mapping):
        return wanted
    for name in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        if isinstance(found := wanted.get(name), str):
            return found.replace("*", ANY_TEXT)
    if isinstance(limits := wanted.get("numeric"), list) and len(limits) >= 2:
        if len(limits) == 4 and limits[3] - limits[1] <= 1:
            return (limits[1] + limits[3]) / 2
        return limits[1] + {">": 1, "<": -1}.get(limits[0], 0)
    if isinstance(block := wanted.get("cidr"), str):
        return block.partition("/")[0]
    return ANY_TEXT


def among(name: str, number: int, count: int) -> str:
    """The name of one of several samples for a place.

    >>> among("Orders", 1, 2), among("Orders", 0, 1)
    ('Orders, filter 2', 'Orders')
    """
    return name if count == 1 else f"{name}, filter {number + 1}"


def fitting(schema: Any) -> Any:
    """The smallest value that fits a JSON schema, as models of APIs are; patterns are not read.

    >>> fitting({"required": ["size"], "properties": {"size": {"type": "integer", "minimum": 2}, "note": {}}})
    {'size': 2}
    """
    about = schema if isinstance(schema, Mapping) else {}
    inner, kind = about.get("properties") or {}, about.get("type")
    if about.get("enum"):
        return about["enum"][0]
    if about.get("oneOf") or about.get("anyOf"):
        return fitting((about.get("oneOf") or about["anyOf"])[0])
    if kind == "object" or {"properties", "required", "allOf"} & about.keys():
        parts = [fitting(part) for part in about.get("allOf") or ()]
        own = {name: fitting(inner.get(name)) for name in about.get("required") or ()}
        return {
            name: value for part in (*parts, own) if isinstance(part, dict) for name, value in part.items()
        }
    if kind == "array":
        return [fitting(about.get("items"))] * max(1, int(about.get("minItems") or 0))
    if kind in ("number", "integer"):
        return about.get("minimum", min(1, about.get("maximum", 1)))
    if kind == "boolean":
        return True
    return ANY_TEXT.ljust(int(about.get("minLength") or 0), "-")[: about.get("maxLength")]


def body_in(event: Any) -> Any | None:
    """The body of a message: alone, or in the event that a function gets of it; None for other events."""
    if not isinstance(event, Mapping):
        return event
    if "Records" in event:
        record = event["Records"][0] if event["Records"] else {}
        return record.get("body") or (record.get("Sns") or {}).get("Message")
    return None if {"detail-type", "httpMethod", "requestContext"} & event.keys() else event
