"""Parcels as JSON and back: the guest in LocalStack tells of deliveries in JSON."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from .parcels import (
    EVENT,
    REQUEST_RESPONSE,
    EventParcel,
    FunctionParcel,
    ObjectParcel,
    OutsideParcel,
    Parcel,
    QueueParcel,
    StreamParcel,
    TopicParcel,
)


class NotAParcel(ValueError):
    """JSON that is no parcel; the text says why."""


def to_json(parcel: Parcel) -> dict[str, Any]:
    """A parcel as a JSON object; bytes are in Base64."""
    held = {each.name: getattr(parcel, each.name) for each in fields(parcel)}
    if "attributes" in held:
        held["attributes"] = {
            name: {member: _packed(value) for member, value in attribute.items()}
            for name, attribute in held["attributes"].items()
        }
    return {"kind": parcel.kind, **held}


def from_json(value: Any) -> Parcel:
    """The parcel of a JSON object. Raises `NotAParcel` for what is none, or whose fields are others."""
    if not isinstance(value, Mapping):
        raise NotAParcel("a parcel is a JSON object")
    made = _KINDS.get(str(value.get("kind")))
    if made is None:
        raise NotAParcel(f"kind {value.get('kind')!r}: expected one of {', '.join(_KINDS)}")
    known = {each.name: each for each in fields(made)}
    held = {name: content for name, content in value.items() if name != "kind"}
    for name, content in held.items():
        if name not in known:
            raise NotAParcel(f"{name}: a parcel for a {made.kind} has no such field")
        holds, words = _CHECKS[name]
        optional = known[name].default is None
        if not holds(content) and not (optional and content is None):
            raise NotAParcel(f"{name}: expected {words}{' or null' if optional else ''}")
    missing = [
        each.name
        for each in known.values()
        if each.name not in held and each.default is MISSING and each.default_factory is MISSING
    ]
    if missing:
        raise NotAParcel(f"{missing[0]}: a parcel for a {made.kind} needs it")
    if "attributes" in held:
        held["attributes"] = {
            name: {member: _unpacked(content) for member, content in attribute.items()}
            for name, attribute in held["attributes"].items()
        }
    parcel: Parcel = made(**held)
    return parcel


def _packed(value: Any) -> Any:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def _unpacked(value: Any) -> Any:
    return b64decode(value["base64"]) if isinstance(value, Mapping) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())


def _are_attributes(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(attribute, Mapping) and all(map(_is_member, attribute.values()))
        for attribute in value.values()
    )


def _is_member(value: Any) -> bool:
    """A text, or bytes in Base64."""
    if not isinstance(value, Mapping) or set(value) != {"base64"} or not isinstance(value["base64"], str):
        return isinstance(value, str)
    try:
        b64decode(value["base64"], validate=True)
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TEXT = (_is_text, "a text")
_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("body", "message", "data", "key", "protocol", "endpoint"), _TEXT),
    **dict.fromkeys(("subscription", "method", "tenant"), _TEXT),
    **dict.fromkeys(("subject", "structure", "group", "dedup", "id", "request_id", "trace"), _TEXT),
    "attributes": (_are_attributes, "message attributes, with texts and bytes in Base64"),
    **dict.fromkeys(("system", "headers"), (_are_texts, "texts by name")),
    **dict.fromkeys(("sent_at", "first_received_at"), (_is_number, "seconds")),
    "receive_count": (lambda value: _is_number(value) and value == int(value), "a whole number"),
    "payload": (lambda value: True, "JSON"),
    "invocation": (lambda value: value in (EVENT, REQUEST_RESPONSE), f"{EVENT} or {REQUEST_RESPONSE}"),
    **dict.fromkeys(("client_context", "event"), (lambda value: isinstance(value, Mapping), "a JSON object")),
    **dict.fromkeys(
        ("reads_failures", "in_order", "enriches", "binary", "by_status"),
        (lambda value: isinstance(value, bool), "true or false"),
    ),
}
_KINDS: Mapping[str, type[Any]] = {
    made.kind: made
    for made in (
        QueueParcel,
        TopicParcel,
        FunctionParcel,
        EventParcel,
        StreamParcel,
        ObjectParcel,
        OutsideParcel,
    )
}
