"""A stored history as reports read it: its header, and its events by the names of their fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

FIELDS = ("seq", "at", "kind", "cause", "actor", "subject", "messages", "data")


@dataclass(frozen=True)
class StoredRun:
    """One run. `events` are mappings with the members `FIELDS`."""

    header: dict[str, Any]
    events: list[dict[str, Any]]

    @property
    def begun(self) -> list[dict[str, Any]]:
        """The events from the first that moves something: what came before deployed the app."""
        moving = (one for one in self.events if one["kind"] in ("accepted", "invocation", "fault"))
        first = next(moving, None)
        if first is None:
            return self.events
        begin = first["seq"] if first["cause"] is None else first["cause"]
        return self.events[begin:]


def stored_run(text: str) -> StoredRun:
    """Read the text of a stored history, which the caller has checked."""
    header, *lines = text.splitlines()
    return StoredRun(json.loads(header), [dict(zip(FIELDS, json.loads(line), strict=True)) for line in lines])
