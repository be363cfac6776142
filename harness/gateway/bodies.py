"""The bodies of deliveries in the guest's words, and as parcels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.aws import Parcel
from harness.aws.parcels import (
    EVENT,
    FunctionParcel,
    NotAParcel,
    OutsideParcel,
    QueueParcel,
    TopicParcel,
    from_json,
)
from harness.gateway.verbs import Fields

_KINDS: Mapping[str, type[Any]] = {
    "payload": FunctionParcel,
    "protocol": OutsideParcel,
    "message": TopicParcel,
    "body": QueueParcel,
}
"""By a word that only bodies of that kind have; the first that is there."""


def parcel_of(fields: Fields) -> Parcel | None:
    """The parcel of a delivery; None if its body is empty. Raises `BadRequest`."""
    body = fields.any("body")
    if not body:
        return None
    kind = next((kind for word, kind in _KINDS.items() if isinstance(body, Mapping) and word in body), None)
    if kind is None:
        raise fields.wrong("body", f"one of {', '.join(_KINDS)} in it")
    known = {name: body[name] for name in kind.__dataclass_fields__ if body.get(name) is not None}
    if kind is FunctionParcel:
        known |= {"reads_failures": body.get("reports_failures"), "invocation": body.get("invocation", EVENT)}
        known.pop("client_context", None)
    try:
        return from_json({"kind": kind.kind, **known})
    except NotAParcel as problem:
        raise fields.wrong("body", f"a parcel: {problem}") from None


def body_of(fields: Fields, parcel: Parcel) -> dict[str, Any]:
    """The body with what this parcel has for text."""
    body: dict[str, Any] = dict(fields.any("body"))
    if isinstance(parcel, FunctionParcel):
        return body | {"payload": parcel.payload}
    return body | {name: parcel.text for name in ("message", "body") if name in body}
