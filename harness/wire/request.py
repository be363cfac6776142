"""The SDK's facts about a request besides its parameters, and the short form of these for the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.wire.protocols import text_of

SHORT = 200
"""Characters of a parameter that the history keeps."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The facts that the SDK knew about a request before it became bytes."""

    service: str
    operation: str
    region: str


def attempt_of(headers: Mapping[str, Any]) -> int:
    """The SDK's own count of its tries, from a header like "attempt=2; max=5"."""
    for part in text_of(headers.get("amz-sdk-request", "")).split(";"):
        name, _, value = part.strip().partition("=")
        if name == "attempt" and value.isdigit():
            return int(value)
    return 1


def invocation_id_of(headers: Mapping[str, Any]) -> str:
    """The id that all tries of one logical call share."""
    return text_of(headers.get("amz-sdk-invocation-id", ""))


def short(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the history keeps them."""
    return {
        name: value if type(value) is str and len(value) <= SHORT else _short_value(value)
        for name, value in params.items()
    }


def _short_value(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is int or isinstance(value, int | float):
        return value
    text = value if kind is str or isinstance(value, str) else repr(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
