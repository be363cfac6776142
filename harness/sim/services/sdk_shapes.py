"""Parameters and results as state machines and schedules write them, and as botocore takes and gives them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "boolean": bool,
}


def to_sdk(shape: Shape | None, value: Any) -> Any:
    """Parameters as botocore takes them: names in its spelling, bytes for blobs, JSON where a text stands."""
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping) and not getattr(shape, "is_document_type", False):
        members = _spellings(shape)
        return {
            name: to_sdk(shape.members.get(name), item)
            for given, item in value.items()
            if item is not None
            for name in (members.get(given.lower(), given),)
        }
    if shape.name == "AttributeValue" and isinstance(value, str):
        return {"S": value}  # DynamoDB's integration takes a text for an attribute
    if kind == "list" and isinstance(value, list):
        return [to_sdk(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: to_sdk(shape.value, item) for key, item in value.items()}
    if kind == "blob" and value is not None and not isinstance(value, bytes):
        plain = isinstance(value, str) and not shape.serialization.get("streaming")
        return (value if plain else _json(value)).encode()
    if kind == "string" and value is not None and not isinstance(value, str):
        return _json(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind in ("integer", "long") and isinstance(value, float) and value == int(value):
        return int(value)
    return value


def misfit(shape: Shape | None, value: Any, field: str = "") -> str | None:
    """The first field whose value is not of its type, None if all are. Values are as `to_sdk` gives them."""
    if shape is None or value is None or getattr(shape, "is_document_type", False):
        return None
    if not _is_of(value, shape.type_name):
        return field
    if shape.type_name == "structure":
        inner = ((_member(shape, name), item, name) for name, item in value.items())
    elif shape.type_name == "map":
        inner = ((shape.value, item, name) for name, item in value.items())
    elif shape.type_name == "list":
        inner = ((shape.member, item, field) for item in value)
    else:
        return None
    return next((found for each in inner if (found := misfit(*each)) is not None), None)


def _is_of(value: Any, type_name: str) -> bool:
    return isinstance(value, _KINDS.get(type_name, object))


def from_sdk(shape: Shape | None, value: Any) -> Any:
    """A result as state machines get it: names in capitals, moments as texts."""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    if hasattr(value, "read"):
        return _text(value.read())
    if isinstance(value, Mapping):
        keep = shape is not None and shape.type_name == "map"
        inner = shape.value if keep and shape is not None else None
        return {
            key if keep else key[:1].upper() + key[1:]: from_sdk(inner if keep else _member(shape, key), item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        member = shape.member if shape is not None and shape.type_name == "list" else None
        return [from_sdk(member, item) for item in value]
    return value


def _member(shape: Shape | None, name: str) -> Shape | None:
    return shape.members.get(name) if shape is not None and shape.type_name == "structure" else None


def _spellings(shape: Shape) -> Mapping[str, str]:
    return {name.lower(): name for name in shape.members}


def _moment(value: datetime) -> str:
    text = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    millis = value.microsecond // 1000
    return f"{text}.{millis:03d}Z" if millis else f"{text}Z"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
