"""Reads the guest's requests strictly: fields of a JSON object, each with its type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOMENT_MAX = 1e12
"""Later than that there is no moment: the year 33658."""


class BadRequest(ValueError):
    """The guest said something that can't be. The sentence says which field of which verb, and why."""


class Fields:
    """The fields of one request. Each method raises `BadRequest`."""

    def __init__(self, verb: str, values: Mapping[str, Any]) -> None:
        self._verb = verb
        self._values = values

    @classmethod
    def of(cls, verb: str, body: bytes) -> Fields:
        """From a request's body."""
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            raise BadRequest(f"{verb}: the body is not JSON") from None
        if not isinstance(values, dict):
            raise BadRequest(f"{verb}: expected a JSON object, got {_kind(values)}")
        return cls(verb, values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str:
        """A string. Without a default it must be there."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string or null."""
        return None if self._values.get(name) is None else self.text(name)

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number from 0 on."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(name, "a whole number from 0 on")
        return value

    def optional_number(self, name: str) -> int | None:
        """A whole number from 0 on, or null."""
        return None if self._values.get(name) is None else self.number(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty if it is absent."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(name, "a list of strings")
        return tuple(value)

    def object(self, name: str) -> dict[str, Any]:
        """An object; empty if it is absent."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return value

    def counts(self, name: str) -> dict[str, int]:
        """An object of whole numbers; it must be there."""
        value = self._values.get(name)
        if not isinstance(value, dict) or not all(
            isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in value.values()
        ):
            raise self.wrong(name, "an object of whole numbers from 0 on")
        return value

    def moment(self, name: str) -> float:
        """Seconds since 1970."""
        value = self._values.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < MOMENT_MAX:
            raise self.wrong(name, "seconds since 1970")
        return value

    def only(self, *names: str) -> None:
        """Raise `BadRequest` if anything else was said."""
        for name in self._values:
            if name not in names:
                raise BadRequest(f"{self._verb}: {name}: unknown; expected {', '.join(names)}")

    def any(self, name: str) -> Any:
        """Whatever it is."""
        return self._values.get(name)

    def wrong(self, name: str, expected: str) -> BadRequest:
        """The exception for a field that isn't what was expected."""
        got = _kind(self._values[name]) if name in self._values else "nothing"
        return BadRequest(f"{self._verb}: {name}: expected {expected}, got {got}")


def _kind(value: Any) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else f"{text[:60]}…"
