"""The shape of a message: what it is made of, whatever the values are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

WORD_MAX = 24


def shape_of(body: Any) -> str:
    """Messages of one shape are treated alike.

    Short words that a handler may branch on, such as `"type": "refund"`, belong to the shape under the names
    that say so; all other values don't.

    >>> shape_of('{"order": "o-1", "total": 42}')
    '{order: str, total: number}'
    >>> shape_of({"type": "refund", "lines": [{"sku": 1}, {"sku": 2}]})
    '{lines: [{sku: number}], type: refund}'
    """
    if isinstance(body, str):
        try:
            found = json.loads(body)
        except ValueError:
            return "text"
        return _of(found)
    return _of(body)


def shape_of_attributes(attributes: Mapping[str, Any]) -> str:
    """The same of message attributes; short words belong to it, as filters and handlers branch on them.

    >>> shape_of_attributes({"kind": {"DataType": "String", "StringValue": "refund"}})
    '{kind: refund}'
    """
    found = (f"{name}: {_attribute(attributes[name])}" for name in sorted(attributes))
    return "{" + ", ".join(found) + "}" if attributes else ""


def _attribute(attribute: Any) -> str:
    value = attribute.get("StringValue") if isinstance(attribute, Mapping) else attribute
    kind = str(attribute.get("DataType", "")) if isinstance(attribute, Mapping) else ""
    if isinstance(value, str) and kind.startswith("String") and len(value) <= WORD_MAX:
        return value
    return kind.partition(".")[0] or "str"


_NAMES_A_KIND = frozenset(
    ("type", "kind", "event", "action", "op", "status", "state", "detail-type", "eventName")
)


def _of(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_of(value[key], str(key))}" for key in sorted(value, key=str)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(sorted({_of(item) for item in value})) + "]"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str) and name in _NAMES_A_KIND and len(value) <= WORD_MAX:
        return value
    return "str"
